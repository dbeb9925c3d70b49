import { describe, expect, it } from 'vitest';
import { buildResult } from '../../../../src/core/search/answer/conclude.ts';
import type { SearchResult, TierResult } from '../../../../src/core/search/answer/result.ts';
import { begin, conclude, standing } from '../../../../src/core/search/controller.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import type { ObjectiveSpec, SearchSpec } from '../../../../src/core/search/spec.ts';
import { assessAll, emptyState } from '../../../../src/core/search/state.ts';
import type { Evidence, FloorBlock } from '../../../../src/core/stats/evidence.ts';
import {
  burstAt,
  exactBlocks,
  logFrom,
  meanE2e,
  ratioEvidence,
  specWith,
  ttft,
} from '../sample-log.ts';

function resultOf(spec: SearchSpec, log: readonly Observation[]): SearchResult {
  return buildResult({ ...emptyState(spec), log, standings: assessAll(spec, log) }, 'budget');
}
function tierOf(spec: SearchSpec, log: readonly Observation[]): TierResult {
  const tier = resultOf(spec, log).tiers[0];
  if (tier === undefined) throw new Error('no tier');
  return tier;
}

const steep = (load: number) => 0.01 * (load / 100) ** 8;
const LOADS = [60, 80, 90, 100, 110, 125, 160];
const spec = specWith([ttft]);

describe('the answer', () => {
  it('is resolved, or two-sided where the bracket is wider than asked', () => {
    const log = logFrom(LOADS, steep, { blocks: 100 });
    const wide = tierOf(specWith([ttft], { resolution: 1 }), log);
    expect(wide.outcome).toBe('resolved');
    expect(wide.needs).toBeUndefined();
    const narrow = tierOf(specWith([ttft], { resolution: 0.01 }), log);
    expect(narrow).toMatchObject({ outcome: 'two_sided', lower: wide.lower, upper: wide.upper });
    expect(narrow.neededLoadSeconds).toBeGreaterThan(0);
    expect(narrow.needs).toMatch(/load/);
    expect(narrow.lower).toBeLessThan(100);
    expect(narrow.upper).toBeGreaterThan(100);
    expect(narrow.bindingObjective).toBe('p99(ttft)');
  });

  it('has an estimate within its bracket', () => {
    for (const resolution of [0.01, 0.5]) {
      const {
        lower = 0,
        upper = 0,
        estimate,
      } = tierOf(specWith([ttft], { resolution }), logFrom(LOADS, steep, { blocks: 100 }));
      for (const load of [estimate?.low, estimate?.load, estimate?.high]) {
        expect(load).toBeGreaterThanOrEqual(lower);
        expect(load).toBeLessThanOrEqual(upper);
      }
    }
  });

  it('leaves a bound out that was not reached, and says so', () => {
    const passes = tierOf(
      spec,
      logFrom([20, 40], () => 0, { blocks: 100 }),
    );
    expect(passes).toMatchObject({ outcome: 'unbounded_above', lower: 40 });
    expect(passes.upper).toBeUndefined();
    expect(passes.wholeRange).toBeUndefined();
    const fails = tierOf(
      spec,
      logFrom([40, 80], () => 0.5),
    );
    expect(fails).toMatchObject({ outcome: 'unbounded_below' });
    expect(fails.lower).toBeUndefined();
    expect(fails.upper).toBeLessThanOrEqual(80);
    const nothing = tierOf(
      spec,
      logFrom([40, 80], () => 0.01),
    );
    expect(nothing).toMatchObject({ outcome: 'undecided' });
    expect(nothing.lower ?? nothing.upper).toBeUndefined();
    expect(nothing.needs).toMatch(/\d+ s of load/);
  });

  it('says when the whole range passes or fails', () => {
    const range = specWith([ttft], { minUnits: 40, maxUnits: 80 });
    const passes = tierOf(
      range,
      logFrom([40, 80], () => 0, { blocks: 100 }),
    );
    expect(passes).toMatchObject({ outcome: 'unbounded_above', lower: 80, wholeRange: 'passes' });
    const fails = tierOf(
      range,
      logFrom([40, 80], () => 0.5),
    );
    expect(fails).toMatchObject({ outcome: 'unbounded_below', upper: 40, wholeRange: 'fails' });
  });

  it('never lets a missing measurement pass, whatever else was measured', () => {
    const both = specWith([ttft, meanE2e]);
    const missing: Evidence = { kind: 'missing', reason: 'no usage in the answers' };
    const log = LOADS.slice(0, 3).map((load, probe) =>
      burstAt(load, [ratioEvidence(exactBlocks(200, 50, 0)), missing], { probe }),
    );
    const result = resultOf(both, log);
    expect(result.tiers[0]?.lower).toBeUndefined();
    expect(result.tiers[0]?.needs).toContain('no usage in the answers');
    expect(result.warnings).toContainEqual({
      kind: 'missing_measurement',
      tier: 'slo',
      objective: 'mean(e2e)',
      reason: 'no usage in the answers',
    });
    // What was measured may still fail it.
    const failing = log.map((o) => ({
      ...o,
      evidence: [[ratioEvidence(exactBlocks(20, 50, 0.5)), missing]],
    }));
    expect(resultOf(both, failing).tiers[0]?.outcome).toBe('unbounded_below');
  });

  it('tells an inversion, and the lower load rules', () => {
    // Just under the bound from 60 on: by convexity it must cross it soon, and it does not.
    const plateau = (load: number) => (load < 60 ? 0.00002 : 0.004);
    const log = logFrom([30, 45, 60, 120, 240, 480], plateau, { blocks: 3_000 });
    const { tiers, warnings } = resultOf(spec, log);
    const inversion = warnings.find((warning) => warning.kind === 'inversion');
    const [tier] = tiers;
    expect(inversion).toBeDefined();
    if (inversion?.kind !== 'inversion') return;
    expect(inversion.passedLoad).toBeGreaterThanOrEqual(inversion.failedLoad);
    expect(tier?.upper).toBe(inversion.failedLoad);
    if (tier?.lower !== undefined) expect(tier.lower).toBeLessThan(tier.upper ?? 0);
  });

  it('takes the least bound over the objectives of a tier', () => {
    const second: ObjectiveSpec = { ...ttft, id: 'p99(e2e)' };
    const both = specWith([ttft, second]);
    const at = (capacity: number, load: number) =>
      ratioEvidence(exactBlocks(200, 50, Math.min(1, 0.01 * (load / capacity) ** 8)));
    const log = [30, 50, 60, 80, 100, 130].map((load, probe) =>
      burstAt(load, [at(100, load), at(60, load)], { probe }),
    );
    const { lower = 0, upper = 0, bindingObjective } = tierOf(both, log);
    expect(bindingObjective).toBe('p99(e2e)');
    expect(lower).toBeLessThan(60);
    expect(upper).toBeGreaterThan(60);
    expect(upper).toBeLessThan(100);
  });
});

