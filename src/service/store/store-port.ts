/**
 * The port to everything that outlives a process. One search is one row, an append-only log of
 * probes and a list of events; whoever reads the log back knows all that the search knew.
 *
 * Every change that a reader can see carries the events that tell it, written in one transaction.
 * Times are ms since the epoch; an answer of `undefined` or `false` where something should have
 * changed means that it is not ours to change any more.
 */
import type { TraceContext } from '../../core/base/trace-context.ts';
import type { BurstSnapshot } from '../../core/metrics/burst-snapshot.ts';
import type { Question } from '../../core/policy/question.ts';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { SearchResult } from '../../core/search/answer/result.ts';
import type { ProbeDecision } from '../../core/search/decision.ts';
import type { Observation } from '../../core/search/observation.ts';
import type { CourseKind } from '../../core/search/spec.ts';
import type { StoredHook } from './hook-record.ts';
import type {
  Provenance,
  SearchEvent,
  SearchEventType,
  SearchRecord,
  SearchState,
} from './search-record.ts';

export { parseCursor } from './cursor.ts';
export type { StoredHook } from './hook-record.ts';
export type {
  Provenance,
  SearchEvent,
  SearchEventType,
  SearchRecord,
  SearchState,
} from './search-record.ts';

/** What the runner needs to carry on a search after a restart, beside what is shown. */
export interface StoredSearch extends SearchRecord {
  /** Searches with the same key load the same machine: one at a time. */
  readonly targetKey: string;
  /** Equal when two searches ask the same question. */
  readonly questionHash: string;
  readonly leaseSeconds?: number;
  readonly deadlineAtMs?: number;
  /** Its place in the trace of the call that asked for it. */
  readonly trace?: TraceContext;
  /** Who asked for it. */
  readonly caller: string;
}

export interface NewSearch {
  readonly id: string;
  readonly kind: CourseKind;
  readonly question: Question;
  readonly targetKey: string;
  readonly questionHash: string;
  readonly createdAtMs: number;
  readonly leaseSeconds?: number;
  readonly deadlineAtMs?: number;
  readonly trace?: TraceContext;
  readonly caller: string;
}

/** Load that was sent. */
export interface LoadUsed {
  readonly loadSeconds: number;
  readonly requests: number;
  readonly outputTokens: number;
}

/** An idempotency key of one caller and the search it stands for. */
export interface KeyBinding {
  readonly caller: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly searchId: string;
  readonly createdAtMs: number;
}

export interface NewEvent {
  readonly type: SearchEventType;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What changes; absent fields stay as they are. */
export interface SearchChange {
  readonly state?: SearchState;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly reason?: string;
  readonly detail?: string;
  readonly result?: SearchResult;
  readonly provenance?: Provenance;
}

export interface ProbeKey {
  readonly searchId: string;
  readonly probe: number;
  /** 1-based; a probe that was lost before it had a result is run again under the next number. */
  readonly attempt: number;
}

export interface ProbeStart extends ProbeKey {
  readonly decision: ProbeDecision;
  readonly startedAtMs: number;
}

export interface ProbeFinish extends ProbeKey {
  readonly finishedAtMs: number;
  readonly observation: Observation;
  readonly report: ProbeReport;
  readonly snapshot: BurstSnapshot;
}

/** `finished` is in the search's log, voided ones included: the observation says so. */
export type ProbeOutcome = 'finished' | 'abandoned';

export interface StoredProbe extends ProbeKey {
  readonly decision: ProbeDecision;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  /** Absent while it runs; `abandoned` when a later attempt or the search's end came before a result. */
  readonly outcome?: ProbeOutcome;
  readonly observation?: Observation;
  readonly report?: ProbeReport;
}

export interface ListQuery {
  /** Both when absent. */
  readonly kind?: CourseKind;
  readonly state?: SearchState;
  readonly policy?: string;
  /** Base URL of the target. */
  readonly target?: string;
  /** `key=value`. */
  readonly label?: string;
  readonly sinceMs?: number;
  readonly cursor?: string;
  readonly limit: number;
}

export interface Page {
  /** Newest first. */
  readonly searches: readonly StoredSearch[];
  readonly nextCursor?: string;
}

export interface Store {
  /** Creates the search as `queued`, with its key and events, all or nothing. */
  createSearch(
    search: NewSearch,
    key: KeyBinding | undefined,
    events: readonly NewEvent[],
  ): Promise<StoredSearch>;
  /** The binding of a key made at or after `notBeforeMs`. */
  findKey(caller: string, key: string, notBeforeMs: number): Promise<KeyBinding | undefined>;
  bindKey(binding: KeyBinding): Promise<void>;
  /** Forgets keys older than that; returns how many. */
  forgetKeys(beforeMs: number): Promise<number>;
  search(id: string): Promise<StoredSearch | undefined>;
  list(query: ListQuery): Promise<Page>;
  /** By probes that began since then, of a caller's ended searches; its tokens' subjects included. */
  loadUsed(account: string, sinceMs: number): Promise<LoadUsed>;
  /** Queued and running, oldest first. */
  unended(): Promise<readonly StoredSearch[]>;
  /** Changes a search that has not ended; undefined when it has, or does not exist. */
  change(
    id: string,
    change: SearchChange,
    events: readonly NewEvent[],
  ): Promise<StoredSearch | undefined>;
  /** Adds events without a change of the search (progress); nothing once it has ended. */
  appendEvents(id: string, events: readonly NewEvent[]): Promise<void>;
  events(id: string, after: number, limit: number): Promise<readonly SearchEvent[]>;
  /**
   * Claims this attempt and gives up unfinished earlier ones. False when the attempt is taken, a
   * later one exists, the probe is already finished or the search has ended: somebody else runs it.
   */
  startProbe(start: ProbeStart, events: readonly NewEvent[]): Promise<boolean>;
  /**
   * The fence: writes the result, the raw records, the search's change and the events only where
   * search, probe and attempt are ours and have no result. Undefined when they are not: stop.
   */
  finishProbe(
    finish: ProbeFinish,
    change: SearchChange,
    events: readonly NewEvent[],
  ): Promise<StoredSearch | undefined>;
  /** All attempts, in the order of probe and attempt. */
  probes(searchId: string): Promise<readonly StoredProbe[]>;
  /** The raw requests of one attempt, as they were measured. */
  records(key: ProbeKey): Promise<BurstSnapshot | undefined>;
  /** Raw records of bursts that finished before then, at most so many bursts; returns how many went. */
  purgeRecords(beforeMs: number, most: number): Promise<number>;
  /** Searches that ended before then, whole, at most so many; returns how many went. */
  purgeSearches(endedBeforeMs: number, most: number): Promise<number>;
  /** Gives free space back to the file system, one bounded step; true when there may be more. */
  reclaim(): Promise<boolean>;
  /** What it takes on the disk. */
  sizeBytes(): Promise<number>;
  createHook(hook: StoredHook): Promise<void>;
  /** All of them, newest first. */
  hooks(): Promise<readonly StoredHook[]>;
  findHook(tokenHash: string): Promise<StoredHook | undefined>;
  /** False when there is none. */
  deleteHook(id: string): Promise<boolean>;
  close(): Promise<void>;
}
