import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bernoulliDivergence,
  clampRatio,
  logistic,
  logit,
  logLikelihood,
  logLikelihoodGain,
} from '../../../src/core/stats/likelihood.ts';

const ratio = fc.double({ min: 0.0001, max: 0.9999, noNaN: true });
const counts = fc
  .tuple(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, share]) => ({ n, k: Math.round(share * n) }));

/** The product of the draws, one at a time. */
function slowLogLikelihood(k: number, n: number, p: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(i < k ? p : 1 - p);
  return sum;
}

describe('likelihood', () => {
  it('is the sum over single draws', () => {
    fc.assert(
      fc.property(counts, ratio, ({ k, n }, p) => {
        expect(logLikelihood(k, n, p)).toBeCloseTo(slowLogLikelihood(k, n, p), 7);
      }),
    );
  });

  it('is greatest at k / n, where the gain over q is n times the divergence from q', () => {
    fc.assert(
      fc.property(counts, ratio, ({ k, n }, q) => {
        const gain = logLikelihoodGain(k, n, k / n, q);
        expect(gain).toBeGreaterThanOrEqual(-1e-5);
        expect(gain).toBeCloseTo(n * bernoulliDivergence(k / n, q), 4);
      }),
    );
  });

  it('has a divergence of zero from itself only, that grows with the distance', () => {
    fc.assert(
      fc.property(ratio, ratio, ratio, (v, a, b) => {
        expect(bernoulliDivergence(v, v)).toBeCloseTo(0, 12);
        const [near, far] = Math.abs(a - v) <= Math.abs(b - v) ? [a, b] : [b, a];
        if ((near - v) * (far - v) < 0) return;
        expect(bernoulliDivergence(v, near)).toBeLessThanOrEqual(
          bernoulliDivergence(v, far) + 1e-12,
        );
        // Pinsker: at least twice the square of the distance.
        expect(bernoulliDivergence(v, far)).toBeGreaterThanOrEqual(2 * (far - v) ** 2 - 1e-12);
      }),
    );
  });

  it('stays finite at 0 and 1', () => {
    for (const p of [0, 1]) {
      expect(Number.isFinite(logit(p))).toBe(true);
      expect(Number.isFinite(logLikelihood(3, 7, p))).toBe(true);
      expect(Number.isFinite(bernoulliDivergence(0.5, p))).toBe(true);
      expect(Number.isFinite(bernoulliDivergence(p, 0.5))).toBe(true);
      expect(clampRatio(p)).toBeGreaterThan(0);
      expect(clampRatio(p)).toBeLessThan(1);
    }
  });

  it('has a link and its inverse', () => {
    fc.assert(
      fc.property(ratio, (p) => {
        expect(logistic(logit(p))).toBeCloseTo(p, 9);
      }),
    );
    expect(logit(0.5)).toBeCloseTo(0);
    expect(logit(0.01)).toBeCloseTo(-4.59512, 5);
  });
});
