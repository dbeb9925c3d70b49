/** What a probe says of an objective and of a tier, for people. The search weighs all probes itself. */
import type { Interval } from '../stats/quantile.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

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

/** A conjunction: one fail fails it, and it passes when all pass. */
export function joined(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length > 0 && verdicts.every((one) => one === 'pass') ? 'pass' : 'inconclusive';
}
