/** The tables as the queries see them: JSON as text, times as integer ms, so that one schema serves every engine. */

export interface SearchTable {
  id: string;
  kind: string;
  state: string;
  policy: string | null;
  /** Base URL as given. */
  target: string;
  target_key: string;
  question_hash: string;
  created_at_ms: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  lease_seconds: number | null;
  deadline_at_ms: number | null;
  version: number;
  /** Number of the newest event; the next is one more, in the same transaction. */
  last_seq: number;
  reason: string | null;
  detail: string | null;
  question: string;
  result: string | null;
  provenance: string | null;
  /** Place in the caller's trace, as JSON. */
  trace: string | null;
  caller: string;
}

export interface SearchLabelTable {
  search_id: string;
  /** `key=value`. */
  label: string;
}

export interface ProbeTable {
  search_id: string;
  probe: number;
  attempt: number;
  started_at_ms: number;
  finished_at_ms: number | null;
  outcome: string | null;
  decision: string;
  observation: string | null;
  report: string | null;
}

export interface RequestRecordsTable {
  search_id: string;
  probe: number;
  attempt: number;
  requests: number;
  created_at_ms: number;
  columns: Buffer;
}

export interface EventTable {
  search_id: string;
  seq: number;
  type: string;
  at_ms: number;
  data: string;
}

export interface IdempotencyKeyTable {
  caller: string;
  key: string;
  body_hash: string;
  search_id: string;
  created_at_ms: number;
}

export interface HookTable {
  id: string;
  name: string;
  token_hash: string;
  created_at_ms: number;
  caller: string;
  binding: string;
}

export interface Schema {
  hook: HookTable;
  search: SearchTable;
  search_label: SearchLabelTable;
  probe: ProbeTable;
  request_records: RequestRecordsTable;
  event: EventTable;
  idempotency_key: IdempotencyKeyTable;
}
