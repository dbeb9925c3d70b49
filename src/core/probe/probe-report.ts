/** One probe as it is stored and shown: numbers with intervals, verdicts with evidence. */
import type { ClientHealth } from '../metrics/burst-snapshot.ts';
import type { Outcome } from '../metrics/request-columns.ts';
import type { Phase } from '../search/decision.ts';
import type { BurstEndReason } from '../search/observation.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

export interface Interval {
  readonly value: number;
  /** Distribution-free interval at the search's confidence; an end that the sample cannot give is absent. */
  readonly low?: number;
  readonly high?: number;
}

export interface LatencySummary {
  readonly n: number;
  readonly mean: number;
  readonly p50: Interval;
  readonly p90: Interval;
  readonly p95: Interval;
  readonly p99: Interval;
  readonly max: number;
}

/** One objective on one probe. */
export interface ObjectiveVerdict {
  readonly id: string;
  readonly text: string;
  readonly verdict: Verdict;
  /** Samples and bad samples of a ratio; absent for mean and floor. */
  readonly n?: number;
  readonly bad?: number;
  /** What was measured, in the unit of the bound: a quantile in ms, a ratio, req/s. */
  readonly measured?: Interval;
  readonly bound: number;
  readonly unit: 'ms' | 'ratio' | 'req/s';
  /** Why it is inconclusive. */
  readonly reason?: string;
}

export interface TierVerdict {
  readonly tier: string;
  readonly verdict: Verdict;
  readonly objectives: readonly ObjectiveVerdict[];
  readonly goodputRps: Interval | undefined;
  readonly attainmentRatio: Interval | undefined;
}

export interface ProbeReport {
  readonly probe: number;
  readonly attempt: number;
  readonly phase: Phase;
  readonly load: number;
  readonly reason: string;
  readonly end: BurstEndReason;
  /** Set when the client could not be trusted: counts for nothing. */
  readonly voided?: string;
  readonly startedAtMs: number;
  readonly settleMs: number;
  readonly windowMs: number;
  readonly loadMs: number;
  /** Scheduled in the window. */
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly intendedRps: number | undefined;
  readonly offeredRps: number;
  readonly completedRps: number;
  readonly outputTokensPerSecond: number;
  readonly meanInFlight: number;
  readonly ttftMs: LatencySummary | undefined;
  readonly tpotMs: LatencySummary | undefined;
  readonly itlMs: LatencySummary | undefined;
  readonly e2eMs: LatencySummary | undefined;
  readonly inputTokensMean: number | undefined;
  readonly outputTokensMean: number | undefined;
  readonly tiers: readonly TierVerdict[];
  readonly health: ClientHealth;
}
