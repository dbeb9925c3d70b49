/**
 * Pools the log of bursts into one point per load and objective, and keeps the blocks apart for the
 * design effect. Voided bursts are no evidence and never come here.
 */
import type { Evidence, LevelSums } from '../../stats/evidence.ts';
import type { Observation } from '../observation.ts';
import type { CurveObjective } from '../spec.ts';
import type { LoadPoint } from './family.ts';

/** A saturated open-loop burst (backlog past its limit) speaks as this many bad samples of as many. */
export const SATURATED_SAMPLES = 20;

/** What may speak for the design effect (see `isTypical`). */
const TYPICAL_CUT_BLOCKS = 3;
const TYPICAL_MAX_RATIO = 0.3;
const TYPICAL_MAX_MEAN = 1.5;

export interface PooledBlock {
  readonly x: number;
  readonly n: number;
  /** Bad samples, or the sum of a mean. */
  readonly sum: number;
  /** May speak for the design effect: not from a burst far over the bound, or one of luck. */
  readonly typical: boolean;
  readonly burst: number;
  readonly level?: LevelSums;
}

export interface PooledLoad extends LoadPoint {
  /** The point without the block that most exceeds the bound: one cluster must not fail a load. */
  readonly trimmed: LoadPoint;
  /** By how much that block exceeds it, in samples (ratio) or ms (mean). */
  readonly worstExcess: number;
}

export interface Pool {
  /** By rising load. */
  readonly loads: readonly PooledLoad[];
  readonly blocks: readonly PooledBlock[];
}

interface Sums {
  units: number;
  x: number;
  n: number;
  sum: number;
  squares: number;
  worstN: number;
  worstSum: number;
  worstExcess: number;
}

/** `pick` gives the evidence of one objective in one observation; `x` the ln of its load. */
export function poolEvidence(
  log: readonly Observation[],
  objective: CurveObjective,
  pick: (observation: Observation) => Evidence | undefined,
  lnLoad: (units: number) => number,
): Pool {
  const byLoad = new Map<number, Sums>();
  const blocks: PooledBlock[] = [];
  const bound = objective.kind === 'ratio' ? objective.missRatio : objective.bound;
  for (const observation of log) {
    if (observation.end === 'voided') continue;
    const x = lnLoad(observation.loadUnits);
    const sums = sumsAt(byLoad, observation.loadUnits, x);
    if (observation.end === 'saturated') {
      addSaturated(sums, bound, objective);
      continue;
    }
    const evidence = pick(observation);
    if (evidence === undefined || evidence.kind !== objective.kind) continue;
    if (evidence.kind !== 'ratio' && evidence.kind !== 'mean') continue;
    const typical = isTypical(observation, evidence, objective);
    for (const block of evidence.blocks) {
      if (block.n <= 0) continue;
      const n = block.n * evidence.weight;
      const sum = ('bad' in block ? block.bad : block.sum) * evidence.weight;
      const squares = 'bad' in block ? sum : block.sumOfSquares * evidence.weight;
      sums.n += n;
      sums.sum += sum;
      sums.squares += squares;
      if (sum - n * bound > sums.worstExcess) {
        sums.worstExcess = sum - n * bound;
        sums.worstN = n;
        sums.worstSum = sum;
      }
      blocks.push({
        x,
        n: block.n,
        sum: sum / Math.max(evidence.weight, 1e-9),
        typical,
        burst: observation.probe,
        ...('level' in block && block.level !== undefined ? { level: block.level } : {}),
      });
    }
  }
  const loads = [...byLoad.values()]
    .filter((sums) => sums.n > 0)
    .sort((a, b) => a.units - b.units)
    .map((sums) => pooled(sums, objective.kind));
  return { loads, blocks };
}

/**
 * A burst cut for failing was cut by its own bad luck, but leaving all of them out understates D:
 * they count when they hold three blocks. Far over the bound clustering is another.
 */
function isTypical(
  observation: Observation,
  evidence: Extract<Evidence, { kind: 'ratio' | 'mean' }>,
  objective: CurveObjective,
): boolean {
  if (observation.end === 'clear_fail' && evidence.blocks.length < TYPICAL_CUT_BLOCKS) return false;
  let n = 0;
  let sum = 0;
  for (const block of evidence.blocks) {
    n += block.n;
    sum += 'bad' in block ? block.bad : block.sum;
  }
  const limit =
    objective.kind === 'ratio'
      ? Math.max(TYPICAL_MAX_RATIO, Math.min(1, 2 * objective.missRatio))
      : TYPICAL_MAX_MEAN * objective.bound;
  return n > 0 && sum / n <= limit;
}

function sumsAt(byLoad: Map<number, Sums>, units: number, x: number): Sums {
  const known = byLoad.get(units);
  if (known !== undefined) return known;
  const fresh = { units, x, n: 0, sum: 0, squares: 0, worstN: 0, worstSum: 0, worstExcess: 0 };
  byLoad.set(units, fresh);
  return fresh;
}

function addSaturated(sums: Sums, bound: number, objective: CurveObjective): void {
  // A mean has no worst value; four times the bound is the cap of the certificate's line anyway.
  const value = objective.kind === 'ratio' ? 1 : 4 * bound;
  sums.n += SATURATED_SAMPLES;
  sums.sum += SATURATED_SAMPLES * value;
  sums.squares += SATURATED_SAMPLES * value * value;
}

function pooled(sums: Sums, kind: 'ratio' | 'mean'): PooledLoad {
  const point = pointOf(sums, sums.n, sums.sum, kind);
  const trimmed = pointOf(sums, sums.n - sums.worstN, sums.sum - sums.worstSum, kind);
  return {
    ...point,
    trimmed: { ...trimmed, variance: point.variance },
    worstExcess: sums.worstExcess,
  };
}

function pointOf(sums: Sums, n: number, sum: number, kind: 'ratio' | 'mean'): LoadPoint {
  const value = n > 0 ? sum / n : 0;
  const variance =
    kind === 'ratio' || sums.n < 2
      ? 0
      : Math.max(0, sums.squares / sums.n - (sums.sum / sums.n) ** 2);
  return { units: sums.units, x: sums.x, n: Math.max(0, n), value, variance };
}
