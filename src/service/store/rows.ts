/** Rows to what they mean and back. The only place where a stored text becomes a typed value. */
import type { Selectable, Updateable } from 'kysely';
import type { CourseKind } from '../../core/search/spec.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import type { ProbeTable, SearchTable } from './schema.ts';
import type { SearchState } from './search-record.ts';
import type {
  NewSearch,
  ProbeFinish,
  ProbeOutcome,
  ProbeStart,
  SearchChange,
  StoredProbe,
  StoredSearch,
} from './store-port.ts';

/** Engines give 64-bit integers as number or text; ms since the epoch fit a number for 285,000 years. */
function integer(value: number | string): number {
  return Number(value);
}

export function newSearchRow(search: NewSearch): SearchTable {
  return {
    id: search.id,
    kind: search.kind,
    state: 'queued',
    policy: search.question.policy ?? null,
    target: search.question.target.baseUrl,
    target_key: search.targetKey,
    question_hash: search.questionHash,
    created_at_ms: search.createdAtMs,
    started_at_ms: null,
    ended_at_ms: null,
    lease_seconds: search.leaseSeconds ?? null,
    deadline_at_ms: search.deadlineAtMs ?? null,
    version: 1,
    last_seq: 0,
    reason: null,
    detail: null,
    question: toJsonText(search.question),
    result: null,
    provenance: null,
    trace: search.trace === undefined ? null : toJsonText(search.trace),
    caller: search.caller,
  };
}

export function labelsOf(search: NewSearch): string[] {
  return Object.entries(search.question.labels).map(([key, value]) => `${key}=${value}`);
}

export function changeRow(change: SearchChange): Updateable<SearchTable> {
  return {
    ...(change.state !== undefined && { state: change.state }),
    ...(change.startedAtMs !== undefined && { started_at_ms: change.startedAtMs }),
    ...(change.endedAtMs !== undefined && { ended_at_ms: change.endedAtMs }),
    ...(change.reason !== undefined && { reason: change.reason }),
    ...(change.detail !== undefined && { detail: change.detail }),
    ...(change.result !== undefined && { result: toJsonText(change.result) }),
    ...(change.provenance !== undefined && { provenance: toJsonText(change.provenance) }),
  };
}

export function searchOf(row: Selectable<SearchTable>): StoredSearch {
  return {
    id: row.id,
    kind: row.kind as CourseKind,
    state: row.state as SearchState,
    question: fromJsonText(row.question),
    targetKey: row.target_key,
    questionHash: row.question_hash,
    createdAtMs: integer(row.created_at_ms),
    caller: row.caller,
    version: row.version,
    ...(row.started_at_ms !== null && { startedAtMs: integer(row.started_at_ms) }),
    ...(row.ended_at_ms !== null && { endedAtMs: integer(row.ended_at_ms) }),
    ...(row.lease_seconds !== null && { leaseSeconds: row.lease_seconds }),
    ...(row.deadline_at_ms !== null && { deadlineAtMs: integer(row.deadline_at_ms) }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.detail !== null && { detail: row.detail }),
    ...(row.result !== null && { result: fromJsonText(row.result) }),
    ...(row.provenance !== null && { provenance: fromJsonText(row.provenance) }),
    ...(row.trace !== null && { trace: fromJsonText(row.trace) }),
  };
}

export function newProbeRow(start: ProbeStart): ProbeTable {
  return {
    search_id: start.searchId,
    probe: start.probe,
    attempt: start.attempt,
    started_at_ms: start.startedAtMs,
    finished_at_ms: null,
    outcome: null,
    decision: toJsonText(start.decision),
    observation: null,
    report: null,
  };
}

export function finishedProbeRow(finish: ProbeFinish): Updateable<ProbeTable> {
  return {
    finished_at_ms: finish.finishedAtMs,
    outcome: 'finished' satisfies ProbeOutcome,
    observation: toJsonText(finish.observation),
    report: toJsonText(finish.report),
  };
}

export function probeOf(row: Selectable<ProbeTable>): StoredProbe {
  return {
    searchId: row.search_id,
    probe: row.probe,
    attempt: row.attempt,
    decision: fromJsonText(row.decision),
    startedAtMs: integer(row.started_at_ms),
    ...(row.finished_at_ms !== null && { finishedAtMs: integer(row.finished_at_ms) }),
    ...(row.outcome !== null && { outcome: row.outcome as ProbeOutcome }),
    ...(row.observation !== null && { observation: fromJsonText(row.observation) }),
    ...(row.report !== null && { report: fromJsonText(row.report) }),
  };
}
