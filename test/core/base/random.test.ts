/** The seeded random numbers: repeatable, independent by name, and of the laws that they claim. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';

/** Of the tests of laws: with it a mean lies within five standard errors but once in two million. */
const DRAWS = 20_000;
const FIVE_ERRORS = 5 / Math.sqrt(DRAWS);

function draw(count: number, next: () => number): number[] {
  return Array.from({ length: count }, next);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

describe('createRandom', () => {
  test('gives the same numbers for the same seed, on every machine', () => {
    expect(draw(3, createRandom(42).next)).toEqual(draw(3, createRandom('42').next));
    expect(draw(3, createRandom(42).next)).not.toEqual(draw(3, createRandom(43).next));
    // Pinned: stored searches are replayed with these very numbers.
    const pinned = createRandom('pinned');
    expect(draw(4, () => pinned.integer(1_000_000))).toEqual([618578, 885337, 905966, 278456]);
  });

  test('forks are independent of each other and of how much was drawn before', () => {
    const early = createRandom(7).fork('lengths');
    const parent = createRandom(7);
    draw(10, parent.next);
    expect(draw(5, parent.fork('lengths').next)).toEqual(draw(5, early.next));
    const a = draw(DRAWS, createRandom(7).fork('a').next);
    const b = draw(DRAWS, createRandom(7).fork('b').next);
    const correlation = mean(a.map((value, i) => (value - 0.5) * ((b[i] ?? 0) - 0.5))) * 12;
    expect(Math.abs(correlation)).toBeLessThan(FIVE_ERRORS);
  });

  test('next is uniform in [0, 1)', () => {
    const values = draw(DRAWS, createRandom(1).next);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(FIVE_ERRORS * Math.sqrt(1 / 12));
    expect(variance(values)).toBeCloseTo(1 / 12, 2);
  });

  test('normal has mean 0 and variance 1, and both values of a pair are used', () => {
    const values = draw(DRAWS, createRandom(2).normal);
    expect(Math.abs(mean(values))).toBeLessThan(FIVE_ERRORS);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(FIVE_ERRORS * Math.SQRT2);
    const lagged = mean(values.slice(1).map((value, i) => value * (values[i] ?? 0)));
    expect(Math.abs(lagged)).toBeLessThan(FIVE_ERRORS);
  });

  test('exponential has mean 1, variance 1 and is never infinite', () => {
    const values = draw(DRAWS, createRandom(3).exponential);
    expect(Math.abs(mean(values) - 1)).toBeLessThan(FIVE_ERRORS);
    expect(Math.max(...values)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });

  test('integer takes every value below its bound about equally often', () => {
    const counts = new Array<number>(7).fill(0);
    const random = createRandom(4);
    for (let i = 0; i < DRAWS; i++) {
      const value = random.integer(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count / DRAWS - 1 / 7)).toBeLessThan(FIVE_ERRORS);
  });
});
