/**
 * How far a burst is from the bounds of its latency objectives: the largest observed value in units
 * of its bound. It only decides how boldly a search grows; nothing is certified with it.
 *
 * The observed value is the one at the objective's own quantile, rank ceil(q n): the largest of all as
 * long as the sample holds fewer than 1 / (1 - q). An attainment bound is read at its ratio, a mean as
 * the mean of the evidence.
 */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import type { RequestMetric } from '../metrics/request-metrics.ts';
import { createPartViews } from '../policy/evidence/evidence-of.ts';
import { visitCompletions, visitLatency } from '../policy/evidence/samples.ts';
import { rankedGaps } from '../policy/measured-quantile.ts';
import type { Objective, SloTier } from '../policy/objective.ts';
import type { Evidence } from '../stats/evidence.ts';
import { quantileRank, selectRank } from '../stats/quantile.ts';

/** Failures have no finite value; beyond this a larger one would change no decision. */
export const WORST_RATIO_MAX = 10;

/** By tier; 0 when nothing was observed yet. `evidence[tier][objective]` belongs to the same snapshot. */
export function worstRatiosOfBound(
  snapshot: BurstSnapshot,
  tiers: readonly SloTier[],
  evidence: readonly (readonly Evidence[])[],
): number[] {
  const scratch = new Float64Array(snapshot.records.count);
  const viewOf = createPartViews(snapshot);
  return tiers.map((tier, t) => {
    const ratios = tier.objectives.map((objective, o) =>
      ratioOfBound(viewOf(objective), objective, evidence[t]?.[o], scratch),
    );
    return Math.min(WORST_RATIO_MAX, Math.max(0, ...ratios));
  });
}

function ratioOfBound(
  snapshot: BurstSnapshot,
  objective: Objective,
  evidence: Evidence | undefined,
  scratch: Float64Array,
): number {
  switch (objective.kind) {
    case 'quantile': {
      const { metric, q, boundMs } = objective;
      if (metric === 'itl') return gapAtQuantile(snapshot, q) / boundMs;
      const n = collect(scratch, (visit) => visitLatency(snapshot, metric, boundMs, visit));
      return n === 0 ? 0 : selectRank(scratch, n, quantileRank(n, q)) / boundMs;
    }
    case 'attainment': {
      let worst = 0;
      for (const bound of objective.bounds) {
        const value = completionAtQuantile(snapshot, bound.metric, objective.ratio, scratch);
        worst = Math.max(worst, value / bound.boundMs);
      }
      return worst;
    }
    case 'mean': {
      if (evidence?.kind !== 'mean') return 0;
      let n = 0;
      let sum = 0;
      for (const block of evidence.blocks) {
        n += block.n;
        sum += block.sum;
      }
      return n === 0 ? 0 : sum / n / objective.boundMs;
    }
    case 'error_rate':
    case 'goodput':
      return 0;
  }
}

function completionAtQuantile(
  snapshot: BurstSnapshot,
  metric: RequestMetric,
  q: number,
  scratch: Float64Array,
): number {
  const n = collect(scratch, (visit) => visitCompletions(snapshot, metric, visit));
  return n === 0 ? 0 : selectRank(scratch, n, quantileRank(n, q));
}

function collect(scratch: Float64Array, walk: (visit: (ms: number) => void) => void): number {
  let n = 0;
  walk((ms) => {
    scratch[n] = Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
    n += 1;
  });
  return n;
}

function gapAtQuantile(snapshot: BurstSnapshot, q: number): number {
  const { n, valueAt } = rankedGaps(snapshot);
  return n === 0 ? 0 : valueAt(quantileRank(n, q));
}
