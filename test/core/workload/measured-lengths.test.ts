/** Lengths as they are published: histograms, percentiles, pairs, correlation. Fixed seeds. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { normalCdf } from '../../../src/core/stats/normal.ts';
import { createConversations } from '../../../src/core/workload/conversations.ts';
import { drawLength, lengthAtScore } from '../../../src/core/workload/lengths.ts';
import type { LengthSpec, SyntheticSpec } from '../../../src/core/workload/spec.ts';

const DRAWS = 40_000;

function draws(spec: LengthSpec): number[] {
  const random = createRandom(4);
  return Array.from({ length: DRAWS }, () => drawLength(spec, random)).sort((a, b) => a - b);
}
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor(q * sorted.length)] ?? Number.NaN;

describe('percentiles as published', () => {
  const spec: LengthSpec = {
    kind: 'percentiles',
    // Azure 2023 conversation.
    points: [
      { q: 0.5, tokens: 1_020 },
      { q: 0.9, tokens: 2_735 },
      { q: 0.99, tokens: 4_142 },
    ],
    min: 1,
    max: 9_000,
  };

  it('are met', () => {
    const values = draws(spec);
    for (const { q, tokens } of spec.points) {
      expect(Math.abs(quantile(values, q) / tokens - 1)).toBeLessThan(0.03);
    }
    expect(values.at(-1)).toBeLessThanOrEqual(9_000);
  });

  it('of two are the log-normal law through both', () => {
    const pair: LengthSpec = {
      kind: 'percentiles',
      points: [
        { q: 0.5, tokens: 1_020 },
        { q: 0.95, tokens: 4_100 },
      ],
      min: 1,
      max: 100_000,
    };
    const lnSigma = Math.log(4_100 / 1_020) / 1.6448536;
    const law: LengthSpec = {
      kind: 'lognormal',
      lnMean: Math.log(1_020),
      lnSigma,
      min: 1,
      max: 100_000,
    };
    for (const z of [-2, -0.5, 0, 1, 2.5, 3]) {
      expect(Math.abs(lengthAtScore(pair, z) - lengthAtScore(law, z))).toBeLessThanOrEqual(1);
    }
  });
});

describe('a histogram', () => {
  const spec: LengthSpec = {
    kind: 'histogram',
    bins: [
      { min: 1, max: 10, weight: 60 },
      { min: 100, max: 100, weight: 30 },
      { min: 200, max: 300, weight: 10 },
    ],
  };

  it('gives each bin its share and every length in it the same', () => {
    const values = draws(spec);
    const share = (min: number, max: number): number =>
      values.filter((v) => v >= min && v <= max).length / DRAWS;
    expect(Math.abs(share(1, 10) - 0.6)).toBeLessThan(0.01);
    expect(Math.abs(share(100, 100) - 0.3)).toBeLessThan(0.01);
    expect(Math.abs(share(200, 300) - 0.1)).toBeLessThan(0.01);
    expect(share(1, 10) + share(100, 100) + share(200, 300)).toBeCloseTo(1, 9);
    for (let v = 1; v <= 10; v++) expect(Math.abs(share(v, v) - 0.06)).toBeLessThan(0.006);
  });
});

const request: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'uniform', min: 1, max: 1_000 },
  outputTokens: { kind: 'lognormal', lnMean: 4, lnSigma: 0.5, min: 1, max: 5_000 },
};

function turnsOf(change: Partial<SyntheticSpec>): { input: number; output: number }[] {
  const workload = { ...request, ...change, arrivals: { kind: 'poisson' } } as const;
  const source = createConversations(workload, createRandom(6));
  return Array.from({ length: DRAWS }, () => {
    const [turn] = source.next().turns;
    return { input: turn?.inputTokens ?? 0, output: turn?.outputTokens ?? 0 };
  });
}

describe('lengths that belong together', () => {
  it.each([-0.8, 0, 0.6, 1])('have the asked correlation of scores: %d', (correlation) => {
    const rows = turnsOf({ correlation });
    // Spearman's for a bivariate normal: 6/π asin(ρ/2) (Pearson 1907).
    const expected = (6 / Math.PI) * Math.asin(correlation / 2);
    expect(Math.abs(spearman(rows) - expected)).toBeLessThan(0.02);
    // The margins stay what they were.
    const inputs = rows.map((row) => row.input).sort((a, b) => a - b);
    expect(Math.abs(quantile(inputs, 0.25) - 250)).toBeLessThan(15);
  });

  it('come from a table as it is weighted', () => {
    const pairs = [
      { input: 10, output: 900, weight: 1 },
      { input: 800, output: 5, weight: 3 },
    ];
    const rows = turnsOf({ pairs });
    const first = rows.filter((row) => row.input === 10);
    expect(first.every((row) => row.output === 900)).toBe(true);
    expect(rows.every((row) => row.input === 10 || row.output === 5)).toBe(true);
    expect(Math.abs(first.length / DRAWS - 0.25)).toBeLessThan(0.01);
  });
});

function spearman(rows: readonly { input: number; output: number }[]): number {
  const ranks = (of: (row: { input: number; output: number }) => number): number[] => {
    const order = rows.map((_, i) => i).sort((a, b) => of(rows[a] ?? NONE) - of(rows[b] ?? NONE));
    const rank = new Array<number>(rows.length).fill(0);
    // Ties at their middle rank.
    for (let i = 0; i < order.length; ) {
      let j = i;
      while (
        j < order.length &&
        of(rows[order[j] ?? 0] ?? NONE) === of(rows[order[i] ?? 0] ?? NONE)
      )
        j++;
      for (let k = i; k < j; k++) rank[order[k] ?? 0] = (i + j - 1) / 2;
      i = j;
    }
    return rank;
  };
  const [a, b] = [ranks((row) => row.input), ranks((row) => row.output)];
  const m = (rows.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const [x, y] = [(a[i] ?? 0) - m, (b[i] ?? 0) - m];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
const NONE = { input: 0, output: 0 };

it('the normal distribution function is right to its promise', () => {
  const table = [
    [0, 0.5],
    [1, 0.841344746],
    [-1.96, 0.024997895],
    [3, 0.998650102],
    [-4, 0.0000316712],
  ] as const;
  for (const [z, p] of table) expect(Math.abs(normalCdf(z) - p)).toBeLessThan(2e-7);
});
