/**
 * The port between HTTP (or an embedded caller) and the runner: searches as resources. Everything
 * that outlives a process is in the store; this port adds who may start what now.
 */
import type { Fault } from '../../core/base/fault.ts';
import type { TraceContext } from '../../core/base/trace-context.ts';
import type { BurstSnapshot } from '../../core/metrics/burst-snapshot.ts';
import type { Question } from '../../core/policy/question.ts';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { ProbeDecision } from '../../core/search/decision.ts';
import type { Observation } from '../../core/search/observation.ts';
import type { CourseKind } from '../../core/search/spec.ts';
import type { KillState } from '../access/kill-switch.ts';
import type { QuotaRefusal } from '../access/quota.ts';
import type { SearchEvent, SearchRecord } from '../store/search-record.ts';
import type { ListQuery } from '../store/store-port.ts';
import type { HookBook } from './keep/hook-book.ts';
import type { RejudgeOutcome } from './read/rejudge.ts';

export type {
  Provenance,
  SearchEvent,
  SearchEventType,
  SearchRecord,
  SearchState,
} from '../store/search-record.ts';
export { ENDED_STATES } from '../store/search-record.ts';
export type { ListQuery } from '../store/store-port.ts';

export type { Hook, HookBook } from './keep/hook-book.ts';
export type { Rejudged } from './read/rejudge.ts';

export interface CreateSearch {
  readonly kind: CourseKind;
  readonly question: Question;
  /** Who asks, for idempotency; `anonymous` without keys. */
  readonly caller: string;
  readonly idempotencyKey?: string;
  /** Hash of the body as given (canonical JSON), compared under the same key. */
  readonly bodyHash: string;
  readonly onBusy: 'queue' | 'join' | 'reject';
  readonly leaseSeconds?: number;
  readonly deadlineAtMs?: number;
  readonly maxAgeSeconds?: number;
  /** The call's place in a trace, which the search continues. */
  readonly trace?: TraceContext;
}

export type CreateOutcome =
  | { readonly kind: 'created' | 'replayed' | 'joined'; readonly search: SearchRecord }
  /** The key was used with another body: 422. */
  | { readonly kind: 'key_mismatch'; readonly searchId: string }
  /** on_busy = reject: 409 naming the running search. */
  | { readonly kind: 'busy'; readonly running: { readonly id: string; readonly kind: CourseKind } }
  /** 429 + Retry-After. */
  | { readonly kind: 'queue_full'; readonly retryAfterSeconds: number }
  /** The caller has used up its share: 429 + Retry-After. */
  | ({ readonly kind: 'quota_exceeded' } & QuotaRefusal)
  /** The kill switch is on: 503. */
  | { readonly kind: 'load_stopped'; readonly state: KillState };

export interface SearchPage {
  readonly searches: readonly SearchRecord[];
  readonly nextCursor?: string;
}

/** What the controller saw and decided, probe by probe: the search is a fold over it. */
export interface SearchLog {
  readonly observations: readonly Observation[];
  /** One for each observation, and one more when a burst was begun and has no end. */
  readonly decisions: readonly ProbeDecision[];
}

export interface SearchService {
  readonly hooks: HookBook;
  create(input: CreateSearch): Promise<CreateOutcome>;
  get(id: string): Promise<SearchRecord | undefined>;
  list(query: ListQuery): Promise<SearchPage>;
  /** Finished probes, voided ones included, in order. */
  probes(id: string): Promise<readonly ProbeReport[]>;
  log(id: string): Promise<SearchLog>;
  /** Raw request records of one probe as JSON-ready rows (snake_case), streamed. */
  requests(id: string): AsyncIterable<Readonly<Record<string, unknown>>>;
  /** The raw requests of one burst; undefined when they are not kept. */
  burst(id: string, probe: number, attempt: number): Promise<BurstSnapshot | undefined>;
  events(id: string, after: number, limit: number): Promise<readonly SearchEvent[]>;
  /** Calls back whenever the search has a new event or state; returns the unsubscribe. */
  subscribe(id: string, onChange: () => void): () => void;
  /** Resolves with the record when it ended or `waitMs` are over, whichever is first. */
  waitUntilEnded(
    id: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<SearchRecord | undefined>;
  /** Renews the lease: somebody polled or streams. */
  touch(id: string): void;
  /**
   * Other tiers, confidence or resolution over the records of a search that has ended; faults when its
   * records cannot answer them.
   */
  rejudge(
    id: string,
    asked: Pick<Question, 'tiers' | 'confidence' | 'resolution'>,
    signal: AbortSignal,
  ): Promise<
    RejudgeOutcome | { readonly kind: 'not_judgeable'; readonly faults: readonly Fault[] }
  >;
  /** Repeatable; the load has stopped or will within a second. */
  cancel(id: string): Promise<SearchRecord | undefined>;
  /** Seconds until a poll is likely to show something new. */
  retryAfterSeconds(search: SearchRecord): number;
  /** Undefined when ready, else why not. */
  notReady(): string | undefined;
}
