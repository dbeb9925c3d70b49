/** The arrival processes against their laws: mean, dispersion of counts, distance of the gaps. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import {
  type Arrivals,
  createArrivals,
  shareArrivals,
} from '../../../src/core/workload/arrivals.ts';

const RPS = 50;
const ARRIVALS = 20_000;

function times(arrivals: Arrivals, count: number): number[] {
  return Array.from({ length: count }, () => arrivals.takeMs());
}
function gapsOf(dueMs: readonly number[]): number[] {
  return dueMs.map((t, i) => t - (dueMs[i - 1] ?? 0));
}
/** Variance over mean of the counts in windows of `windowMs`: 1 for Poisson, 0 for a clock. */
function dispersion(dueMs: readonly number[], windowMs: number): number {
  const windows = Math.floor((dueMs.at(-1) ?? 0) / windowMs);
  const counts = new Array<number>(windows).fill(0);
  for (const t of dueMs) {
    const w = Math.floor(t / windowMs);
    if (w < windows) counts[w] = (counts[w] ?? 0) + 1;
  }
  const mean = counts.reduce((s, c) => s + c, 0) / windows;
  const variance = counts.reduce((s, c) => s + (c - mean) ** 2, 0) / (windows - 1);
  return variance / mean;
}
/** Kolmogorov and Smirnov's distance of the gaps to the exponential law, times √n. */
function exponentialDistance(gapsMs: readonly number[], rps: number): number {
  const sorted = [...gapsMs].sort((a, b) => a - b);
  const n = sorted.length;
  let worst = 0;
  sorted.forEach((gap, i) => {
    const law = 1 - Math.exp((-gap * rps) / 1_000);
    worst = Math.max(worst, Math.abs(law - i / n), Math.abs(law - (i + 1) / n));
  });
  return worst * Math.sqrt(n);
}
/** 0.1 % critical value of √n·D (Kolmogorov's asymptotic law); seeds are fixed, so no flake. */
const KS_LIMIT = 1.95;

describe('createArrivals', () => {
  it.each([1, 2, 3])('draws Poisson arrivals of the asked rate, seed %i', (seed) => {
    const due = times(
      createArrivals({ kind: 'poisson' }, { rps: RPS }, createRandom(seed)),
      ARRIVALS,
    );
    const rate = ARRIVALS / ((due.at(-1) ?? 0) / 1_000);
    // Standard error of the rate is 1/√20,000 = 0.7 %.
    expect(Math.abs(rate / RPS - 1)).toBeLessThan(0.025);
    expect(exponentialDistance(gapsOf(due), RPS)).toBeLessThan(KS_LIMIT);
    for (const windowMs of [100, 1_000]) {
      expect(dispersion(due, windowMs)).toBeGreaterThan(0.75);
      expect(dispersion(due, windowMs)).toBeLessThan(1.25);
    }
  });

  it('the tests above would notice gaps that are not exponential', () => {
    const random = createRandom(1);
    const uniformGaps = Array.from({ length: ARRIVALS }, () => (random.next() * 2_000) / RPS);
    expect(exponentialDistance(uniformGaps, RPS)).toBeGreaterThan(KS_LIMIT);
  });

  it('ticks like a clock when constant', () => {
    const due = times(
      createArrivals({ kind: 'constant' }, { rps: 4, startMs: 1_000 }, createRandom(1)),
      4,
    );
    expect(due).toEqual([1_250, 1_500, 1_750, 2_000]);
  });

  it('repeats for one seed', () => {
    const draw = (): number[] =>
      times(createArrivals({ kind: 'poisson' }, { rps: RPS }, createRandom('s')), 100);
    expect(draw()).toEqual(draw());
  });

  it('does not take an arrival by looking at it', () => {
    const arrivals = createArrivals({ kind: 'poisson' }, { rps: RPS }, createRandom(1));
    const dueMs = arrivals.peekMs();
    expect(arrivals.peekMs()).toBe(dueMs);
    expect(arrivals.takeMs()).toBe(dueMs);
  });

  it('rescales what is still to come when the rate changes, and goes on with the same stream', () => {
    const steady = times(createArrivals({ kind: 'poisson' }, { rps: 10 }, createRandom(5)), 50);
    const changed = createArrivals({ kind: 'poisson' }, { rps: 10 }, createRandom(5));
    const before = times(changed, 20);
    const nowMs = (before.at(-1) ?? 0) + 1;
    changed.changeRate(20, nowMs);
    const after = times(changed, 30);
    expect(before).toEqual(steady.slice(0, 20));
    after.forEach((t, i) => {
      expect(t).toBeCloseTo(nowMs + ((steady[20 + i] ?? 0) - nowMs) / 2, 6);
    });
  });

  it('leaves an arrival that is due already where it was', () => {
    const arrivals = createArrivals({ kind: 'constant' }, { rps: 10 }, createRandom(1));
    arrivals.changeRate(1, 150);
    expect(times(arrivals, 2)).toEqual([100, 1_100]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a rate of %d', (rps) => {
    expect(() => createArrivals({ kind: 'poisson' }, { rps: rps }, createRandom(1))).toThrow(
      'Internal error',
    );
  });
});

describe('shareArrivals', () => {
  const shares = (count: number): Arrivals[] =>
    Array.from({ length: count }, (_, i) =>
      shareArrivals(createArrivals({ kind: 'poisson' }, { rps: RPS }, createRandom(9)), i, count),
    );

  it.each([1, 2, 3, 7])(
    '%i parts together are the one stream, through a change of rate',
    (count) => {
      const whole = createArrivals({ kind: 'poisson' }, { rps: RPS }, createRandom(9));
      const parts = shares(count);
      const changeMs = 4_000;
      const upTo = (arrivals: Arrivals, endMs: number): number[] => {
        const due: number[] = [];
        while (arrivals.peekMs() < endMs) due.push(arrivals.takeMs());
        return due;
      };
      const merged = parts.flatMap((part) => upTo(part, changeMs));
      const expected = upTo(whole, changeMs);
      for (const arrivals of [whole, ...parts]) arrivals.changeRate(3 * RPS, changeMs);
      merged.push(...parts.flatMap((part) => upTo(part, 6_000)));
      expected.push(...upTo(whole, 6_000));
      merged.sort((a, b) => a - b);
      expect(merged.length).toBe(expected.length);
      merged.forEach((t, i) => {
        expect(t).toBeCloseTo(expected[i] ?? 0, 6);
      });
    },
  );

  it('keeps the dispersion of the merged stream, which independent constant copies would not', () => {
    const due = shares(4)
      .flatMap((part) => times(part, ARRIVALS / 4))
      .sort((a, b) => a - b);
    expect(dispersion(due, 100)).toBeGreaterThan(0.75);
    expect(dispersion(due, 100)).toBeLessThan(1.25);
    expect(exponentialDistance(gapsOf(due).slice(0, ARRIVALS / 2), RPS)).toBeLessThan(KS_LIMIT);
  });
});
