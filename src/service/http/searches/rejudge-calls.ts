/** Other SLOs over the stored records of a search or a gate: no load, and nothing is kept. */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Fault } from '../../../core/base/fault.ts';
import { assert } from '../../../core/base/result.ts';
import { buildFrontier } from '../../../core/frontier/frontier.ts';
import type { Question } from '../../../core/policy/question.ts';
import { sloFaults } from '../../../core/policy/question-checks.ts';
import { shapeFaults, valueAt } from '../../../core/policy/shape-faults.ts';
import { tiersOf } from '../../../core/policy/tiers.ts';
import { summaryOf } from '../../../view/summary.ts';
import type { Rejudged, SearchRecord } from '../../runner/search-service.ts';
import type { CallParts } from '../handlers.ts';
import { readJsonBody } from '../json-body.ts';
import { invalid, Problem } from '../problem.ts';
import { noQuery } from '../queries.ts';
import { readQuery } from '../read-query.ts';
import {
  rejudgeBodySchema,
  type rejudgedSchema,
  rejudgeGateBodySchema,
} from '../schemas/rejudge.ts';
import { frontierToJson, probeToJson } from '../to-json/measured.ts';
import { pathOf, resultToJson } from '../to-json/search.ts';
import { hasEnded } from './answer-search.ts';
import type { Resource } from './resource.ts';
import { findCourse } from './search-calls.ts';

const NOTE =
  'Judged after the fact from stored records. The bursts were placed, and ended, for another SLO, and this ' +
  'one was chosen when they were known: take a bracket or verdict from here as a reason to measure, and act ' +
  'on a search or gate of its own.';
const RETRY_SECONDS = '5';

export async function rejudgeCourse(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const record = await findCourse(c, parts, resource);
  const asked = await readAsked(c, record);
  if (!hasEnded(record))
    throw new Problem('search_running', {
      searchId: record.id,
      headers: { location: pathOf(record) },
    });
  const release = parts.rejudges.take();
  if (release === undefined) {
    throw new Problem('too_many_rejudges', { headers: { 'retry-after': RETRY_SECONDS } });
  }
  try {
    const outcome = await parts.searches.rejudge(record.id, asked, c.req.raw.signal);
    if (outcome.kind === 'not_judgeable') throw invalid(outcome.faults);
    if (outcome.kind === 'records_gone') {
      const detail = `The raw records of probe ${outcome.probe} are not kept any more; its result is.`;
      throw new Problem('records_gone', { detail, searchId: record.id });
    }
    return c.json(rejudgedToJson(record, asked, outcome));
  } finally {
    release();
  }
}

type Asked = Pick<Question, 'tiers' | 'confidence' | 'resolution'>;

/** All that is wrong with query and body; the texts are checked also where the shape is wrong. */
async function readAsked(c: Context, { kind, question }: SearchRecord): Promise<Asked> {
  const faults: Fault[] = [];
  readQuery(c.req.url, noQuery, faults);
  const read = await readJsonBody(c.req.raw);
  if (!read.ok) {
    const { error } = read;
    if (error.kind === 'too_large') throw new Problem('body_too_large', { errors: faults });
    if (error.kind === 'media_type') {
      throw new Problem('unsupported_media_type', { errors: [...faults, error.fault] });
    }
    throw invalid([...faults, ...error.faults]);
  }
  const shape = (kind === 'gate' ? rejudgeGateBodySchema : rejudgeBodySchema).safeParse(read.value);
  if (!shape.success) faults.push(...shapeFaults(shape.error.issues, read.value));
  faults.push(...sloFaults(read.value));
  if (!shape.success || faults.length > 0) throw invalid(faults);
  const tiers = tiersOf(shape.data.slo);
  assert(tiers !== undefined, 'the SLO texts were checked');
  const { confidence = question.confidence } = shape.data;
  const given = valueAt(shape.data, ['resolution']);
  const resolution = typeof given === 'number' ? given : question.resolution;
  return { tiers, confidence, resolution };
}

function rejudgedToJson(
  record: SearchRecord,
  asked: Asked,
  { result, probes }: Rejudged,
): z.infer<typeof rejudgedSchema> {
  const { id, kind } = record;
  const question = { ...record.question, ...asked };
  const { axis, tiers } = question;
  const { verdict, sentence } = summaryOf({ id, kind, state: 'done', question, result });
  assert(verdict !== 'pending', 'what has been judged is not pending');
  return {
    id,
    kind,
    post_hoc: true,
    note: NOTE,
    slo: tiers.map((tier) => ({ name: tier.name, objectives: tier.text })),
    verdict,
    sentence,
    result: resultToJson(result),
    frontier: frontierToJson(buildFrontier(probes, result, axis), axis),
    probes: probes.map(probeToJson).map((each) => ({
      probe: each.probe,
      attempt: each.attempt,
      load: each.load,
      voided: each.voided,
      requests: each.requests,
      tiers: each.tiers,
    })),
  };
}
