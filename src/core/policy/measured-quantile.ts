/**
 * The quantile that an objective asks for, as it was measured, in ms: over the same sample as the
 * evidence. Failures and answers still owed lie above every time, so the quantile of a burst that
 * fails too often is no number, and there is none then.
 */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { histogramReader } from '../metrics/latency-summary.ts';
import { GAP_OVERFLOW } from '../metrics/request-columns.ts';
import { type Interval, intervalOfRanks, quantileRanks } from '../stats/quantile.ts';
import { visitGaps } from './evidence/gap-evidence.ts';
import { visitLatency } from './evidence/samples.ts';
import type { Objective } from './objective.ts';

export function measuredQuantile(
  objective: Extract<Objective, { kind: 'quantile' }>,
  snapshot: BurstSnapshot,
  confidence: number,
  designEffect: number,
): Interval | undefined {
  const { metric, q, boundMs } = objective;
  if (metric === 'itl') {
    const gaps = rankedGaps(snapshot);
    return finite(gaps.n, q, confidence, designEffect, gaps.valueAt);
  }
  const values = new Float64Array(snapshot.records.count);
  let n = 0;
  visitLatency(snapshot, metric, boundMs, (ms) => {
    values[n] = Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
    n += 1;
  });
  const sorted = values.subarray(0, n).sort();
  const valueAt = (rank: number): number => sorted[rank - 1] ?? Number.NaN;
  return finite(n, q, confidence, designEffect, valueAt);
}

/** The gaps of the window by rank; owed ones lie above every time. */
export function rankedGaps(snapshot: BurstSnapshot): {
  readonly n: number;
  readonly valueAt: (rank: number) => number;
} {
  const { gapUnits } = snapshot.records;
  const counts = new Uint32Array(GAP_OVERFLOW + 1);
  let measured = 0;
  let owed = 0;
  visitGaps(snapshot, {
    measured(start, count) {
      for (let g = start; g < start + count; g++) {
        const unit = gapUnits[g] ?? 0;
        counts[unit] = (counts[unit] ?? 0) + 1;
      }
      measured += count;
    },
    owed(count) {
      owed += count;
    },
  });
  const read = histogramReader(counts);
  return {
    n: measured + owed,
    valueAt: (rank) => (rank > measured ? Number.POSITIVE_INFINITY : read(rank)),
  };
}

function finite(
  n: number,
  q: number,
  confidence: number,
  designEffect: number,
  valueAt: (rank: number) => number,
): Interval | undefined {
  if (n === 0) return undefined;
  const interval = intervalOfRanks(quantileRanks(n, q, confidence, designEffect), valueAt);
  return Number.isFinite(interval.value) ? interval : undefined;
}
