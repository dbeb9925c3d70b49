import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/base/random.ts';
import {
  DESIGN_EFFECT_FLOOR,
  designEffect,
  levelDesignEffect,
} from '../../../src/core/stats/design-effect.ts';

/** Blocks of binomial draws, each draw standing `copies` times. */
function draws(random: Random, blocks: number, n: number, ratio: number, copies: number) {
  return Array.from({ length: blocks }, () => {
    let bad = 0;
    for (let i = 0; i < n; i++) if (random.next() < ratio) bad += copies;
    return { n: n * copies, bad, expected: ratio };
  });
}

describe('design effect of bad samples', () => {
  const prior = { value: 3, blocks: 10 };

  it('is about 1 for binomial blocks (the floor) and about the cluster size for copies', () => {
    const random = createRandom('binomial');
    const plain = designEffect(draws(random, 2_000, 50, 0.05, 1), 0.05, prior);
    expect(plain).toBe(DESIGN_EFFECT_FLOOR);
    for (const copies of [3, 6, 12]) {
      const effect = designEffect(draws(random, 2_000, 50, 0.05, copies), 0.05, prior);
      expect(effect / copies).toBeGreaterThan(0.85);
      expect(effect / copies).toBeLessThan(1.15);
    }
  });

  it('is the prior, widened, before any block speaks', () => {
    expect(designEffect([], 0.01, prior)).toBeCloseTo(3 * 1.3);
    expect(designEffect([{ n: 0, bad: 0, expected: 0.01 }], 0.01, prior)).toBeCloseTo(3 * 1.3);
    // Blocks without a bad sample say nothing of how bad samples cluster.
    const clean = Array.from({ length: 50 }, () => ({ n: 40, bad: 0, expected: 0.01 }));
    expect(designEffect(clean, 0.01, prior)).toBeCloseTo(3 * 1.3);
  });

  it('grows when the expectation is wrong: misfit and drift never narrow an answer', () => {
    const random = createRandom('misfit');
    const blocks = draws(random, 400, 100, 0.05, 2);
    const right = designEffect(blocks, 0.05, prior);
    const wrong = blocks.map((block) => ({ ...block, expected: 0.02 }));
    expect(designEffect(wrong, 0.05, prior)).toBeGreaterThan(1.5 * right);
  });

  it('is never below its floor and finite for any blocks', () => {
    const block = fc
      .tuple(
        fc.nat(300),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([n, share, expected]) => ({ n, bad: Math.round(share * n), expected }));
    const allowed = fc.double({ min: 0.001, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), allowed, (blocks, ratio) => {
        const effect = designEffect(blocks, ratio, prior);
        expect(effect).toBeGreaterThanOrEqual(DESIGN_EFFECT_FLOOR);
        expect(Number.isFinite(effect)).toBe(true);
      }),
    );
  });
});

/** Blocks of ln latencies in which each draw stands `copies` times. */
function levels(random: Random, blocks: number, draws: number, copies: number) {
  return Array.from({ length: blocks }, () => {
    let sum = 0;
    let sumOfSquares = 0;
    for (let i = 0; i < draws; i++) {
      const value = 4 + 0.5 * random.normal();
      sum += copies * value;
      sumOfSquares += copies * value * value;
    }
    return { n: draws * copies, sum, sumOfSquares };
  });
}

/** From the single samples: variance between block sums over block size, by the variance within. */
function slowLevelEffect(blocks: readonly (readonly number[])[]): number {
  const all = blocks.flat();
  const mean = all.reduce((s, v) => s + v, 0) / all.length;
  let between = 0;
  for (const block of blocks) {
    const own = block.reduce((s, v) => s + v, 0) / block.length;
    between += block.length * (own - mean) ** 2;
  }
  const total = all.reduce((s, v) => s + (v - mean) ** 2, 0);
  return between / (blocks.length - 1) / (total / all.length);
}

const burst = fc.array(
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 }),
  { minLength: 2, maxLength: 8 },
);

const sums = (values: readonly number[]) => ({
  n: values.length,
  sum: values.reduce((s, v) => s + v, 0),
  sumOfSquares: values.reduce((s, v) => s + v * v, 0),
});

describe('design effect of the level', () => {
  it('agrees with the single samples', () => {
    fc.assert(
      fc.property(burst, (blocks) => {
        const all = blocks.flat();
        if (Math.max(...all) - Math.min(...all) < 0.1) return;
        const found = levelDesignEffect([blocks.map(sums)]);
        expect(found?.degrees).toBe(blocks.length - 1);
        expect(found?.value).toBeCloseTo(slowLevelEffect(blocks), 6);
      }),
    );
  });

  it('is about 1 for independent samples and about the cluster size for copies', () => {
    const random = createRandom('design effect');
    for (const copies of [1, 2, 5, 10]) {
      const effect = levelDesignEffect([levels(random, 600, 30, copies)]);
      expect((effect?.value ?? 0) / copies).toBeGreaterThan(0.85);
      expect((effect?.value ?? 0) / copies).toBeLessThan(1.15);
    }
  });

  it('holds each burst against its own mean: a step between bursts is not clustering', () => {
    const random = createRandom('bursts');
    const low = levels(random, 300, 20, 1);
    const high = levels(random, 300, 20, 1).map(({ n, sum, sumOfSquares }) => ({
      n,
      sum: sum + 3 * n,
      sumOfSquares: sumOfSquares + 6 * sum + 9 * n,
    }));
    expect(levelDesignEffect([low, high])?.value).toBeLessThan(1.2);
    expect(levelDesignEffect([[...low, ...high]])?.value).toBeGreaterThan(5);
  });

  it('is undefined where nothing can be said', () => {
    expect(levelDesignEffect([])).toBeUndefined();
    expect(levelDesignEffect([[sums([1, 2, 3])]])).toBeUndefined();
    expect(levelDesignEffect([[sums([1, 1]), sums([1, 1])]])).toBeUndefined();
    expect(levelDesignEffect([[sums([1, 2]), sums([])]])).toBeUndefined();
  });
});
