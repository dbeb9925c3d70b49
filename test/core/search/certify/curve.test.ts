import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveThrough, curveValue, fitCurve } from '../../../../src/core/search/certify/curve.ts';
import { familyOf, type LoadPoint } from '../../../../src/core/search/certify/family.ts';
import { meanE2e, tpot, ttft } from '../sample-log.ts';

const range = { lnMin: 0, lnMax: Math.log(512) };
const vague = { ln: Math.log(60), sd: 2 };

function point(load: number, value: number, n: number): LoadPoint {
  return { units: load, x: Math.log(load), n, value, variance: (0.7 * value) ** 2 };
}

/** Points on logit v = logit p0 + β ln(x / c). */
function pointsOf(capacity: number, slope: number, n: number): LoadPoint[] {
  const family = familyOf(ttft);
  return [0.5, 0.7, 0.85, 1, 1.15, 1.3].map((share) =>
    point(capacity * share, family.unlink(family.target + slope * Math.log(share)), n),
  );
}

describe('curve', () => {
  it('finds capacity and slope of data on a line', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 300 }),
        fc.double({ min: 1, max: 12, noNaN: true }),
        (capacity, slope) => {
          const curve = fitCurve(familyOf(ttft), pointsOf(capacity, slope, 40_000), range, vague);
          expect(Math.abs(curve.lnCapacity - Math.log(capacity))).toBeLessThan(0.06);
          const ratio = curve.slope / slope;
          // One step of the grid of slopes is a factor of 1.55.
          expect(ratio).toBeGreaterThan(0.6);
          expect(ratio).toBeLessThan(1.6);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('knows the place better with more samples', () => {
    const sds = [200, 2_000, 20_000].map(
      (n) => fitCurve(familyOf(ttft), pointsOf(100, 4, n), range, vague).lnCapacitySd,
    );
    expect(sds[1]).toBeLessThan(sds[0] ?? 0);
    expect(sds[2]).toBeLessThan(sds[1] ?? 0);
  });

  it('does not take its slope from a wall: far over the bound is only "over"', () => {
    const family = familyOf(ttft);
    const below = [point(60, 0.004, 5_000), point(80, 0.007, 5_000)];
    const soft = fitCurve(family, [...below, point(130, 0.06, 5_000)], range, vague);
    const wall = fitCurve(family, [...below, point(130, 1, 5_000)], range, vague);
    expect(wall.lnCapacity).toBeCloseTo(soft.lnCapacity, 2);
    expect(wall.slope / soft.slope).toBeCloseTo(1, 1);
  });

  it('stays at the anchor while nothing is known', () => {
    const curve = fitCurve(familyOf(tpot), [], range, { ln: Math.log(50), sd: 0.4 });
    expect(curve.lnCapacity).toBeCloseTo(Math.log(50), 1);
    expect(curve.slope).toBeCloseTo(4, 0);
  });

  it('fits means on their own scale', () => {
    const family = familyOf(meanE2e);
    const points = [40, 60, 80, 120].map((load) => point(load, 2_000 * (load / 80) ** 2, 5_000));
    expect(Math.exp(fitCurve(family, points, range, vague).lnCapacity)).toBeCloseTo(80, -1);
  });

  it('rises with the load and meets the bound at the capacity', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6, noNaN: true }),
        fc.double({ min: 0.3, max: 40, noNaN: true }),
        fc.constantFrom(0, 2.5, 7),
        (lnCapacity, slope, bend) => {
          const family = familyOf(ttft);
          const curve = { lnCapacity, lnCapacitySd: 0, slope, bend };
          expect(curveValue(family, curve, lnCapacity)).toBeCloseTo(0.01);
          let last = 0;
          for (let x = -1; x < 8; x += 0.25) {
            const value = curveValue(family, curve, x);
            expect(value).toBeGreaterThanOrEqual(last);
            expect(value).toBeLessThanOrEqual(1);
            last = value;
          }
        },
      ),
    );
  });

  it('passes through the one load of a gate', () => {
    const family = familyOf(ttft);
    for (const value of [0.0001, 0.01, 0.3]) {
      const at = point(30, value, 1_000);
      expect(curveValue(family, curveThrough(family, at), at.x)).toBeCloseTo(value, 6);
    }
  });
});
