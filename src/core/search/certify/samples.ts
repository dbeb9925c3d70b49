/**
 * The certificate's samples of a tier as the state knows them: pooled from a log, with the curve and the
 * design effects of the last assessment. For those who ask "what if" between two assessments: the look
 * into a running burst, the price of an end.
 */

import type { Observation } from '../observation.ts';
import { curveObjectives, type SearchSpec } from '../spec.ts';
import { type ObjectiveStanding, poolOf, type TierStanding } from './assess.ts';
import { type Sample, sampleOf } from './certificate.ts';
import { familyOf } from './family.ts';

export interface KnownSample {
  readonly standing: ObjectiveStanding;
  readonly sample: Sample;
  /** D at ln load x, as it was known at the last assessment. */
  readonly effectAt: (x: number) => number;
}

export function samplesOf(
  spec: SearchSpec,
  standing: TierStanding,
  tierIndex: number,
  log: readonly Observation[],
): KnownSample[] {
  const tier = spec.tiers[tierIndex];
  if (tier === undefined) return [];
  return curveObjectives(tier).flatMap(({ index, objective }, i) => {
    const known = standing.objectives[i];
    if (known === undefined) return [];
    const pool = poolOf(spec, log, tierIndex, index, objective);
    const effectAt = effectFrom(known);
    const sample = sampleOf(familyOf(objective), pool.loads, known.curve, effectAt);
    return [{ standing: known, sample, effectAt }];
  });
}

/** Between the measured loads the nearest one's. */
function effectFrom(known: ObjectiveStanding): (x: number) => number {
  return (x) => {
    let best = { distance: Number.POSITIVE_INFINITY, effect: known.designEffect };
    for (const at of known.effects) {
      const distance = Math.abs(at.x - x);
      if (distance < best.distance) best = { distance, effect: at.effect };
    }
    return best.effect;
  };
}
