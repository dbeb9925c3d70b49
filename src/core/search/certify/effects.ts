/**
 * The design effect at each load: how many requests speak as one, because neighbours share queues and
 * batches.
 *
 * Bad samples are rare near the bound, so their own clustering is known late. The levels of all samples
 * (`stats/evidence.ts`) tell it early: for arrivals their design effect is taken as it is, for
 * completions it is carried to the allowed tail as correlated normals would. What the bad samples show
 * can only enlarge it.
 */
import { levelDesignEffect } from '../../stats/design-effect.ts';
import type { LevelSums } from '../../stats/evidence.ts';
import { exceedanceCorrelation } from '../../stats/normal.ts';
import type { CurveObjective } from '../spec.ts';
import { type Curve, curveValue } from './curve.ts';
import type { Family } from './family.ts';
import type { Pool, PooledBlock } from './pool.ts';

/** D at ln load x. */
export type EffectAt = (x: number) => number;

/** No sample is ever taken for better than this: blocks are few and D is itself uncertain. */
const FLOOR = 1.5;
/** Before any block: requests that share a queue cluster by about this, ... */
const ARRIVAL_GUESS = 3;
/** ... and the level of completions by about half of those in flight, which share every step. */
const COMPLETION_GUESS_MIN = 3;
const COMPLETION_GUESS_PER_IN_FLIGHT = 0.5;
const GUESS_BLOCKS = 4;
/**
 * Blocks at other loads speak by their distance in ln, scaled in proportion to the load. Only near ones: towards the
 * capacity the effect rises much faster than the load (`npm run bench:effects -- Q`: 4 at 0.8 of it, 34 at 0.95).
 */
const LEVEL_REACH = 0.12;
/**
 * Blocks this near the estimate correct the prediction by how their bad samples cluster: below it
 * further than above, where overload clusters in its own way.
 */
const TAIL_REACH_BELOW = 0.3;
const TAIL_REACH_ABOVE = 0.1;
const TAIL_PRIOR_BLOCKS = 10;
/** Widening by (1 + 3 / f): the price of an estimated variance, as Student's t against the normal. */
const UNCERTAINTY_WIDENING = 3;
/** Expectations below this share of the bound would divide by almost nothing. */
const EXPECTATION_FLOOR = 1 / 5;

interface BurstLevel {
  readonly x: number;
  readonly effect: number;
  readonly degrees: number;
}

export function effectsOf(
  family: Family,
  objective: CurveObjective,
  pool: Pool,
  curve: Curve,
  inFlightAt: (x: number) => number,
): EffectAt {
  const arrival = objective.kind === 'ratio' && objective.counted === 'arrival';
  const bursts = burstLevels(pool, arrival);
  const guess = (x: number): number =>
    arrival
      ? ARRIVAL_GUESS
      : Math.max(COMPLETION_GUESS_MIN, COMPLETION_GUESS_PER_IN_FLIGHT * inFlightAt(x));
  const level = (x: number): { value: number; weight: number } => {
    let weight = GUESS_BLOCKS;
    let sum = GUESS_BLOCKS * guess(x);
    for (const burst of bursts) {
      const w = burst.degrees / (1 + ((x - burst.x) / LEVEL_REACH) ** 4);
      weight += w;
      sum += w * burst.effect * Math.exp(x - burst.x);
    }
    return { value: Math.max(1, sum / weight), weight };
  };
  const perBlock = samplesPerBlock(pool);
  const predicted = (x: number, ratio: number): number => {
    const { value } = level(x);
    if (arrival || objective.kind === 'mean') return value;
    const rho = (value - 1) / Math.max(1, perBlock - 1);
    return 1 + (perBlock - 1) * exceedanceCorrelation(rho, ratio);
  };
  const bound = objective.kind === 'ratio' ? objective.missRatio : 0.5;
  const tail = tailCorrection(family, objective, pool, curve, predicted);
  return (x) => {
    const known = tail.weight + Math.max(TAIL_PRIOR_BLOCKS, level(x).weight);
    return Math.max(FLOOR, predicted(x, bound) * tail.ratio * (1 + UNCERTAINTY_WIDENING / known));
  };
}

function burstLevels(pool: Pool, tails: boolean): BurstLevel[] {
  const byBurst = new Map<number, { x: number; levels: LevelSums[] }>();
  for (const block of pool.blocks) {
    if (block.level === undefined || !block.typical) continue;
    const known = byBurst.get(block.burst) ?? { x: block.x, levels: [] };
    known.levels.push(block.level);
    byBurst.set(block.burst, known);
  }
  const found: BurstLevel[] = [];
  for (const { x, levels } of byBurst.values()) {
    const effect = levelDesignEffect([levels]);
    if (effect === undefined) continue;
    // A tail of few samples says little of how they cluster, however many blocks there are.
    const inTail = levels.reduce((sum, block) => sum + block.sum, 0);
    const degrees = tails ? Math.min(effect.degrees, inTail / 2) : effect.degrees;
    found.push({ x, effect: effect.value, degrees });
  }
  return found;
}

function samplesPerBlock(pool: Pool): number {
  const filled = pool.blocks.filter((block) => block.n > 0);
  const n = filled.reduce((total, block) => total + block.n, 0);
  return filled.length > 0 ? n / filled.length : 1;
}

/** How bad samples really cluster over how they were predicted to; 1 until they are many. */
function tailCorrection(
  family: Family,
  objective: CurveObjective,
  pool: Pool,
  curve: Curve,
  predicted: (x: number, ratio: number) => number,
): { ratio: number; weight: number } {
  if (objective.kind !== 'ratio') return { ratio: 1, weight: 0 };
  // The curve cannot follow a wall: each load's own mean, pulled to the curve by 1 / p0 samples.
  const pull = 1 / objective.missRatio;
  const own = new Map(pool.loads.map((load) => [load.x, load]));
  const expectedAt = (x: number): number => {
    const fitted = curveValue(family, curve, x);
    const load = own.get(x);
    return load === undefined ? fitted : (load.n * load.value + pull * fitted) / (load.n + pull);
  };
  const counts = new Map<number, number>();
  for (const block of pool.blocks) counts.set(block.x, (counts.get(block.x) ?? 0) + 1);
  /** B / (B - 1): the mean was taken from the same blocks. */
  const freedom = (x: number): number => {
    const n = counts.get(x) ?? 1;
    return n > 1 ? n / (n - 1) : 1;
  };
  let squares = 0;
  let variance = 0;
  let bad = 0;
  let blocks = 0;
  for (const block of pool.blocks) {
    if (!near(block, curve)) continue;
    const expected = Math.min(0.999, expectedAt(block.x));
    const floored = Math.max(EXPECTATION_FLOOR * objective.missRatio, expected);
    squares += freedom(block.x) * (block.sum - block.n * expected) ** 2;
    variance += block.n * floored * (1 - floored) * predicted(block.x, floored);
    bad += block.sum;
    blocks += 1;
  }
  const weight = Math.min(blocks, bad / 2);
  if (variance <= 0) return { ratio: 1, weight: 0 };
  const ratio = (weight * (squares / variance) + TAIL_PRIOR_BLOCKS) / (weight + TAIL_PRIOR_BLOCKS);
  // Only ever worse than the level says: rare bad samples look independent until they cluster.
  return { ratio: Math.max(1, ratio), weight };
}

function near(block: PooledBlock, curve: Curve): boolean {
  const distance = block.x - curve.lnCapacity;
  return block.typical && distance >= -TAIL_REACH_BELOW && distance <= TAIL_REACH_ABOVE;
}
