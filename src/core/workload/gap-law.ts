/** Gaps between arrivals with mean 1, by their law. The rate and its fluctuation are laid on later. */
import type { Random } from '../base/random.ts';
import { assert, unreachable } from '../base/result.ts';
import type { ArrivalSpec } from './spec.ts';

/** `recordedMs`: the times of the workload's file, for a trace that brings none itself. */
export function createGaps(
  spec: ArrivalSpec,
  random: Random,
  recordedMs?: ArrayLike<number>,
): () => number {
  switch (spec.kind) {
    case 'poisson':
      return random.exponential;
    case 'constant':
      return () => 1;
    case 'gamma': {
      const { shape } = spec;
      return () => standardGamma(shape, random) / shape;
    }
    case 'trace': {
      const times = spec.atMs ?? recordedMs;
      assert(times !== undefined, 'a trace without times');
      return traceGaps(times);
    }
    default:
      return unreachable(spec);
  }
}

/**
 * Variance over mean of the counts in long windows: what a generated process must show. Undefined
 * for a trace, whose gaps need not be independent.
 */
export function dispersionOf(spec: ArrivalSpec): number | undefined {
  switch (spec.kind) {
    case 'poisson':
      return 1;
    case 'constant':
      return 0;
    case 'gamma':
      // A renewal process: the squared coefficient of variation of its gaps (Cox 1962).
      return 1 / spec.shape;
    case 'trace':
      return undefined;
    default:
      return unreachable(spec);
  }
}

/** Gamma with scale 1 (Marsaglia and Tsang 2000; below shape 1 by their power of a uniform). */
function standardGamma(shape: number, random: Random): number {
  if (shape < 1) {
    const boost = (1 - random.next()) ** (1 / shape);
    return boost * standardGamma(shape + 1, random);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = random.normal();
    const v = (1 + c * z) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.next();
    if (Math.log(u) < (z * z) / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Round and round; from the last time to the first it is the mean gap. */
function traceGaps(times: ArrayLike<number>): () => number {
  const last = times.length - 1;
  const spanMs = (times[last] ?? 0) - (times[0] ?? 0);
  assert(last >= 1 && spanMs > 0, 'a trace needs two different times');
  const meanMs = spanMs / last;
  let i = last;
  return () => {
    if (i >= last) {
      i = 0;
      return 1;
    }
    i += 1;
    return ((times[i] ?? 0) - (times[i - 1] ?? 0)) / meanMs;
  };
}
