/** A finished burst as people see it. Made once per probe, from the same evidence as the search's. */
import type { Axis } from '../base/axis.ts';
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { summariseBurst } from '../metrics/burst-summary.ts';
import { blockLengthMs } from '../policy/evidence/evidence-of.ts';
import { judgeTier } from '../policy/judge.ts';
import type { SloTier } from '../policy/objective.ts';
import type { ProbeDecision } from '../search/decision.ts';
import type { Observation } from '../search/observation.ts';
import type { WorkloadSpec } from '../workload/spec.ts';
import { cacheReport, partReports } from './part-report.ts';
import type { ProbeReport } from './probe-report.ts';

export interface ReportInput {
  readonly snapshot: BurstSnapshot;
  /** Of the same snapshot. */
  readonly observation: Observation;
  readonly decision: ProbeDecision;
  readonly axis: Axis;
  readonly tiers: readonly SloTier[];
  /** Absent: nothing is said of its parts and of the cache. */
  readonly workload?: WorkloadSpec;
  readonly confidence: number;
  readonly attempt: number;
  /** Wall clock, ms since the epoch. */
  readonly startedAtMs: number;
  /** As it was run; the decision's when it ran as decided. */
  readonly settleMs?: number;
  readonly voided?: string;
}

export function report(input: ReportInput): ProbeReport {
  const { snapshot, observation, decision, voided, workload } = input;
  const parts = workload === undefined ? [] : partReports(snapshot, workload, input.confidence);
  const summary = summariseBurst(snapshot, input.confidence);
  const context = {
    snapshot,
    confidence: input.confidence,
    blockMs: blockLengthMs(observation.meanE2eMs),
    meanInFlight: summary.meanInFlight,
    ...(voided === undefined ? {} : { voided }),
  };
  return {
    ...summary,
    probe: decision.probe,
    attempt: input.attempt,
    phase: decision.phase,
    load: decision.load,
    reason: decision.reason,
    end: observation.end,
    ...(voided === undefined ? {} : { voided }),
    startedAtMs: input.startedAtMs,
    settleMs: input.settleMs ?? decision.settleMs,
    loadMs: observation.loadMs,
    intendedRps: input.axis === 'request_rate' ? decision.load : undefined,
    tiers: input.tiers.map((tier, t) => judgeTier(tier, observation.evidence[t] ?? [], context)),
    health: snapshot.health,
    ...(parts.length > 0 && { parts }),
    ...(workload !== undefined && { cache: cacheReport(snapshot, workload) }),
  };
}
