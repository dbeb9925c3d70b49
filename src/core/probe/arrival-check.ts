/**
 * Did the open loop offer the process that was asked for? The generator draws its arrivals from a law;
 * counts and their scatter over the window must be those of that law. A stream that was sent twice, or
 * in lumps, would be a load that nobody asked for under the name of the load.
 */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { scheduledInWindow, windowMs } from '../metrics/burst-window.ts';
import { dispersionOf } from '../workload/gap-law.ts';
import type { ArrivalSpec } from '../workload/spec.ts';

/** Six standard errors: once in a hundred million bursts by chance, and any doubling is far beyond. */
const LIMIT = 6;
/** Edges of the window and of the ramp's last step. */
const EDGE_COUNT = 2;
/** A fluctuation is seen over whole periods but for the time between two looks. */
const FLUCTUATION_SLACK = 0.1;
/** Windows of counting hold so many arrivals at least (times the dispersion), and there are so many. */
const MIN_PER_BIN = 5;
const MIN_BINS = 20;
const MAX_BINS = 400;
/** A clock's counts in windows that are no multiple of its gap differ by one. */
const REGULAR_SLACK = 0.25;
const MS_PER_S = 1_000;

/** Why the burst is void, in words; undefined when the arrivals are those of the law. */
export function arrivalFault(
  snapshot: BurstSnapshot,
  arrivals: ArrivalSpec,
  rps: number,
): string | undefined {
  const dispersion = dispersionOf(arrivals);
  // In virtual time there is no client; of a trace nobody knows the scatter.
  if (snapshot.health.generators === 0 || dispersion === undefined) return undefined;
  const times: number[] = [];
  const { records } = snapshot;
  for (let i = 0; i < records.count; i++) {
    if (scheduledInWindow(snapshot, i)) times.push(records.scheduledMs[i] ?? 0);
  }
  const expected = (rps * windowMs(snapshot)) / MS_PER_S;
  const slack =
    EDGE_COUNT + (arrivals.fluctuation === undefined ? 0 : FLUCTUATION_SLACK * expected);
  const error = LIMIT * Math.sqrt(dispersion * expected + 1) + slack;
  if (Math.abs(times.length - expected) > error) {
    return `client off its load: ${times.length} arrivals where ${expected.toFixed(0)} were due`;
  }
  return arrivals.fluctuation === undefined ? scatterFault(snapshot, times, dispersion) : undefined;
}

function scatterFault(
  snapshot: BurstSnapshot,
  times: readonly number[],
  dispersion: number,
): string | undefined {
  const perBin = MIN_PER_BIN * Math.max(1, dispersion);
  const bins = Math.min(MAX_BINS, Math.floor(times.length / perBin));
  if (bins < MIN_BINS) return undefined;
  const counts = new Float64Array(bins);
  const binMs = windowMs(snapshot) / bins;
  for (const atMs of times) {
    const bin = Math.min(bins - 1, Math.floor((atMs - snapshot.windowStartMs) / binMs));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const mean = times.length / bins;
  const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (bins - 1);
  const seen = variance / mean;
  // Standard error of a variance ratio, with the excess kurtosis that clumps of that size have.
  const relative = Math.sqrt(2 / (bins - 1) + (1 + dispersion) / times.length);
  const error = LIMIT * dispersion * relative + REGULAR_SLACK;
  if (Math.abs(seen - dispersion) <= error) return undefined;
  return `client off its law: dispersion of arrivals ${seen.toFixed(2)}, ${dispersion.toFixed(2)} was asked for`;
}
