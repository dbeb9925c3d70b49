/** The queries of the routes: read by the handlers and shown in `openapi.yaml`, from one place. */
import { z } from 'zod';
import type { CourseKind } from '../../core/search/spec.ts';
import { REPORT_FORMATS } from '../../view/export/format-names.ts';
import { parseCursor } from '../store/store-port.ts';
import { EVENT_PAGE, LIST_DEFAULT, LIST_MAX } from './limits.ts';
import { queryInteger, queryText, queryWord } from './read-query.ts';
import { STATES } from './schemas/search.ts';

/** Longest text in a query; base URLs and labels are shorter. */
const MAX_TEXT = 2_000;
/** One line. */
const MAX_REASON = 200;

export const noQuery = z.strictObject({});

export const pendingQuery = z.strictObject({
  pending: queryWord(['409'])
    .optional()
    .describe('Answers 409 `search_running` where it would answer 202'),
});

const KINDS = ['search', 'gate'] as const satisfies readonly CourseKind[];

export const kindQuery = z.strictObject({
  kind: queryWord(KINDS)
    .default('search')
    .describe('What the body would start; `search` when absent'),
});

export const reasonQuery = z.strictObject({
  reason: queryText(MAX_REASON).optional().describe('For whoever wonders why nothing runs'),
});

const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
const isVerdict = (word: string): word is (typeof VERDICTS)[number] =>
  VERDICTS.some((verdict) => verdict === word);

export const hookQuery = z.strictObject({
  on: z
    .string()
    .regex(/^(pass|fail|inconclusive)(,(pass|fail|inconclusive))*$/, {
      error: `one or several of ${VERDICTS.join(', ')}, joined by commas`,
    })
    .default('pass')
    .transform((words) => words.split(',').filter(isVerdict))
    .describe('Verdicts that are answered 200; `pass` when absent'),
});

const CURSOR_WORDS = '`next_cursor` of the page before';

export const listQuery = z.strictObject({
  state: queryWord(STATES).optional(),
  policy: queryText(MAX_TEXT).optional(),
  target: queryText(MAX_TEXT).optional().describe('Base URL of the target'),
  label: queryText(MAX_TEXT, { pattern: /^[^=]+=/, words: 'a label as `key=value`' })
    .optional()
    .describe('`key=value`'),
  since: z.iso
    .datetime({ offset: true, error: 'a time with its zone, such as 2026-11-24T02:00:00Z' })
    .optional()
    .describe('Created at or after'),
  cursor: z
    .string()
    .max(MAX_TEXT, { error: CURSOR_WORDS })
    .refine((text) => parseCursor(text) !== undefined, { error: CURSOR_WORDS })
    .optional()
    .describe(CURSOR_WORDS),
  limit: queryInteger(1, LIST_MAX).default(LIST_DEFAULT),
});

export const reportQuery = z.strictObject({
  format: queryWord(REPORT_FORMATS).optional().describe('Goes before `Accept`'),
  inconclusive: queryWord(['error', 'skipped'])
    .optional()
    .describe('Of `junit`: what an undecided tier becomes; `error` when absent'),
  probe: queryInteger(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Of `benchmark-report`: the probe; absent: the one behind the answer'),
});

export const eventsQuery = z.strictObject({
  after: queryInteger(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Only events with a larger id; asks for a page of JSON'),
  limit: queryInteger(1, EVENT_PAGE).default(EVENT_PAGE).describe('Of a page of JSON'),
});
