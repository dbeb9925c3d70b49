/** Routes of the reports: one document of a search or gate, in the format that the reader knows. */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { REPORT_FORMATS, REPORT_MEDIA_TYPES } from '../../../view/export/format-names.ts';
import { reportQuery } from '../queries.ts';
import { answerHeaders, etagHeader, idParam, preferHeader, problems, unchanged } from './parts.ts';

const description =
  'By `?format=`, else by `Accept` (HTML when anything will do). `html` is one file without script; ' +
  '`junit` makes a missed requirement a failure and what is undecided an error; `csv` has a line for ' +
  'each objective of each probe; `openmetrics`, `github-benchmark` and `bmf` (Bencher) leave out what ' +
  'was not shown; `benchmark-report` is v0.2.1 of llm-d, about one probe.';

const content = Object.fromEntries(
  REPORT_FORMATS.map((format) => [
    REPORT_MEDIA_TYPES[format],
    { schema: REPORT_MEDIA_TYPES[format] === 'application/json' ? z.unknown() : z.string() },
  ]),
);

const request = {
  params: idParam,
  query: reportQuery,
  headers: z.object({
    ...preferHeader,
    ...etagHeader,
    accept: z.string().optional().describe('Media types; 406 when none of them is made'),
  }),
};

const responses = {
  200: {
    description: 'The report',
    headers: { ...answerHeaders.etag, ...answerHeaders.applied },
    content,
  },
};

export const REPORT_ROUTES = {
  readReport: {
    method: 'get',
    path: '/v1/searches/{id}/report',
    tags: ['searches'],
    summary: 'The report, for people or for tools',
    description,
    request,
    responses: {
      ...responses,
      ...unchanged,
      ...problems('invalid_request', 'search_not_found', 'not_acceptable'),
    },
  },
  readGateReport: {
    method: 'get',
    path: '/v1/gates/{id}/report',
    tags: ['gates'],
    summary: 'The report, for people or for tools',
    description,
    request,
    responses: {
      ...responses,
      ...unchanged,
      ...problems('invalid_request', 'gate_not_found', 'not_acceptable'),
    },
  },
} as const satisfies Record<string, RouteConfig>;
