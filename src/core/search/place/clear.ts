/** Did a refining burst look as its side should: well under every bound, or well over one? */
import { totalOf } from '../../stats/evidence.ts';
import type { Observation } from '../observation.ts';
import { type CurveObjective, curveObjectives, type SearchSpec } from '../spec.ts';
import type { Side } from './side.ts';

/** A third of the allowed bad ratio (or 15 % below a mean's bound) is well under it. */
const CLEAR_RATIO = 1 / 3;
const CLEAR_MEAN = 0.85;
/** Twice the allowed bad ratio (or 15 % above a mean's bound) is well over it. */
const OVER_RATIO = 2;
const OVER_MEAN = 1.15;

export function isClear(
  spec: SearchSpec,
  observation: Observation,
  tierIndex: number,
  side: Side,
): boolean {
  if (observation.end === 'saturated') return side === 'upper';
  const tier = spec.tiers[tierIndex];
  if (tier === undefined) return false;
  const sides = curveObjectives(tier).map(({ index, objective }) => {
    const total = totalOf(observation.evidence[tierIndex]?.[index]);
    return total !== undefined && isBeyond(objective, total.sum / total.n, side);
  });
  return side === 'lower' ? sides.every(Boolean) : sides.some(Boolean);
}

function isBeyond(objective: CurveObjective, value: number, side: Side): boolean {
  if (objective.kind === 'ratio') {
    return side === 'lower'
      ? value <= CLEAR_RATIO * objective.missRatio
      : value >= Math.min(OVER_RATIO * objective.missRatio, (1 + objective.missRatio) / 2);
  }
  return side === 'lower'
    ? value <= CLEAR_MEAN * objective.bound
    : value >= OVER_MEAN * objective.bound;
}
