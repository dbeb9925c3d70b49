/**
 * Quantiles of one latency over a burst, for people and plots; no verdict is made from them. The
 * sample is what was measured in the window: first tokens that came in it (TTFT), answers that ended
 * well in it (TPOT, E2E, gaps), whenever they were sent. Failed requests have no latency: they are in
 * the outcomes and count in the evidence.
 */
import {
  type Interval,
  intervalOfRanks,
  quantileInterval,
  quantileRanks,
} from '../stats/quantile.ts';
import type { BurstSnapshot } from './burst-snapshot.ts';
import { endedInWindow } from './burst-window.ts';
import { GAP_OVERFLOW, GAP_UNIT_MS } from './request-columns.ts';
import { gapSumMs, keptGaps, latencyMs, type RequestMetric } from './request-metrics.ts';

export interface LatencySummary {
  readonly n: number;
  readonly mean: number;
  readonly p50: Interval;
  readonly p90: Interval;
  readonly p95: Interval;
  readonly p99: Interval;
  readonly max: number;
}

const UNIT_VALUES = GAP_OVERFLOW + 1;

export function requestLatencySummary(
  snapshot: BurstSnapshot,
  metric: RequestMetric,
  confidence: number,
  designEffect: number,
): LatencySummary | undefined {
  const { records } = snapshot;
  const values = new Float64Array(records.count);
  let n = 0;
  let sum = 0;
  for (let i = 0; i < records.count; i++) {
    if (!inSample(snapshot, metric, i)) continue;
    const ms = latencyMs(metric, records, i);
    if (ms === undefined) continue;
    values[n] = ms;
    n += 1;
    sum += ms;
  }
  if (n === 0) return undefined;
  const sorted = values.subarray(0, n).sort();
  const at = (q: number): Interval => quantileInterval(sorted, q, confidence, designEffect);
  return {
    n,
    mean: sum / n,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: sorted[n - 1] ?? Number.NaN,
  };
}

/** Token gaps; where a chunk bundles tokens they are chunk gaps. Longer ones count as 655.35 ms. */
export function gapSummary(
  snapshot: BurstSnapshot,
  confidence: number,
  designEffect: number,
): LatencySummary | undefined {
  const { records } = snapshot;
  const counts = new Uint32Array(UNIT_VALUES);
  let requests = 0;
  let n = 0;
  let sum = 0;
  for (let i = 0; i < records.count; i++) {
    const gaps = keptGaps(records, i) ?? 0;
    if (gaps === 0 || endedInWindow(snapshot, i) !== 'ok') continue;
    const start = records.gapStart[i] ?? 0;
    for (let g = start; g < start + gaps; g++) {
      const unit = records.gapUnits[g] ?? 0;
      counts[unit] = (counts[unit] ?? 0) + 1;
    }
    requests += 1;
    n += gaps;
    sum += gapSumMs(records, i) ?? 0;
  }
  if (n === 0) return undefined;
  // The gaps of one request share its steps: they are worth one sample of it together.
  const effect = designEffect * (n / requests);
  const valueAt = histogramReader(counts);
  const at = (q: number): Interval =>
    intervalOfRanks(quantileRanks(n, q, confidence, effect), valueAt);
  return {
    n,
    mean: sum / n,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: valueAt(n),
  };
}

/** Reads the value of a 1-based rank from counts by gap unit. */
export function histogramReader(counts: Uint32Array): (rank: number) => number {
  return (rank) => {
    let seen = 0;
    for (let unit = 0; unit < counts.length; unit++) {
      seen += counts[unit] ?? 0;
      if (seen >= rank) return unit * GAP_UNIT_MS;
    }
    return Number.NaN;
  };
}

function inSample(snapshot: BurstSnapshot, metric: RequestMetric, i: number): boolean {
  if (metric === 'tpot' || metric === 'e2e') return endedInWindow(snapshot, i) === 'ok';
  const tokenMs = snapshot.records.firstTokenMs[i] ?? Number.NaN;
  return tokenMs >= snapshot.windowStartMs && tokenMs < snapshot.nowMs;
}
