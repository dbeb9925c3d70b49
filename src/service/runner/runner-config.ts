/** What an operator may set, and the bounds that nobody has to. */

import type { LoadLimits } from '../engine/engine-port.ts';

export interface RunnerConfig {
  /** Searches that may wait for their turn; one more is refused. */
  readonly maxQueued: number;
  /** Time limits of every request; raised where an objective's own bound is longer. */
  readonly timeouts: Pick<
    LoadLimits,
    'connectTimeoutMs' | 'firstTokenTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'
  >;
  /** Requests in flight at once, whatever the question asks for. */
  readonly maxInFlight: number;
  /** First wait before a target that was lost is tried again; doubles with each try. */
  readonly retryDelayMs: number;
}

export const DEFAULT_RUNNER_CONFIG: RunnerConfig = {
  maxQueued: 100,
  timeouts: {
    connectTimeoutMs: 5_000,
    firstTokenTimeoutMs: 60_000,
    idleTimeoutMs: 30_000,
    totalTimeoutMs: 300_000,
  },
  maxInFlight: 4_096,
  retryDelayMs: 1_000,
};

/** A key answers with the search it made for this long. */
export const KEY_LIFETIME_MS = 86_400_000;
/** Leases and deadlines are looked at this often: an end within a second of its time. */
export const WATCH_PERIOD_MS = 250;
/** Progress of a running probe is told at most this often: a look a second, give or take its jitter. */
export const PROGRESS_PERIOD_MS = 900;
/** Voided probes in a row, each with twice the generators, before the client is called the limit. */
export const MAX_VOIDS_IN_A_ROW = 3;
/** Tries of one probe that a dead target or a dead generator may spoil. */
export const MAX_SPOILT_TRIES = 3;
/** A search whose writes fail (disk full) stops its load and is tried again after this time. */
export const STORE_RETRY_MS = 10_000;
/** A session that is not there after this time will not come. */
export const OPEN_TIMEOUT_MS = 30_000;
/** A burst that is this much over its planned length has lost its generator. */
export const BURST_SLACK_MS = 30_000;
/** `cancel` answers when the end is written, or after this time as it stands. */
export const CANCEL_WAIT_MS = 2_000;
