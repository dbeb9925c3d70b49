import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessTier } from '../../../../src/core/search/certify/assess.ts';
import { samplesOf } from '../../../../src/core/search/certify/samples.ts';
import { lnLoadOf, toUnits } from '../../../../src/core/search/load-grid.ts';
import { exploreNext, looksBad, startUnits } from '../../../../src/core/search/place/explore.ts';
import { refineNext } from '../../../../src/core/search/place/refine.ts';
import {
  burstAt,
  exactBlocks,
  logFrom,
  meanE2e,
  ratioEvidence,
  specWith,
  ttft,
} from '../sample-log.ts';

const spec = specWith([ttft]);
const good = (load: number, worst = 0.5) =>
  burstAt(load, [ratioEvidence(exactBlocks(2, 30, 0))], { worstRatiosOfBound: [worst] });
const bad = (load: number) =>
  burstAt(load, [ratioEvidence(exactBlocks(2, 30, 0.5))], { worstRatiosOfBound: [3] });
const slightlyBad = (load: number) =>
  burstAt(load, [ratioEvidence(exactBlocks(4, 50, 0.04))], { worstRatiosOfBound: [1.5] });

describe('exploring', () => {
  it('starts inside the range, where it is told to if it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(1_000), (minUnits, more) => {
        const maxUnits = minUnits + more;
        const start = startUnits(specWith([ttft], { minUnits, maxUnits }));
        expect(start).toBeGreaterThanOrEqual(minUnits);
        expect(start).toBeLessThanOrEqual(maxUnits);
      }),
    );
    expect(startUnits(specWith([ttft], { startUnits: 100 }))).toBe(100);
    expect(startUnits(specWith([ttft], { startUnits: 100, maxUnits: 64 }))).toBe(64);
  });

  it('grows boldly far below the bound, carefully near it, at most fourfold', () => {
    expect(exploreNext(spec, [good(20, 0.1)], 0)).toMatchObject({ phase: 'grow', units: 80 });
    expect(exploreNext(spec, [good(20, 0.9)], 0)).toMatchObject({ phase: 'grow', units: 28 });
    expect(exploreNext(spec, [good(200, 0.1)], 0)).toMatchObject({ units: 512 });
    expect(exploreNext(spec, [good(20), good(512)], 0)).toBeUndefined();
  });

  it('goes down from a bad first load, to the end of the range', () => {
    expect(exploreNext(spec, [bad(40)], 0)).toMatchObject({ phase: 'grow', units: 20 });
    expect(exploreNext(spec, [bad(1)], 0)).toBeUndefined();
  });

  it('bisects between good and bad until they are near', () => {
    const step = exploreNext(spec, [good(20), bad(80)], 0);
    expect(step).toMatchObject({ phase: 'bisect', units: 40 });
    expect(exploreNext(spec, [good(20), slightlyBad(28)], 0)).toBeUndefined();
    expect(exploreNext(spec, [good(3), bad(4)], 0)).toBeUndefined();
  });

  it('goes nearer where the SLO breaks abruptly: bad loads show within seconds', () => {
    const step = exploreNext(spec, [good(20), bad(28)], 0);
    expect(step).toMatchObject({ phase: 'bisect', units: 24 });
    expect(exploreNext(spec, [good(20), good(25), bad(28)], 0)).toBeUndefined();
  });

  it('holds a load bad by its counts, its mean, or how it ended', () => {
    expect(looksBad(spec, bad(10), 0)).toBe(true);
    expect(looksBad(spec, good(10), 0)).toBe(false);
    expect(looksBad(spec, { ...good(10), end: 'saturated' }, 0)).toBe(true);
    expect(looksBad(spec, burstAt(10, [{ kind: 'missing', reason: 'none' }]), 0)).toBe(false);
    const means = specWith([meanE2e]);
    const mean = (value: number) => ({
      kind: 'mean' as const,
      weight: 1,
      blocks: [{ n: 20, sum: 20 * value, sumOfSquares: 20 * value * value }],
    });
    expect(looksBad(means, burstAt(10, [mean(1_500)]), 0)).toBe(false);
    expect(looksBad(means, burstAt(10, [mean(4_000)]), 0)).toBe(true);
  });
});

describe('refining', () => {
  const setup = fc.record({
    axis: fc.constantFrom('concurrency' as const, 'request_rate' as const),
    minLoad: fc.integer({ min: 1, max: 20 }),
    width: fc.integer({ min: 0, max: 200 }),
    loads: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
    capacity: fc.integer({ min: 1, max: 300 }),
    slope: fc.double({ min: 0.5, max: 20, noNaN: true }),
    blocks: fc.integer({ min: 1, max: 300 }),
    remainingMs: fc.integer({ min: 10_000, max: 2_000_000 }),
  });

  it('stays in the range and strictly inside a bracket', () => {
    fc.assert(
      fc.property(setup, (s) => {
        const minUnits = toUnits(s.axis, s.minLoad);
        const maxUnits = toUnits(s.axis, s.minLoad + s.width);
        const ranged = specWith([ttft], { axis: s.axis, minUnits, maxUnits });
        const loads = [
          ...new Set(
            s.loads.map((load) => Math.min(s.minLoad + s.width, Math.max(s.minLoad, load))),
          ),
        ];
        const ratio = (units: number) => 0.01 * (units / toUnits(s.axis, s.capacity)) ** s.slope;
        const log = logFrom(
          loads.map((load) => toUnits(s.axis, load)),
          ratio,
          { blocks: s.blocks, seed: 'refine' },
        );
        const standing = assessTier(ranged, log, 0);
        const step = refineNext({
          spec: ranged,
          standing,
          samples: samplesOf(ranged, standing, 0, log),
          spentMs: { lower: 10_000, upper: 20_000 },
          lastTry: {},
          remainingMs: s.remainingMs,
          samplesPerSecondAt: () => 10,
          meanE2eMs: 1_000,
          knownUnits: log.map((o) => o.loadUnits),
          lnLoad: lnLoadOf(s.axis),
          unitsOf: (ln) => toUnits(s.axis, Math.exp(ln)),
        });
        expect(Number.isInteger(step.units)).toBe(true);
        expect(step.units).toBeGreaterThanOrEqual(minUnits);
        expect(step.units).toBeLessThanOrEqual(maxUnits);
        expect(step.windowMs).toBeGreaterThanOrEqual(4_000);
        const { lowerUnits: low, upperUnits: high } = standing;
        if (low === undefined || high === undefined || high - low <= 1) return;
        expect(step.units).toBeGreaterThan(low);
        expect(step.units).toBeLessThan(high);
      }),
      { numRuns: 80 },
    );
  });
});
