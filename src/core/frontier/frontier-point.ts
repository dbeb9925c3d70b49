/** One point of the frontier: everything that was measured at one load, over all its probes. */
import type { Outcome } from '../metrics/request-columns.ts';
import type { Interval, LatencySummary, ObjectiveVerdict, Verdict } from '../probe/probe-report.ts';

/** One tier at one load. */
export interface FrontierTier {
  readonly tier: string;
  /** From the bracket, which weighs all probes together; not from this load's probes alone. */
  readonly verdict: Verdict;
  readonly goodputRps: Interval | undefined;
  readonly attainmentRatio: Interval | undefined;
  /** The objective that a plot of this tier shows: the binding one, else the first that has a number. */
  readonly judged:
    | {
        readonly objective: string;
        readonly text: string;
        readonly measured: Interval;
        readonly bound: number;
        readonly unit: ObjectiveVerdict['unit'];
      }
    | undefined;
}

export interface FrontierPoint {
  readonly load: number;
  /** Verdict of the first tier. */
  readonly verdict: Verdict;
  /** Numbers of the probes behind this point. */
  readonly probes: readonly number[];
  readonly requests: number;
  readonly windowMs: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly offeredRps: number;
  readonly completedRps: number;
  readonly outputTokensPerSecond: number;
  readonly meanInFlight: number;
  readonly ttftMs: LatencySummary | undefined;
  readonly tpotMs: LatencySummary | undefined;
  readonly itlMs: LatencySummary | undefined;
  readonly e2eMs: LatencySummary | undefined;
  readonly tiers: readonly FrontierTier[];
  /** Another load gives at least the throughput and the goodput at no more latency. */
  readonly dominated: boolean;
}