describe('floors', () => {
  const goodput: ObjectiveSpec = { kind: 'floor', id: 'goodput', boundRps: 10 };
  const withGood = (load: number, rps: number, probe: number): Observation => {
    const blocks: FloorBlock[] = Array.from({ length: 30 }, () => ({ seconds: 2, good: 2 * rps }));
    return burstAt(
      load,
      [ratioEvidence(exactBlocks(100, 50, 0)), { kind: 'floor', blocks, weight: 1 }],
      {
        probe,
        goodBlocks: [blocks],
      },
    );
  };

  it('allow a lower bound only where they were shown to hold', () => {
    const floored = specWith([ttft, goodput]);
    const log = [withGood(10, 5, 0), withGood(30, 14, 1), withGood(60, 7, 2)];
    expect(tierOf(floored, log).lower).toBe(30);
    expect(tierOf(floored, log.slice(0, 1)).lower).toBeUndefined();
    expect(tierOf(specWith([ttft]), log).lower).toBe(60);
  });

  it('alone have no latency to bound them', () => {
    const only = specWith([goodput]);
    const log = [withGood(30, 14, 0), withGood(60, 7, 1)].map((o) => ({
      ...o,
      evidence: [[...(o.evidence[0] ?? [])].slice(1)],
    }));
    expect(tierOf(only, log).lower).toBe(30);
  });

  it('tell where the goodput was largest', () => {
    const log = [withGood(10, 5, 0), withGood(30, 14, 1), withGood(60, 7, 2)];
    const { maxGoodput } = tierOf(specWith([ttft]), log);
    expect(maxGoodput).toMatchObject({ load: 30, rps: 14 });
    expect(maxGoodput?.rpsLow).toBeLessThanOrEqual(14);
    expect(maxGoodput?.rpsHigh).toBeGreaterThanOrEqual(14);
  });
});

describe('before and after', () => {
  it('is undecided before the first burst has ended', () => {
    const { state } = begin(spec);
    expect(standing(state).tiers).toEqual([
      { tier: 'slo', outcome: 'undecided', needs: expect.any(String) },
    ]);
    expect(conclude(state, 'cancelled')).toMatchObject({ stopped: 'cancelled', probes: 0 });
  });

  it('refuses an empty range and a search without tiers', () => {
    expect(() => begin(specWith([ttft], { minUnits: 9, maxUnits: 8 }))).toThrow(/Internal error/);
    expect(() => begin(specWith([ttft], { tiers: [] }))).toThrow(/Internal error/);
  });
});
