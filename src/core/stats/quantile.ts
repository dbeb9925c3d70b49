/**
 * Quantiles of a sample and how far to trust them, without assuming a shape: order-statistic
 * intervals for quantiles, Clopper-Pearson for ratios. Both take a design effect, because requests
 * that share a batch are worth fewer than independent ones.
 *
 * Sample quantile: the inverse of the empirical distribution, x_(ceil(q n)) (Hyndman and Fan 1996,
 * definition 1): always a value that was measured, and `p99 < T` holds exactly when at most
 * n - ceil(0.99 n) values are at or over T.
 */
import { assert } from '../base/result.ts';

export interface Interval {
  readonly value: number;
  /** Distribution-free interval at the stated confidence; an end that the sample cannot give is absent. */
  readonly low?: number;
  readonly high?: number;
}

/** ceil(q n) must not jump by one because 0.07 · 100 is 7.000000000000001 in binary. */
const RANK_SLACK = 1e-9;

/** 1-based rank of the q-quantile among n sorted values. */
export function quantileRank(n: number, q: number): number {
  assert(n > 0 && q > 0 && q < 1, `quantile ${q} of ${n} values`);
  return Math.min(n, Math.max(1, Math.ceil(q * n - RANK_SLACK)));
}

export interface QuantileRanks {
  readonly rank: number;
  /** Ranks of the interval's ends, 1-based; absent when the sample is too small for that end. */
  readonly lowRank?: number;
  readonly highRank?: number;
}

/**
 * Ranks whose values enclose the q-quantile with at least `confidence` (David and Nagaraja, Order
 * Statistics, 7.1). With B ~ Bin(n, q) values at or under the quantile, x_(r) lies above it only if
 * B < r, and x_(s) below it only if B >= s; each may happen in at most half of the error.
 * `designEffect` > 1 takes the ranks in a sample of n / designEffect and scales them back outwards.
 */
export function quantileRanks(
  n: number,
  q: number,
  confidence: number,
  designEffect: number = 1,
): QuantileRanks {
  const rank = quantileRank(n, q);
  const effective = Math.max(1, Math.floor(n / Math.max(1, designEffect)));
  const tail = (1 - confidence) / 2;
  const low = largestRank(effective, (r) => binomialCdf(r - 1, effective, q) <= tail);
  const high =
    effective +
    1 -
    largestRank(effective, (r) => {
      const s = effective + 1 - r;
      return 1 - binomialCdf(s - 1, effective, q) <= tail;
    });
  const scale = n / effective;
  return {
    rank,
    ...(low >= 1 ? { lowRank: Math.min(rank, Math.max(1, Math.floor(low * scale))) } : {}),
    ...(high <= effective
      ? { highRank: Math.max(rank, Math.min(n, Math.ceil(high * scale))) }
      : {}),
  };
}

/** Largest r in 1..n for which `holds` (true up to some r, then false); 0 when it never holds. */
function largestRank(n: number, holds: (r: number) => boolean): number {
  let known = 0;
  let beyond = n + 1;
  while (beyond - known > 1) {
    const middle = (known + beyond) >> 1;
    if (holds(middle)) known = middle;
    else beyond = middle;
  }
  return known;
}

/** The q-quantile of ascending values with its interval. */
export function quantileInterval(
  sorted: ArrayLike<number>,
  q: number,
  confidence: number,
  designEffect: number = 1,
): Interval {
  const ranks = quantileRanks(sorted.length, q, confidence, designEffect);
  return intervalOfRanks(ranks, (rank) => sorted[rank - 1] ?? Number.NaN);
}

/** The same where only "value at rank" can be asked, e.g. of a histogram. Infinite ends are absent. */
export function intervalOfRanks(ranks: QuantileRanks, valueAt: (rank: number) => number): Interval {
  const low = ranks.lowRank === undefined ? undefined : valueAt(ranks.lowRank);
  const high = ranks.highRank === undefined ? undefined : valueAt(ranks.highRank);
  return {
    value: valueAt(ranks.rank),
    ...(low !== undefined && Number.isFinite(low) ? { low } : {}),
    ...(high !== undefined && Number.isFinite(high) ? { high } : {}),
  };
}

