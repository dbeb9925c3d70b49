/** Specs and observations from counts, for tests of the rooms' parts: what matters is said, the rest is plain. */
import { createRandom, type Random } from '../../../src/core/base/random.ts';
import type { Observation } from '../../../src/core/search/observation.ts';
import type { CurveObjective, ObjectiveSpec, SearchSpec } from '../../../src/core/search/spec.ts';
import type { Evidence, RatioBlock } from '../../../src/core/stats/evidence.ts';

export const ttft: CurveObjective = {
  kind: 'ratio',
  id: 'p99(ttft)',
  missRatio: 0.01,
  counted: 'arrival',
};
export const tpot: CurveObjective = {
  kind: 'ratio',
  id: 'p95(tpot)',
  missRatio: 0.05,
  counted: 'completion',
};
export const meanE2e: CurveObjective = { kind: 'mean', id: 'mean(e2e)', bound: 2_000 };

/** Streams 1 to 512, one tier, 1,200 s, unless said. */
export function specWith(
  objectives: readonly ObjectiveSpec[],
  changes: Partial<SearchSpec> = {},
): SearchSpec {
  return {
    axis: 'concurrency',
    minUnits: 1,
    maxUnits: 512,
    tiers: [{ name: 'slo', objectives }],
    confidence: 0.95,
    resolution: 0.1,
    budget: { loadMs: 1_200_000, requests: 1e9, outputTokens: 1e9 },
    ...changes,
  };
}

/** A burst of one tier at a load; one list of evidence, in the order of the objectives. */
export function burstAt(
  loadUnits: number,
  evidence: readonly Evidence[],
  changes: Partial<Observation> = {},
): Observation {
  return {
    probe: 0,
    loadUnits,
    end: 'length',
    loadMs: 30_000,
    windowMs: 25_000,
    requests: 500,
    outputTokens: 50_000,
    meanE2eMs: 1_000,
    meanInFlight: loadUnits,
    completedRps: 20,
    waiting: 0,
    worstRatiosOfBound: [0],
    goodputRps: [20],
    evidence: [evidence],
    goodBlocks: [[]],
    pace: [],
    ...changes,
  };
}

export function ratioEvidence(blocks: readonly RatioBlock[], weight = 1): Evidence {
  return { kind: 'ratio', blocks, weight };
}

/** Blocks of `perBlock` samples with binomial counts. */
export function binomialBlocks(
  random: Random,
  blocks: number,
  perBlock: number,
  ratio: number,
): RatioBlock[] {
  return Array.from({ length: blocks }, () => {
    let bad = 0;
    for (let i = 0; i < perBlock; i++) if (random.next() < ratio) bad += 1;
    return { n: perBlock, bad };
  });
}

/** Blocks with exactly `ratio` bad, the remainder carried on: data as the truth would have it. */
export function exactBlocks(blocks: number, perBlock: number, ratio: number): RatioBlock[] {
  let told = 0;
  return Array.from({ length: blocks }, (_, i) => {
    const bad = Math.round((i + 1) * perBlock * ratio) - told;
    told += bad;
    return { n: perBlock, bad };
  });
}

/** One burst a load from a curve, with probe numbers. */
export function logFrom(
  loads: readonly number[],
  ratioAt: (load: number) => number,
  options: { readonly blocks?: number; readonly perBlock?: number; readonly seed?: string } = {},
): Observation[] {
  const { blocks = 20, perBlock = 50, seed } = options;
  const random = createRandom(seed ?? 'log');
  return loads.map((load, probe) => {
    const ratio = Math.min(1, ratioAt(load));
    const counts =
      seed === undefined
        ? exactBlocks(blocks, perBlock, ratio)
        : binomialBlocks(random, blocks, perBlock, ratio);
    return burstAt(load, [ratioEvidence(counts)], { probe });
  });
}
