/**
 * The laws beside Poisson, as processes: rate, dispersion, distance of the gaps to their law, no memory
 * from gap to gap. Seeds are fixed, so nothing here can flake.
 */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import {
  type Arrivals,
  createArrivals,
  shareArrivals,
} from '../../../src/core/workload/arrivals.ts';
import { dispersionOf } from '../../../src/core/workload/gap-law.ts';
import type { ArrivalSpec } from '../../../src/core/workload/spec.ts';

const RPS = 40;
const COUNT = 20_000;

function draw(spec: ArrivalSpec, seed: number, count: number = COUNT): number[] {
  const arrivals = createArrivals(spec, { rps: RPS }, createRandom(seed));
  return Array.from({ length: count }, () => arrivals.takeMs());
}
function gapsOf(times: readonly number[]): number[] {
  return times.map((t, i) => t - (times[i - 1] ?? 0));
}
function mean(xs: readonly number[]): number {
  return xs.reduce((sum, x) => sum + x, 0) / xs.length;
}
function dispersion(times: readonly number[], binMs: number): number {
  const bins = new Array<number>(Math.floor((times.at(-1) ?? 0) / binMs)).fill(0);
  for (const t of times) {
    const bin = Math.floor(t / binMs);
    if (bin < bins.length) bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const m = mean(bins);
  return bins.reduce((sum, n) => sum + (n - m) ** 2, 0) / (bins.length - 1) / m;
}
function autocorrelation(xs: readonly number[], lag: number): number {
  const m = mean(xs);
  const variance = xs.reduce((sum, x) => sum + (x - m) ** 2, 0);
  const products = xs.slice(lag).map((x, i) => (x - m) * ((xs[i] ?? 0) - m));
  return products.reduce((sum, p) => sum + p, 0) / variance;
}
/** √n times the largest distance between the gaps and the gamma law of whole shape (Erlang). */
function erlangDistance(gaps: readonly number[], shape: number): number {
  const sorted = [...gaps].sort((a, b) => a - b);
  let worst = 0;
  sorted.forEach((gap, i) => {
    const x = (gap * RPS * shape) / 1_000;
    let term = Math.exp(-x);
    let law = 1 - term;
    for (let k = 1; k < shape; k++) {
      term *= x / k;
      law -= term;
    }
    worst = Math.max(
      worst,
      Math.abs(law - i / sorted.length),
      Math.abs(law - (i + 1) / sorted.length),
    );
  });
  return worst * Math.sqrt(sorted.length);
}
const KS_LIMIT = 1.95;

describe.each([0.2, 0.5, 1, 4])('gamma arrivals of shape %d', (shape) => {
  const times = draw({ kind: 'gamma', shape }, 3);
  const gaps = gapsOf(times);

  it('come at the asked rate', () => {
    const rate = COUNT / ((times.at(-1) ?? 0) / 1_000);
    // Four standard errors: √(dispersion / n).
    expect(Math.abs(rate / RPS - 1)).toBeLessThan(4 * Math.sqrt(1 / shape / COUNT));
  });

  it('clump as their law says, and as the self-check believes', () => {
    const expected = dispersionOf({ kind: 'gamma', shape }) ?? Number.NaN;
    expect(expected).toBe(1 / shape);
    const ratio = dispersion(times, 4_000) / expected;
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.4);
    const m = mean(gaps);
    const cv2 = gaps.reduce((sum, g) => sum + (g - m) ** 2, 0) / gaps.length / m ** 2;
    expect(Math.abs(cv2 * shape - 1)).toBeLessThan(0.1);
  });

  it('have no memory from gap to gap', () => {
    for (const lag of [1, 2, 7]) expect(Math.abs(autocorrelation(gaps, lag))).toBeLessThan(0.03);
  });
});

it.each([1, 2, 5])('gaps of shape %i follow the law itself', (shape) => {
  const gaps = gapsOf(draw({ kind: 'gamma', shape }, 8));
  expect(erlangDistance(gaps, shape)).toBeLessThan(KS_LIMIT);
  expect(erlangDistance(gaps, shape + 1)).toBeGreaterThan(KS_LIMIT);
});

