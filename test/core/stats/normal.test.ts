import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exceedanceCorrelation,
  normalDensity,
  normalQuantile,
} from '../../../src/core/stats/normal.ts';

/** NIST/SEMATECH e-Handbook 1.3.6.7.1 and Abramowitz and Stegun, table 26.5 (more digits). */
const PUBLISHED: readonly (readonly [p: number, z: number])[] = [
  [0.5, 0],
  [0.75, 0.674489750196],
  [0.9, 1.281551565545],
  [0.95, 1.644853626951],
  [0.975, 1.95996398454],
  [0.99, 2.326347874041],
  [0.995, 2.575829303549],
  [0.999, 3.090232306168],
  [0.9999, 3.719016485456],
  [0.00001, -4.264890793923],
];

/** Simpson's rule, n even. */
function integral(f: (x: number) => number, from: number, to: number, n: number): number {
  const h = (to - from) / n;
  let sum = f(from) + f(to);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * h);
  return (sum * h) / 3;
}

/** The upper tail of the standard normal, by integration. */
const upperTail = (z: number): number => integral(normalDensity, z, 12, 2_000);

/** P(X > z and Y > z) by integrating the conditional tail of Y over x. */
function slowJointTail(rho: number, z: number): number {
  const spread = Math.sqrt(1 - rho * rho);
  return integral((x) => normalDensity(x) * upperTail((z - rho * x) / spread), z, 9, 200);
}

describe('normal', () => {
  it.each(PUBLISHED)('has the published quantile at %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7);
    expect(normalQuantile(1 - p)).toBeCloseTo(-z, 7);
  });

  it('inverts the integral of its density', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) => {
        expect(Math.abs(upperTail(normalQuantile(1 - p)) / p - 1)).toBeLessThan(1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('rises', () => {
    const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
    fc.assert(
      fc.property(p, p, (a, b) => {
        if (Math.abs(a - b) < 1e-9) return;
        expect(Math.sign(normalQuantile(a) - normalQuantile(b))).toBe(Math.sign(a - b));
      }),
    );
  });
});

describe('correlation of exceedances', () => {
  const grid = [0.01, 0.05, 0.2, 0.5].flatMap((p) =>
    [0.1, 0.3, 0.6].map((rho) => [p, rho] as const),
  );

  it.each(grid)('agrees with the bivariate integral at p %d, correlation %d', (p, rho) => {
    const joint = slowJointTail(rho, normalQuantile(1 - p));
    const exact = (joint - p * p) / (p * (1 - p));
    expect(Math.abs(exceedanceCorrelation(rho, p) - exact)).toBeLessThan(0.001);
  });

  it('at the median is Sheppard’s formula (2 / π) asin ρ', () => {
    for (const rho of [0, 0.2, 0.5, 0.8]) {
      expect(exceedanceCorrelation(rho, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(rho), 3);
    }
  });

  it('grows with the correlation, never beyond it, and is 0 without', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (a, b, p) => {
          const [low, high] = a <= b ? [a, b] : [b, a];
          const value = exceedanceCorrelation(low, p);
          expect(value).toBeLessThanOrEqual(exceedanceCorrelation(high, p) + 1e-12);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(low + 1e-6);
        },
      ),
    );
    expect(exceedanceCorrelation(0, 0.01)).toBe(0);
  });
});
