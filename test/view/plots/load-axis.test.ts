/** Ticks, domains and neighbours of the logarithmic axes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evenTicks, loadDomain, logTicks, sideBySide } from '../../../src/view/plots/load-axis.ts';
import { question } from '../search-facts.fixture.ts';

const span = fc
  .tuple(fc.double({ min: -3, max: 4, noNaN: true }), fc.double({ min: 0.01, max: 5, noNaN: true }))
  .map(([from, decades]) => [10 ** from, 10 ** (from + decades)] as const);

describe('ticks', () => {
  test('lie inside, in order, and are at least two', () => {
    fc.assert(
      fc.property(span, (domain) => {
        for (const ticks of [logTicks(domain), evenTicks(domain)]) {
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThan(40);
          expect(ticks).toEqual([...ticks].sort((a, b) => a - b));
          // Rounded to six digits, a tick may lie a hair outside.
          expect(ticks.filter((t) => t < domain[0] * 0.9999 || t > domain[1] * 1.0001)).toEqual([]);
        }
      }),
    );
  });

  test('are round', () => {
    expect(logTicks([0.8, 300])).toEqual([1, 2, 5, 10, 20, 50, 100, 200]);
    expect(evenTicks([64, 80])).toEqual([65, 70, 75, 80]);
  });
});

describe('domain', () => {
  test('is the whole range while it runs, so that nothing jumps', () => {
    const asked = question({ minLoad: 1, maxLoad: 512 });
    expect(loadDomain(asked, true, [], [])).toEqual(loadDomain(asked, true, [40, 80], []));
  });

  test('hides no probe and no bound', () => {
    const tiers = [{ tier: 'slo', outcome: 'resolved', lower: 72, upper: 77 } as const];
    const [low, high] = loadDomain(question(), false, [16, 99], tiers);
    expect(low).toBeLessThan(16);
    expect(high).toBeGreaterThan(99);
    expect(high).toBeLessThan(200);
  });
});

test('probes of one load stand beside one another, around it', () => {
  const places = sideBySide([72, 50, 72, 72], [1, 512]);
  expect(places[1]).toBe(50);
  expect(places[2]).toBeCloseTo(72, 10);
  expect(places[0]).toBeLessThan(72);
  expect((places[0] ?? 0) * (places[3] ?? 0)).toBeCloseTo(72 * 72, 6);
});
