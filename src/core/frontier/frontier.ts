/**
 * The frontier: what the probes of one search traced, one point per load. Every point is measured,
 * none interpolated, and a load that was probed twice is one point over both probes.
 */
import type { Axis } from '../base/axis.ts';
import { OUTCOMES, type Outcome } from '../metrics/request-columns.ts';
import type { ObjectiveVerdict, ProbeReport, Verdict } from '../probe/probe-report.ts';
import type { SearchResult, TierResult } from '../search/answer/result.ts';
import { toUnits } from '../search/load-grid.ts';
import { markDominated } from './dominance.ts';
import type { FrontierPoint, FrontierTier } from './frontier-point.ts';
import { poolInterval, poolLatency, weightedMean } from './pool.ts';

export function buildFrontier(
  reports: readonly ProbeReport[],
  result: SearchResult,
  axis: Axis,
): readonly FrontierPoint[] {
  const byLoad = new Map<number, ProbeReport[]>();
  const validFrom = firstValidProbe(result);
  for (const report of reports) {
    // The target has changed since: pooled with later bursts it would be a load of neither.
    if (report.probe < validFrom) continue;
    // A voided probe says something about the client; one without a window says nothing.
    if (report.voided !== undefined || report.windowMs <= 0 || report.requests === 0) continue;
    const units = toUnits(axis, report.load);
    const same = byLoad.get(units);
    if (same === undefined) byLoad.set(units, [report]);
    else same.push(report);
  }
  const points = [...byLoad.entries()]
    .sort(([a], [b]) => a - b)
    .map(([units, same]) => pointOf(units, same, result, axis));
  return markDominated(points);
}

/**
 * Number of the first probe that speaks for the target as it is now. What a search measured before a
 * change of the target (drift) was dropped; a gate drops nothing.
 */
export function firstValidProbe({ warnings }: Pick<SearchResult, 'warnings'>): number {
  const changes = warnings.map((warning) =>
    warning.kind === 'drift' && warning.droppedProbes > 0 ? warning.atProbe : 0,
  );
  return Math.max(0, ...changes);
}

function pointOf(
  units: number,
  same: readonly ProbeReport[],
  result: SearchResult,
  axis: Axis,
): FrontierPoint {
  const windows = same.map((report) => report.windowMs);
  const overTime = (pick: (report: ProbeReport) => number): number =>
    weightedMean(same.map(pick), windows);
  const tiers = result.tiers.map((tier) => tierOf(units, same, tier, axis));
  return {
    load: same[0]?.load ?? 0,
    verdict: tiers[0]?.verdict ?? 'inconclusive',
    probes: same.map((report) => report.probe),
    requests: sum(same.map((report) => report.requests)),
    windowMs: sum(windows),
    outcomes: addOutcomes(same),
    offeredRps: overTime((report) => report.offeredRps),
    completedRps: overTime((report) => report.completedRps),
    outputTokensPerSecond: overTime((report) => report.outputTokensPerSecond),
    meanInFlight: overTime((report) => report.meanInFlight),
    ttftMs: poolLatency(same.map((report) => report.ttftMs)),
    tpotMs: poolLatency(same.map((report) => report.tpotMs)),
    itlMs: poolLatency(same.map((report) => report.itlMs)),
    e2eMs: poolLatency(same.map((report) => report.e2eMs)),
    tiers,
    dominated: false,
  };
}

function tierOf(
  units: number,
  same: readonly ProbeReport[],
  result: TierResult,
  axis: Axis,
): FrontierTier {
  const judgements = same.flatMap((report) => {
    const tier = report.tiers.find((candidate) => candidate.tier === result.tier);
    return tier === undefined ? [] : [{ tier, report }];
  });
  const windows = judgements.map(({ report }) => report.windowMs);
  const requests = judgements.map(({ report }) => report.requests);
  const objectives = judgements.flatMap(({ tier }) => tier.objectives);
  return {
    tier: result.tier,
    verdict: bracketVerdict(units, result, axis),
    goodputRps: poolInterval(
      judgements.map(({ tier }) => tier.goodputRps),
      windows,
    ),
    attainmentRatio: poolInterval(
      judgements.map(({ tier }) => tier.attainmentRatio),
      requests,
    ),
    judged: judgedOf(objectives, result.bindingObjective),
  };
}

function judgedOf(
  objectives: readonly ObjectiveVerdict[],
  binding: string | undefined,
): FrontierTier['judged'] {
  const measured = objectives.filter((objective) => objective.measured !== undefined);
  const shown =
    measured.find((objective) => objective.id === binding) ??
    measured.find((objective) => objective.unit === 'ms') ??
    measured[0];
  if (shown === undefined) return undefined;
  const samples = measured.filter((objective) => objective.id === shown.id);
  const pooled = poolInterval(
    samples.map((objective) => objective.measured),
    samples.map((objective) => objective.n ?? 1),
  );
  if (pooled === undefined) return undefined;
  const { id, text, bound, unit } = shown;
  return { objective: id, text, measured: pooled, bound, unit };
}

function bracketVerdict(units: number, tier: TierResult, axis: Axis): Verdict {
  if (tier.lower !== undefined && units <= toUnits(axis, tier.lower)) return 'pass';
  if (tier.upper !== undefined && units >= toUnits(axis, tier.upper)) return 'fail';
  return 'inconclusive';
}

function addOutcomes(same: readonly ProbeReport[]): Partial<Record<Outcome, number>> {
  const total: Partial<Record<Outcome, number>> = {};
  for (const report of same) {
    for (const outcome of OUTCOMES) {
      const count = report.outcomes[outcome];
      if (count !== undefined) total[outcome] = (total[outcome] ?? 0) + count;
    }
  }
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
