import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import {
  betaQuantile,
  binomialCdf,
  quantileInterval,
  quantileRank,
  quantileRanks,
  ratioInterval,
  regularisedBeta,
  selectRank,
  studentT,
} from '../../../src/core/stats/quantile.ts';

/** Slow and plain: the sum of the probabilities, each by multiplication. */
function slowBinomialCdf(k: number, n: number, p: number): number {
  let sum = 0;
  for (let i = 0; i <= Math.min(k, n); i++) {
    let term = 1;
    for (let j = 1; j <= i; j++) term *= ((n - i + j) / j) * p;
    sum += term * (1 - p) ** (n - i);
  }
  return sum;
}

describe('binomial', () => {
  it('agrees with the plain sum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (n, k, p) => {
          expect(binomialCdf(k, n, p)).toBeCloseTo(slowBinomialCdf(k, n, p), 9);
        },
      ),
    );
  });

  it('stays in 0..1 and inverts for large samples', () => {
    for (const n of [1_000, 100_000, 3_000_000]) {
      const x = betaQuantile(0.025, 0.01 * n, 0.99 * n + 1);
      expect(x).toBeLessThan(0.01);
      expect(regularisedBeta(x, 0.01 * n, 0.99 * n + 1)).toBeCloseTo(0.025, 6);
    }
  });
});

describe('sample quantile', () => {
  it.each([
    [1, 0.99, 1],
    [100, 0.99, 99],
    [101, 0.99, 100],
    [100, 0.07, 7],
    [10, 0.5, 5],
    [1_000, 0.999, 999],
  ])('of %d values at %d has rank %d', (n, q, rank) => {
    expect(quantileRank(n, q)).toBe(rank);
  });

  it('selects what sorting would give', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Infinity)), { minLength: 1 }),
        fc.nat(),
        (list, pick) => {
          const rank = (pick % list.length) + 1;
          const sorted = [...list].sort((a, b) => a - b);
          expect(selectRank(Float64Array.from(list), list.length, rank)).toBe(sorted[rank - 1]);
        },
      ),
    );
  });
});

describe('interval of a quantile', () => {
  // Ranks from Conover, Practical Nonparametric Statistics: median of 10 at 95 % is (x2, x9).
  it('gives the textbook ranks of a median', () => {
    expect(quantileRanks(10, 0.5, 0.95)).toEqual({ rank: 5, lowRank: 2, highRank: 9 });
  });

  it('leaves out an end that the sample cannot give', () => {
    // 0.99^299 > 0.025: 299 values cannot bound a p99 from above.
    expect(quantileRanks(299, 0.99, 0.95).highRank).toBeUndefined();
    expect(quantileRanks(299, 0.99, 0.95).lowRank).toBeDefined();
    // 0.99^368 < 0.025.
    expect(quantileRanks(368, 0.99, 0.95).highRank).toBe(368);
    expect(quantileRanks(1, 0.5, 0.95)).toEqual({ rank: 1 });
  });

  it('encloses the rank, wider with a design effect', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999),
        fc.double({ min: 1, max: 40, noNaN: true }),
        (n, q, d) => {
          const plain = quantileRanks(n, q, 0.95);
          const wide = quantileRanks(n, q, 0.95, d);
          expect(wide.lowRank ?? 0).toBeLessThanOrEqual(wide.rank);
          expect(wide.highRank ?? n + 1).toBeGreaterThanOrEqual(wide.rank);
          // Whole effective samples and whole ranks: one rank of the small sample is d of the large one.
          expect(wide.lowRank ?? 0).toBeLessThanOrEqual((plain.lowRank ?? 0) + 2 * d);
          expect(wide.highRank ?? n + 1).toBeGreaterThanOrEqual((plain.highRank ?? n + 1) - 2 * d);
        },
      ),
    );
  });

  it('holds the truth as often as it says', () => {
    const random = createRandom(7);
    const truth = -Math.log(1 - 0.9);
    let held = 0;
    const runs = 1_000;
    for (let run = 0; run < runs; run++) {
      const sorted = Float64Array.from({ length: 150 }, () => random.exponential()).sort();
      const { low = -Infinity, high = Infinity } = quantileInterval(sorted, 0.9, 0.95);
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held / runs).toBeGreaterThan(0.94);
  });
});

describe('interval of a ratio', () => {
  // Clopper and Pearson 1934; the rule of three for no hit.
  it.each([
    [0, 100, 0, 0.0362],
    [1, 100, 0.000253, 0.0545],
    [5, 100, 0.0164, 0.1128],
    [50, 100, 0.3983, 0.6017],
    [10, 10, 0.6915, 1],
  ])('%d in %d', (hits, n, low, high) => {
    const interval = ratioInterval(hits, n, 0.95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('contains the ratio and widens with the design effect', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        (n, share, d) => {
          const hits = Math.floor(share * n);
          const plain = ratioInterval(hits, n, 0.95);
          const wide = ratioInterval(hits, n, 0.95, d);
          expect(plain.low).toBeLessThanOrEqual(plain.value);
          expect(plain.high).toBeGreaterThanOrEqual(plain.value);
          expect(wide.low).toBeLessThanOrEqual(plain.low + 1e-12);
          expect(wide.high).toBeGreaterThanOrEqual(plain.high - 1e-12);
        },
      ),
    );
  });
});

describe("Student's t", () => {
  // Published table, two-sided.
  it.each([
    [0.95, 1, 12.706],
    [0.95, 9, 2.262],
    [0.99, 10, 3.169],
    [0.95, 1_000, 1.962],
  ])('at %d with %d degrees is %d', (confidence, degrees, value) => {
    expect(studentT(confidence, degrees)).toBeCloseTo(value, 3);
  });
});