describe('a trace', () => {
  const spec: ArrivalSpec = { kind: 'trace', atMs: [1_000, 1_000, 1_300, 1_900, 2_200] };

  it('is scaled so that its mean rate is the load, and goes round', () => {
    const arrivals = createArrivals(spec, { rps: 10 }, createRandom(1));
    const gaps = gapsOf(Array.from({ length: 10 }, () => arrivals.takeMs()));
    // The mean gap of the trace is 300 ms; at 10 a second it is 100.
    const round = [100, 0, 100, 200, 100];
    [...round, ...round].forEach((gap, i) => {
      expect(gaps[i]).toBeCloseTo(gap, 6);
    });
  });

  it('may have its times from a file', () => {
    const recordedMs = Float64Array.from([0, 10, 40]);
    const arrivals = createArrivals({ kind: 'trace' }, { rps: 1, recordedMs }, createRandom(1));
    expect(arrivals.takeMs()).toBeCloseTo(1_000, 6);
    expect(arrivals.takeMs()).toBeCloseTo(1_500, 6);
    expect(arrivals.takeMs()).toBeCloseTo(3_000, 6);
  });

  it('without times is a bug of ours, not a load', () => {
    expect(() => createArrivals({ kind: 'trace' }, { rps: 1 }, createRandom(1))).toThrow(
      'Internal error',
    );
  });
});

describe('a fluctuating rate', () => {
  const spec: ArrivalSpec = {
    kind: 'poisson',
    fluctuation: { kind: 'square', periodMs: 2_000, amplitude: 1, dutyRatio: 0.25 },
  };
  const times = draw(spec, 5);

  it('has the load as its mean', () => {
    const rate = COUNT / ((times.at(-1) ?? 0) / 1_000);
    expect(Math.abs(rate / RPS - 1)).toBeLessThan(0.03);
  });

  it('is high where the wave is high and low where it is low', () => {
    const high = times.filter((t) => t % 2_000 < 500).length;
    const whole = times.at(-1) ?? 0;
    // Twice the rate in a quarter of the time: half of all arrivals.
    expect(Math.abs(high / COUNT - 0.5)).toBeLessThan(0.02);
    expect(high / ((whole / 1_000) * 0.25)).toBeGreaterThan(1.9 * RPS);
  });

  it('is Poisson again on the clock of the load', () => {
    // 1 for Poisson; the wave alone would add far more.
    expect(dispersion(times, 2_000)).toBeLessThan(1.3);
    expect(dispersion(times, 250)).toBeGreaterThan(2);
  });

  it.each([2, 3])('is one stream over %i generators, through a change and a pause', (count) => {
    const create = (): Arrivals => createArrivals(spec, { rps: RPS }, createRandom(9));
    const whole = create();
    const parts = Array.from({ length: count }, (_, i) => shareArrivals(create(), i, count));
    const upTo = (arrivals: Arrivals, endMs: number): number[] => {
      const due: number[] = [];
      while (arrivals.peekMs() < endMs) due.push(arrivals.takeMs());
      return due;
    };
    const expected = upTo(whole, 3_000);
    const merged = parts.flatMap((part) => upTo(part, 3_000));
    for (const arrivals of [whole, ...parts]) {
      arrivals.hold(3_000);
      expect(arrivals.peekMs()).toBe(Number.POSITIVE_INFINITY);
      arrivals.changeRate(2 * RPS, 5_100);
    }
    expected.push(...upTo(whole, 8_000));
    merged.push(...parts.flatMap((part) => upTo(part, 8_000)));
    merged.sort((a, b) => a - b);
    expect(merged.length).toBe(expected.length);
    expect(merged.filter((t) => t > 3_000 && t < 5_100)).toEqual([]);
    merged.forEach((t, i) => {
      expect(t).toBeCloseTo(expected[i] ?? 0, 5);
    });
  });
});

it('goes on after a pause with the very gap that was under way', () => {
  const arrivals = createArrivals({ kind: 'constant' }, { rps: 10 }, createRandom(1));
  expect(arrivals.takeMs()).toBeCloseTo(100, 6);
  arrivals.hold(130);
  arrivals.hold(150);
  arrivals.changeRate(10, 1_000);
  expect(arrivals.takeMs()).toBeCloseTo(1_070, 6);
});
