import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isotonicFit } from '../../../src/core/stats/isotonic.ts';

/**
 * The min-max formula (Barlow et al. 1972, theorem 1.4; Robertson, Wright and Dykstra 1988, 1.4.4):
 * fit_i = max over a <= i of min over b >= i of the weighted mean of a..b. Cubic, no pooling.
 */
function slowFit(values: readonly number[], weights: readonly number[]): number[] {
  return values.map((_, i) => {
    let most = Number.NEGATIVE_INFINITY;
    for (let a = 0; a <= i; a++) {
      let least = Number.POSITIVE_INFINITY;
      for (let b = i; b < values.length; b++) {
        let sum = 0;
        let mass = 0;
        for (let j = a; j <= b; j++) {
          sum += (values[j] ?? 0) * (weights[j] ?? 0);
          mass += weights[j] ?? 0;
        }
        least = Math.min(least, sum / mass);
      }
      most = Math.max(most, least);
    }
    return most;
  });
}

const weighted = fc.array(
  fc.tuple(
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  ),
  { minLength: 1, maxLength: 14 },
);

describe('isotonic fit', () => {
  it('is the min-max formula', () => {
    fc.assert(
      fc.property(weighted, (points) => {
        const [values, weights] = [points.map(([v]) => v), points.map(([, w]) => w)];
        const fit = isotonicFit(values, weights);
        const slow = slowFit(values, weights);
        expect(fit).toHaveLength(values.length);
        fit.forEach((value, i) => {
          expect(value).toBeCloseTo(slow[i] ?? Number.NaN, 8);
        });
      }),
    );
  });

  it('never falls, keeps the weighted mean, leaves a rising sequence alone', () => {
    fc.assert(
      fc.property(weighted, (points) => {
        const [values, weights] = [points.map(([v]) => v), points.map(([, w]) => w)];
        const fit = isotonicFit(values, weights);
        const mean = (of: readonly number[]) =>
          of.reduce((s, v, i) => s + v * (weights[i] ?? 0), 0);
        for (let i = 1; i < fit.length; i++) {
          expect(fit[i]).toBeGreaterThanOrEqual((fit[i - 1] ?? 0) - 1e-12);
        }
        expect(mean(fit)).toBeCloseTo(mean(values), 6);
        isotonicFit(fit, weights).forEach((value, i) => {
          expect(value).toBeCloseTo(fit[i] ?? Number.NaN, 9);
        });
      }),
    );
  });

  it('pools the example of the book', () => {
    expect(isotonicFit([1, 3, 2, 4, 3.5], [1, 1, 1, 1, 1])).toEqual([1, 2.5, 2.5, 3.75, 3.75]);
    expect(isotonicFit([], [])).toEqual([]);
  });
});
