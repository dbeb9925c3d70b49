import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessTier } from '../../../../src/core/search/certify/assess.ts';
import {
  evidenceAbove,
  evidenceBelow,
  sampleOf,
} from '../../../../src/core/search/certify/certificate.ts';
import type { Curve } from '../../../../src/core/search/certify/curve.ts';
import { familyOf } from '../../../../src/core/search/certify/family.ts';
import { poolEvidence } from '../../../../src/core/search/certify/pool.ts';
import { lowerThreshold, upperThreshold } from '../../../../src/core/search/certify/thresholds.ts';
import { lnLoadOf } from '../../../../src/core/search/load-grid.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import { burstAt, exactBlocks, logFrom, ratioEvidence, specWith, ttft } from '../sample-log.ts';
import { slowEvidenceAbove, slowEvidenceBelow } from './certificate-twin.ts';

const family = familyOf(ttft);
const P0 = 0.01;
const curveAt = (capacity: number, slope: number): Curve => ({
  lnCapacity: Math.log(capacity),
  lnCapacitySd: 0.1,
  slope,
  bend: 0,
});
const power = (capacity: number, slope: number) => (load: number) =>
  Math.min(1, P0 * (load / capacity) ** slope);

function sampleFrom(log: readonly Observation[], curve: Curve, effect = 1.5) {
  const pool = poolEvidence(log, ttft, (o) => o.evidence[0]?.[0], lnLoadOf('concurrency'));
  return sampleOf(family, pool.loads, curve, () => effect);
}

/** The two grids of slopes differ: either may miss the other's minimum by so many nats. */
const GRID = 0.02;
const LOADS = [20, 40, 60, 80, 90, 100, 110, 130, 160, 220];
const draws = fc.record({
  loads: fc.uniqueArray(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 8 }),
  capacity: fc.integer({ min: 20, max: 250 }),
  slope: fc.double({ min: 0.5, max: 25, noNaN: true }),
  perBlock: fc.integer({ min: 5, max: 80 }),
  seed: fc.string({ maxLength: 6 }),
  effect: fc.double({ min: 1.5, max: 12, noNaN: true }),
});

