/** One probe as it is stored and shown: numbers with intervals, verdicts with evidence. */
import type { ClientHealth } from '../metrics/burst-snapshot.ts';
import type { BurstSummary } from '../metrics/burst-summary.ts';
import type { TierVerdict } from '../policy/verdict.ts';
import type { Phase } from '../search/decision.ts';
import type { BurstEndReason } from '../search/observation.ts';

import type { CacheReport, PartReport } from './part-report.ts';

export type { LatencySummary } from '../metrics/latency-summary.ts';
export type { ObjectiveVerdict, TierVerdict, Verdict } from '../policy/verdict.ts';
export type { Interval } from '../stats/quantile.ts';

export interface ProbeReport extends BurstSummary {
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
  readonly loadMs: number;
  /** What the open loop asked for; undefined in a closed loop. */
  readonly intendedRps: number | undefined;
  readonly tiers: readonly TierVerdict[];
  readonly health: ClientHealth;
  /** By part of the mix; absent where the workload is none. */
  readonly parts?: readonly PartReport[];
  /** Absent in reports that were made before caches were looked at. */
  readonly cache?: CacheReport;
}