/**
 * Interval of a ratio of `hits` in n (Clopper and Pearson 1934: the exact two-sided one). With a
 * design effect D it is taken at n / D and hits / D (Korn and Graubard 1998). Both ends always exist.
 */
export function ratioInterval(
  hits: number,
  n: number,
  confidence: number,
  designEffect: number = 1,
): Required<Interval> {
  assert(n > 0 && hits >= 0 && hits <= n, `ratio of ${hits} in ${n}`);
  const shrink = Math.max(1, designEffect);
  const k = hits / shrink;
  const m = n / shrink;
  const tail = (1 - confidence) / 2;
  return {
    value: hits / n,
    low: hits === 0 ? 0 : Math.min(hits / n, betaQuantile(tail, k, m - k + 1)),
    high: hits === n ? 1 : Math.max(hits / n, betaQuantile(1 - tail, k + 1, m - k)),
  };
}

/** Two-sided quantile of Student's t: |T| stays below it with `confidence`. */
export function studentT(confidence: number, degrees: number): number {
  // T² / (T² + v) ~ Beta(1/2, v/2), so v / (v + T²) ~ Beta(v/2, 1/2).
  const x = betaQuantile(1 - confidence, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - x)) / x);
}

/**
 * The value of 1-based `rank` if `values[0..count)` were sorted, in linear time (Hoare 1961, FIND;
 * middle element as pivot). Reorders the values.
 */
export function selectRank(values: Float64Array, count: number, rank: number): number {
  assert(rank >= 1 && rank <= count && count <= values.length, `rank ${rank} of ${count}`);
  const target = rank - 1;
  let left = 0;
  let right = count - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1] ?? 0;
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i += 1;
      while ((values[j] ?? 0) > pivot) j -= 1;
      if (i <= j) {
        const swapped = values[i] ?? 0;
        values[i] = values[j] ?? 0;
        values[j] = swapped;
        i += 1;
        j -= 1;
      }
    }
    if (target <= j) right = j;
    else if (target >= i) left = i;
    else break;
  }
  return values[target] ?? Number.NaN;
}

// The binomial distribution and the incomplete beta function behind it: exact tails, also for sample
// sizes that are no whole numbers (n / design effect).

/** Relative accuracy of the continued fraction: a few units of the last place of a double. */
const FRACTION_EPSILON = 1e-15;
/** The fraction needs about sqrt(max(a, b)) steps; this allows samples of some 10^8. */
const FRACTION_STEPS_MAX = 20_000;
const TINY = 1e-300;
/** Halvings of (0, 1): beyond the mantissa of a double. */
const BISECTION_STEPS = 64;

/** P(B <= k), B ~ Bin(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularisedBeta(1 - p, n - k, k + 1);
}

/** I_x(a, b), the distribution function of Beta(a, b) (Abramowitz and Stegun 26.5.8). */
export function regularisedBeta(x: number, a: number, b: number): number {
  assert(a > 0 && b > 0, `beta function of ${a}, ${b}`);
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  // The fraction converges fast below the mean; above it the symmetric form is used.
  if (x < (a + 1) / (a + b + 2)) return Math.min(1, (front * betaFraction(x, a, b)) / a);
  return Math.max(0, 1 - (front * betaFraction(1 - x, b, a)) / b);
}

/** The x with I_x(a, b) = p, by bisection. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (regularisedBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Lentz's way through the continued fraction of I_x(a, b) (Press et al., Numerical Recipes, 6.4). */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= FRACTION_STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < FRACTION_EPSILON) return h;
  }
  // Oscillating in the last place of a very large sample: as exact as doubles allow.
  return h;
}

/** Coefficients of Lanczos's approximation, g = 7, n = 9 (Godfrey 2001): error below 1e-15. */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (z + i);
  const t = z + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
