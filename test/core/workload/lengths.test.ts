/** Lengths against the laws they are drawn from, with fixed seeds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { createConversations } from '../../../src/core/workload/conversations.ts';
import { drawLength } from '../../../src/core/workload/lengths.ts';
import type { LengthSpec, WorkloadSpec } from '../../../src/core/workload/spec.ts';

const DRAWS = 40_000;

function draws(spec: LengthSpec, seed: number = 1): number[] {
  const random = createRandom(seed);
  return Array.from({ length: DRAWS }, () => drawLength(spec, random)).sort((a, b) => a - b);
}
const mean = (xs: readonly number[]): number => xs.reduce((s, x) => s + x, 0) / xs.length;
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor(q * sorted.length)] ?? Number.NaN;

describe('drawLength', () => {
  it('gives a fixed length', () => {
    expect(new Set(draws({ kind: 'fixed', tokens: 17 }))).toEqual(new Set([17]));
  });

  it('gives every value of a uniform range equally often', () => {
    const values = draws({ kind: 'uniform', min: 3, max: 12 });
    for (let v = 3; v <= 12; v++) {
      const share = values.filter((x) => x === v).length / DRAWS;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.006);
    }
    expect(values[0]).toBe(3);
    expect(values.at(-1)).toBe(12);
  });

  it('gives a normal law its mean and spread', () => {
    const values = draws({ kind: 'normal', mean: 1_000, stdev: 100, min: 1, max: 10_000 });
    expect(Math.abs(mean(values) - 1_000)).toBeLessThan(2);
    expect(Math.abs(quantile(values, 0.8413) - 1_100)).toBeLessThan(5);
  });

  it('gives a log-normal law its median and its p99', () => {
    const spec = { lnMean: Math.log(400), lnSigma: 0.8, min: 8, max: 40_000 };
    const values = draws({ kind: 'lognormal', ...spec });
    expect(Math.abs(quantile(values, 0.5) / 400 - 1)).toBeLessThan(0.03);
    expect(Math.abs(quantile(values, 0.99) / (400 * Math.exp(0.8 * 2.3263)) - 1)).toBeLessThan(
      0.08,
    );
  });

  it('keeps to whole tokens within the bounds, whatever the law', () => {
    const bounds = fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 5_000 }))
      .map(([min, spread]) => ({ min, max: min + spread }));
    const specs = fc.oneof(
      bounds.map((b): LengthSpec => ({ kind: 'uniform', ...b })),
      bounds.map((b): LengthSpec => ({ kind: 'normal', mean: 300, stdev: 900, ...b })),
      bounds.map((b): LengthSpec => ({ kind: 'lognormal', lnMean: 6, lnSigma: 2, ...b })),
    );
    fc.assert(
      fc.property(specs, fc.integer(), (spec, seed) => {
        const random = createRandom(seed);
        if (!('min' in spec)) throw new Error('a law with bounds');
        const { min, max } = spec;
        for (let i = 0; i < 20; i++) {
          const tokens = drawLength(spec, random);
          expect(Number.isInteger(tokens)).toBe(true);
          expect(tokens).toBeGreaterThanOrEqual(min);
          expect(tokens).toBeLessThanOrEqual(max);
        }
      }),
    );
  });
});

describe('createConversations', () => {
  const workload: WorkloadSpec = {
    kind: 'synthetic',
    endpoint: 'chat',
    inputTokens: { kind: 'uniform', min: 1, max: 1_000 },
    outputTokens: { kind: 'fixed', tokens: 5 },
    arrivals: { kind: 'poisson' },
  };
  const take = (w: WorkloadSpec, seed: number): readonly unknown[] => {
    const stream = createConversations(w, createRandom(seed));
    return Array.from({ length: 50 }, () => stream.next());
  };

  it('repeats for one seed and differs for another', () => {
    expect(take(workload, 7)).toEqual(take(workload, 7));
    expect(take(workload, 7)).not.toEqual(take(workload, 8));
  });

  it('keeps the inputs of a seed when only the output law changes', () => {
    const inputs = (w: WorkloadSpec): number[] => {
      const stream = createConversations(w, createRandom(3));
      return Array.from({ length: 50 }, () => stream.next().turns[0]?.inputTokens ?? 0);
    };
    const other: WorkloadSpec = {
      ...workload,
      outputTokens: { kind: 'lognormal', lnMean: 3, lnSigma: 1, min: 1, max: 100 },
    };
    expect(inputs(other)).toEqual(inputs(workload));
  });
});
