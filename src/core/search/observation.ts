/**
 * What the controller is told after (or, for the in-burst rule, during) a burst. Plain JSON: the
 * stored log of these is the whole state of a search.
 */
import type { Evidence } from '../stats/evidence.ts';

/** Why the measuring ended. */
export type BurstEndReason =
  | 'length' // ran its planned length
  | 'clear_fail' // the in-burst rule saw a certain fail
  | 'clear_pass' // the in-burst rule saw all that this load can still say
  | 'resolved' // the bracket met the resolution with this partial burst
  | 'saturated' // open loop: the backlog passed its limit
  | 'budget' // requests or tokens of the budget ran out
  | 'voided' // the client could not be trusted: counts for nothing
  | 'cancelled';

/** One block of decode pace, for drift: requests that ended in it. */
export interface PaceBlock {
  /** Middle of the block, ms since the search's first load. */
  readonly atMs: number;
  readonly meanTpotMs: number;
  /** Requests past their first token, not ended: those that share the decode steps. */
  readonly meanDecoding: number;
  readonly n: number;
}

export interface Observation {
  readonly probe: number;
  readonly loadUnits: number;
  readonly end: BurstEndReason;
  /** Everything this burst cost: ramp, settle, window. */
  readonly loadMs: number;
  /** Length of the measured window, after the settle. */
  readonly windowMs: number;
  /** Requests and output tokens sent to the target during this burst. */
  readonly requests: number;
  readonly outputTokens: number;
  /** Mean end-to-end latency of the requests that ended in the window; the last known when none did. */
  readonly meanE2eMs: number;
  readonly meanInFlight: number;
  readonly completedRps: number;
  /** Requests sent that wait for their first token at the end of the burst (open loop: the backlog). */
  readonly waiting: number;
  /** By tier, the largest value of its latency objectives in units of the bound (0.2: far below). */
  readonly worstRatiosOfBound: readonly number[];
  /** Good requests per second by tier, in the order of the spec. */
  readonly goodputRps: readonly number[];
  /** evidence[tier][objective], in the order of the spec. */
  readonly evidence: readonly (readonly Evidence[])[];
  /** Good requests per second by tier as floor blocks, for the goodput maximum. */
  readonly goodBlocks: readonly (readonly { readonly seconds: number; readonly good: number }[])[];
  readonly pace: readonly PaceBlock[];
}
