/** The normal distribution: density and quantile, and what correlated normals do beyond a threshold. */

export function normalDensity(z: number): number {
  return Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Distribution function of the standard normal; absolute error below 1e-7 (a Chebyshev fit of erfc,
 * Press et al., Numerical Recipes, 1992, 6.2).
 */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const erfc = t * Math.exp(-x * x + horner(ERFC_FIT, t));
  return z >= 0 ? 1 - erfc / 2 : erfc / 2;
}

const ERFC_FIT = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/** Quantile of the standard normal; relative error below 1.2e-9 (Acklam 2003, rational fits). 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p < TAIL) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - TAIL) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (q * horner(CENTRE_TOP, r)) / (horner(CENTRE_BOTTOM, r) * r + 1);
}

const TAIL = 0.02425;
const CENTRE_TOP = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const CENTRE_BOTTOM = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1,
];
const TAIL_TOP = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_BOTTOM = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416,
];

function tail(r: number): number {
  return horner(TAIL_TOP, r) / (horner(TAIL_BOTTOM, r) * r + 1);
}

function horner(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

/** Terms of the tetrachoric series; with correlations up to 0.95 the rest is below 1 %. */
const SERIES_TERMS = 24;
const MAX_CORRELATION = 0.95;

/**
 * Correlation of the indicators of two standard normals with correlation ρ exceeding the threshold
 * that each exceeds with probability p: φ(z)² Σ ρ^j He_{j-1}(z)² / j! / (p (1 - p)) (Pearson's
 * tetrachoric series, 1901; He the Hermite polynomials).
 */
export function exceedanceCorrelation(rho: number, p: number): number {
  const z = normalQuantile(1 - p);
  const r = Math.max(0, Math.min(MAX_CORRELATION, rho));
  let hermite = 1;
  let before = 0;
  let power = 1;
  let sum = 0;
  for (let j = 1; j <= SERIES_TERMS; j++) {
    power *= r / j;
    sum += power * hermite * hermite;
    const following = z * hermite - (j - 1) * before;
    before = hermite;
    hermite = following;
  }
  return Math.min(1, (normalDensity(z) ** 2 * sum) / (p * (1 - p)));
}
