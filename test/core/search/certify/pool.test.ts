import { describe, expect, it } from 'vitest';
import { poolEvidence, SATURATED_SAMPLES } from '../../../../src/core/search/certify/pool.ts';
import { lnLoadOf } from '../../../../src/core/search/load-grid.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import type { CurveObjective } from '../../../../src/core/search/spec.ts';
import { burstAt, meanE2e, ratioEvidence, ttft } from '../sample-log.ts';

const pool = (log: readonly Observation[], objective: CurveObjective = ttft) =>
  poolEvidence(log, objective, (o) => o.evidence[0]?.[0], lnLoadOf('concurrency'));

const counts = (...bad: number[]) => ratioEvidence(bad.map((k) => ({ n: 50, bad: k })));

describe('pool of bursts', () => {
  it('adds up bursts at the same load and sorts by load', () => {
    const { loads, blocks } = pool([
      burstAt(20, [counts(1, 2)]),
      burstAt(10, [counts(0)]),
      burstAt(20, [counts(3)]),
    ]);
    expect(loads.map(({ units, n, value }) => [units, n, value])).toEqual([
      [10, 50, 0],
      [20, 150, 0.04],
    ]);
    expect(loads[1]?.x).toBeCloseTo(Math.log(20));
    expect(blocks).toHaveLength(4);
  });

  it('takes nothing from voided bursts, missing measurements and another kind of evidence', () => {
    const log = [
      burstAt(10, [counts(9)], { end: 'voided' }),
      burstAt(20, [{ kind: 'missing', reason: 'no usage' }]),
      burstAt(30, [{ kind: 'mean', weight: 1, blocks: [{ n: 5, sum: 5, sumOfSquares: 5 }] }]),
      burstAt(40, [counts()]),
      burstAt(50, [ratioEvidence([{ n: 0, bad: 0 }])]),
    ];
    expect(pool(log)).toEqual({ loads: [], blocks: [] });
  });

  it('hears a saturated burst as twenty bad of twenty, whatever it had measured', () => {
    const { loads, blocks } = pool([burstAt(10, [counts(0, 0, 0)], { end: 'saturated' })]);
    expect(loads[0]).toMatchObject({ n: SATURATED_SAMPLES, value: 1 });
    expect(blocks).toEqual([]);
  });

  it('keeps the point without the block that most exceeds the bound', () => {
    const at = pool([burstAt(10, [counts(0, 1, 12, 2)])]).loads[0];
    expect(at?.value).toBeCloseTo(15 / 200);
    expect(at?.trimmed).toMatchObject({ n: 150, value: 3 / 150 });
    expect(at?.worstExcess).toBeCloseTo(12 - 0.5);
    // No block over the bound: nothing is left out.
    const clean = pool([burstAt(10, [counts(0, 0)])]).loads[0];
    expect(clean?.trimmed).toMatchObject({ n: 100, value: 0 });
    expect(clean?.worstExcess).toBe(0);
  });

  it('lets a short sample speak with its weight, but cluster with all of its samples', () => {
    const { loads, blocks } = pool([burstAt(10, [ratioEvidence([{ n: 40, bad: 4 }], 0.25)])]);
    expect(loads[0]).toMatchObject({ n: 10, value: 0.1 });
    expect(blocks[0]).toMatchObject({ n: 40, sum: 4 });
  });

  it('tells which blocks are typical: not those of a burst far over its bound, nor a lucky cut', () => {
    const typical = (observation: Observation): boolean[] =>
      pool([observation]).blocks.map((block) => block.typical);
    expect(typical(burstAt(10, [counts(0, 1, 2)]))).toEqual([true, true, true]);
    expect(typical(burstAt(10, [counts(20, 30)]))).toEqual([false, false]);
    expect(typical(burstAt(10, [counts(3, 3)], { end: 'clear_fail' }))).toEqual([false, false]);
    expect(typical(burstAt(10, [counts(3, 3, 3)], { end: 'clear_fail' }))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('pools means with the variance of their samples', () => {
    const values = [1_000, 1_500, 2_500, 3_000];
    const block = (list: readonly number[]) => ({
      n: list.length,
      sum: list.reduce((s, v) => s + v, 0),
      sumOfSquares: list.reduce((s, v) => s + v * v, 0),
    });
    const blocks = [block(values.slice(0, 2)), block(values.slice(2))];
    const at = pool([burstAt(10, [{ kind: 'mean', weight: 1, blocks }])], meanE2e).loads[0];
    expect(at?.value).toBe(2_000);
    expect(at?.variance).toBeCloseTo(values.reduce((s, v) => s + (v - 2_000) ** 2, 0) / 4);
    expect(at?.trimmed.value).toBe(1_250);
  });
});