describe('certificate', () => {
  it('agrees with plain loops over a dense grid of slopes', () => {
    fc.assert(
      fc.property(draws, ({ loads, capacity, slope, perBlock, seed, effect }) => {
        const log = logFrom(loads, power(capacity, slope), { perBlock, seed: `s${seed}` });
        const sample = sampleFrom(log, curveAt(capacity, slope), effect);
        for (const at of [loads[0] ?? 1, capacity, 0.8 * capacity, 1.3 * capacity]) {
          const lnAt = Math.log(at);
          // A minimum over a coarser grid can only be larger, and not by much where it decides.
          const below = evidenceBelow(sample, lnAt);
          const slowBelow = slowEvidenceBelow(sample, lnAt);
          expect(below).toBeGreaterThanOrEqual(slowBelow - GRID);
          expect(below - slowBelow).toBeLessThan(0.3 + 0.1 * slowBelow);
          // What many loads cost is a tuned constant between nothing and one nat.
          const above = evidenceAbove(sample, lnAt);
          const free = slowEvidenceAbove(sample, lnAt, 0);
          expect(above).toBeGreaterThanOrEqual(slowEvidenceAbove(sample, lnAt, 1) - GRID);
          expect(above).toBeLessThan(0.3 + 1.1 * free);
          if (loads.length === 1) expect(above).toBeGreaterThanOrEqual(free - GRID);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('says less of a higher load: the evidence that it passes falls', () => {
    fc.assert(
      fc.property(draws, ({ loads, capacity, slope, perBlock, seed, effect }) => {
        const log = logFrom(loads, power(capacity, slope), { perBlock, seed: `s${seed}` });
        const sample = sampleFrom(log, curveAt(capacity, slope), effect);
        let last = Number.POSITIVE_INFINITY;
        for (let load = 4; load < 500; load = Math.ceil(load * 1.07)) {
          const nats = evidenceAbove(sample, Math.log(load));
          expect(nats).toBeGreaterThanOrEqual(0);
          // The price for resting on many loads moves with l by less than this.
          expect(nats).toBeLessThanOrEqual(last + 0.35);
          last = nats;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('says nothing where the data lie exactly on the bound', () => {
    const log = logFrom(LOADS, () => P0, { blocks: 100, perBlock: 100 });
    const sample = sampleFrom(log, curveAt(100, 0.01));
    for (const load of LOADS) {
      expect(evidenceAbove(sample, Math.log(load))).toBeLessThan(0.1);
      expect(evidenceBelow(sample, Math.log(load))).toBeLessThan(0.1);
    }
  });

  it.each([0.8, 2, 6, 20])(
    'closes in on a convex truth of slope %d as the samples grow',
    (slope) => {
      const spec = specWith([ttft]);
      const widths = [20, 400, 8_000].map((blocks) => {
        const log = logFrom(LOADS, power(100, slope), { blocks, perBlock: 50 });
        const { lowerUnits = 1, upperUnits = 512 } = assessTier(spec, log, 0);
        expect(lowerUnits).toBeLessThanOrEqual(100);
        expect(upperUnits).toBeGreaterThanOrEqual(100);
        return Math.log(upperUnits / lowerUnits);
      });
      expect(widths[1]).toBeLessThanOrEqual(widths[0] ?? 0);
      expect(widths[2]).toBeLessThanOrEqual(widths[1] ?? 0);
      expect(widths[2]).toBeLessThan(slope < 1 ? 0.6 : 0.3);
    },
  );

  it('finds a wall from both sides', () => {
    const log = logFrom([10, 16, 20, 23, 24, 26, 30, 40], (load) => (load <= 24 ? 0 : 0.9), {
      blocks: 40,
    });
    expect(assessTier(specWith([ttft]), log, 0)).toMatchObject({ lowerUnits: 24 });
    const { upperUnits = 512 } = assessTier(specWith([ttft]), log, 0);
    expect(upperUnits).toBeGreaterThan(24);
    expect(upperUnits).toBeLessThanOrEqual(26);
  });

  it('lets a load far over the bound fail, however much worse the curve expected it to be', () => {
    const log = logFrom([40, 80, 160], (load) => (load < 160 ? 0.002 : 0.16), { blocks: 8 });
    const sample = sampleFrom(log, curveAt(90, 20), 3);
    expect(evidenceBelow(sample, Math.log(160))).toBeGreaterThan(upperThreshold(0.95, 1));
    expect(evidenceBelow(sample, Math.log(512))).toBeGreaterThan(upperThreshold(0.95, 1));
  });

  it('does not fail a load by one cluster', () => {
    const counts = exactBlocks(20, 50, 0.002);
    const cluster = counts.map((block, i) => (i === 3 ? { ...block, bad: 40 } : block));
    const log = [
      burstAt(50, [ratioEvidence(counts)]),
      burstAt(100, [ratioEvidence(cluster)], { probe: 1 }),
    ];
    const sample = sampleFrom(log, curveAt(200, 4));
    expect(evidenceBelow(sample, Math.log(100))).toBeLessThan(upperThreshold(0.95, 1));
  });

  it('wants more evidence for more confidence and, to fail, for more objectives', () => {
    // Between one side at 5 % and both sides at 1 %.
    expect(lowerThreshold(0.95)).toBeGreaterThan(Math.log(20));
    expect(lowerThreshold(0.95)).toBeLessThan(Math.log(200));
    expect(lowerThreshold(0.99)).toBeGreaterThan(lowerThreshold(0.95));
    expect(upperThreshold(0.95, 1)).toBeLessThanOrEqual(lowerThreshold(0.95));
    expect(upperThreshold(0.95, 4) - upperThreshold(0.95, 1)).toBeCloseTo(Math.log(4));
  });
});
