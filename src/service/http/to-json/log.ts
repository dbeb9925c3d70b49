/**
 * The replay log of a search. Its inside is passed on as it is kept, so that a replay sees what the
 * controller saw; the answer and the question are in the spelling of the API.
 */
import type { z } from 'zod';
import { searchSpecOf } from '../../../core/probe/search-spec.ts';
import { ENDED_STATES, type SearchLog, type SearchRecord } from '../../runner/search-service.ts';
import { LOG_VERSION, type logSchema } from '../schemas/log.ts';
import { gateQuestionToJson, questionToJson } from './question.ts';
import { resultToJson } from './search.ts';

export type LogJson = z.infer<typeof logSchema>;
/** The lists are passed on, not copied. */
type PassedOn<T> = unknown extends T ? T : { readonly [K in keyof T]: PassedOn<T[K]> };

export function logToJson(record: SearchRecord, log: SearchLog): PassedOn<LogJson> {
  // While it runs, a probe may end between the two reads: the result would be of another log.
  const result = ENDED_STATES.includes(record.state) ? record.result : undefined;
  return {
    version: LOG_VERSION,
    id: record.id,
    state: record.state,
    plimsoll_version: record.provenance?.plimsollVersion ?? null,
    ...(record.kind === 'gate' && { kind: record.kind }),
    question:
      record.kind === 'gate'
        ? gateQuestionToJson(record.question)
        : questionToJson(record.question),
    spec: searchSpecOf(record.question),
    decisions: log.decisions,
    observations: log.observations,
    result: result === undefined ? null : resultToJson(result),
  };
}
