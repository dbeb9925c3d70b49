/**
 * A search or a gate as a resource: its state, what was measured against what, and the events that tell its
 * story. These shapes are stored, handed to HTTP and shown; they live on the lowest floor that needs
 * them, and `runner/search-service.ts` passes them on.
 */
import type { Question } from '../../core/policy/question.ts';
import type { SearchResult } from '../../core/search/answer/result.ts';
import type { CourseKind } from '../../core/search/spec.ts';
import type { DataProvenance } from '../../core/workload/readers/data-provenance.ts';

export type SearchState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired';

/** States in which nothing will change any more. */
export const ENDED_STATES: readonly SearchState[] = ['done', 'failed', 'cancelled', 'expired'];

/** What was measured against what, written down when the search starts. */
export interface Provenance {
  readonly plimsollVersion: string;
  readonly nodeVersion: string;
  readonly resolvedAddress: string;
  readonly model: string;
  readonly dialect: string;
  /** What the target says of itself, as far as it does (server header, /version, max_model_len). */
  readonly targetInfo: Readonly<Record<string, string>>;
  /** Who counted tokens; absent in records from before it was kept. */
  readonly tokenCounts?: TokenCounts;
  /** The data files that the load was made of; absent: none. */
  readonly data?: readonly DataProvenance[];
}

export interface TokenCounts {
  /** Lengths of prompts: the target's own count, a tokenizer file, or one token a word. */
  readonly input: 'usage' | 'tokenizer' | 'estimate';
  /** `none`: nothing is asked that has an output of tokens. */
  readonly output: 'usage' | 'tokenizer' | 'chunks' | 'none';
}

export interface SearchRecord {
  readonly id: string;
  readonly kind: CourseKind;
  readonly state: SearchState;
  readonly question: Question;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** Why it failed, was cancelled or ended early: a stable name such as `target_lost`. */
  readonly reason?: string;
  /** One sentence more about the reason, for people. */
  readonly detail?: string;
  /** The answer, or what is known so far while it runs. */
  readonly result?: SearchResult;
  readonly provenance?: Provenance;
  /** Rises with every change; the ETag. */
  readonly version: number;
}

export type SearchEventType =
  | 'search.queued'
  | 'search.started'
  | 'search.plan'
  | 'probe.started'
  | 'probe.progress'
  | 'probe.finished'
  | 'probe.voided'
  | 'bracket.changed'
  | 'search.warning'
  | 'search.done'
  | 'search.failed'
  | 'search.cancelled'
  | 'search.expired';

export interface SearchEvent {
  /** 1-based, without gaps, per search: the SSE id and the `after` cursor. */
  readonly seq: number;
  readonly type: SearchEventType;
  readonly atMs: number;
  /** Plain JSON in the API's spelling (snake_case, units, no NaN). */
  readonly data: Readonly<Record<string, unknown>>;
}
