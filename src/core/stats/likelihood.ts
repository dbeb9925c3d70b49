/**
 * Bernoulli log-likelihoods and the link between ratios and the line: the leaves of every test here.
 */

/** Ratios are kept this far from 0 and 1, so that a logarithm is always finite. */
const RATIO_EDGE = 1e-9;

export function logit(p: number): number {
  const inside = clampRatio(p);
  return Math.log(inside / (1 - inside));
}

export function logistic(y: number): number {
  return 1 / (1 + Math.exp(-y));
}

export function clampRatio(p: number): number {
  return Math.min(1 - RATIO_EDGE, Math.max(RATIO_EDGE, p));
}

/** log L(k, n; p) = k ln p + (n - k) ln(1 - p), without the binomial coefficient (it cancels). */
export function logLikelihood(k: number, n: number, p: number): number {
  const inside = clampRatio(p);
  return k * Math.log(inside) + (n - k) * Math.log1p(-inside);
}

/** log L(k, n; a) - log L(k, n; b): how much better a explains k of n than b does, in nats. */
export function logLikelihoodGain(k: number, n: number, a: number, b: number): number {
  return logLikelihood(k, n, a) - logLikelihood(k, n, b);
}

/** Kullback-Leibler divergence of Bernoulli(v) from Bernoulli(q), nats per sample, >= 0. */
export function bernoulliDivergence(v: number, q: number): number {
  const p = clampRatio(q);
  const left = v > 0 ? v * Math.log(v / p) : 0;
  const right = v < 1 ? (1 - v) * Math.log((1 - v) / (1 - p)) : 0;
  return Math.max(0, left + right);
}
