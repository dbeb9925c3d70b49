/**
 * Several probes at one load as one number. Only the summaries are at hand, not the requests, so
 * quantiles are pooled as weighted means of the probes' quantiles (exact when the probes saw the same
 * server) and their intervals end by end: low with low, high with high. That assumes nothing about
 * how the probes depend on each other and is never narrower than the average probe's own interval.
 */
import type { Interval, LatencySummary } from '../probe/probe-report.ts';

/** Σ w x / Σ w; the plain mean when all weights are zero. */
export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  let total = 0;
  let weightSum = 0;
  values.forEach((value, i) => {
    const weight = weights[i] ?? 0;
    total += weight * value;
    weightSum += weight;
  });
  if (weightSum > 0) return total / weightSum;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function poolInterval(
  intervals: readonly (Interval | undefined)[],
  weights: readonly number[],
): Interval | undefined {
  const known = intervals.flatMap((interval, i) =>
    interval === undefined ? [] : [{ interval, weight: weights[i] ?? 0 }],
  );
  if (known.length === 0) return undefined;
  // A short probe that could not give an end must not widen or void the ends of a long one: when
  // some probes have both ends, only those speak.
  const whole = known.filter(
    ({ interval }) => interval.low !== undefined && interval.high !== undefined,
  );
  const used = whole.length > 0 ? whole : known;
  const mean = (pick: (interval: Interval) => number | undefined): number | undefined => {
    const values = used.flatMap(({ interval }) => pick(interval) ?? []);
    if (values.length < used.length) return undefined;
    return weightedMean(
      values,
      used.map(({ weight }) => weight),
    );
  };
  const value = mean((interval) => interval.value);
  if (value === undefined) return undefined;
  const low = mean((interval) => interval.low);
  const high = mean((interval) => interval.high);
  return {
    value,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  };
}

export function poolLatency(
  summaries: readonly (LatencySummary | undefined)[],
): LatencySummary | undefined {
  const known = summaries.filter((summary) => summary !== undefined);
  const [first] = known;
  if (first === undefined) return undefined;
  if (known.length === 1) return first;
  const weights = known.map((summary) => summary.n);
  const quantile = (pick: (summary: LatencySummary) => Interval): Interval =>
    poolInterval(known.map(pick), weights) ?? pick(first);
  return {
    n: weights.reduce((total, n) => total + n, 0),
    mean: weightedMean(
      known.map((summary) => summary.mean),
      weights,
    ),
    p50: quantile((summary) => summary.p50),
    p90: quantile((summary) => summary.p90),
    p95: quantile((summary) => summary.p95),
    p99: quantile((summary) => summary.p99),
    max: Math.max(...known.map((summary) => summary.max)),
  };
}
