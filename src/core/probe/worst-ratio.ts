/**
 * How far a burst is from the bounds of its latency objectives: the largest observed value in units
 * of its bound. It only decides how boldly a search grows; nothing is certified with it.
 *
 * The observed value is the one at the objective's own quantile, rank ceil(q n): the largest of all as
 * long as the sample holds fewer than 1 / (1 - q). An attainment bound is read at its ratio, a mean as
 * the mean of the evidence.
 */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { GAP_OVERFLOW, GAP_UNIT_MS } from '../metrics/request-columns.ts';
import type { RequestMetric } from '../metrics/request-metrics.ts';
import { visitGaps } from '../policy/evidence/gap-evidence.ts';
import { visitCompletions, visitLatency } from '../policy/evidence/samples.ts';
import type { Objective, SloTier } from '../policy/objective.ts';
import type { Evidence } from '../stats/evidence.ts';
import { quantileRank, selectRank } from '../stats/quantile.ts';

/** Failures have no finite value; beyond this a larger one would change no decision. */
export const WORST_RATIO_MAX = 10;

/** 0 when nothing was observed yet. `evidence[tier][objective]` belongs to the same snapshot. */
export function worstRatioOfBound(
  snapshot: BurstSnapshot,
  tiers: readonly SloTier[],
  evidence: readonly (readonly Evidence[])[],
): number {
  const scratch = new Float64Array(snapshot.records.count);
  let worst = 0;
  tiers.forEach((tier, t) => {
    tier.objectives.forEach((objective, o) => {
      const ratio = ratioOfBound(snapshot, objective, evidence[t]?.[o], scratch);
      if (ratio > worst) worst = ratio;
    });
  });
  return Math.min(WORST_RATIO_MAX, worst);
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

/** By counting: there are too many gaps to sort and only 65,536 values. */
function gapAtQuantile(snapshot: BurstSnapshot, q: number): number {
  const { gapUnits } = snapshot.records;
  const counts = new Uint32Array(GAP_OVERFLOW + 1);
  let n = 0;
  let owed = 0;
  visitGaps(snapshot, {
    measured(start, count) {
      for (let g = start; g < start + count; g++) {
        const unit = gapUnits[g] ?? 0;
        counts[unit] = (counts[unit] ?? 0) + 1;
      }
      n += count;
    },
    owed(count) {
      n += count;
      owed += count;
    },
  });
  if (n === 0) return 0;
  const rank = quantileRank(n, q);
  if (rank > n - owed) return Number.POSITIVE_INFINITY;
  let seen = 0;
  for (let unit = 0; unit < counts.length; unit++) {
    seen += counts[unit] ?? 0;
    if (seen >= rank) return unit * GAP_UNIT_MS;
  }
  return Number.POSITIVE_INFINITY;
}
