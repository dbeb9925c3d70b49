/**
 * Floors (`goodput >= 10 req/s`) do not rise and fall with the load like a latency: too little load
 * fails them as surely as too much. They are judged at measured loads only, and the answer's lower
 * bound is the largest load at or below the latency bound at which every floor was shown to hold.
 */

import type { Observation } from '../observation.ts';
import type { SearchSpec, TierSpec } from '../spec.ts';
import { goodputByLoad } from './goodput.ts';
import { lowerThreshold } from './thresholds.ts';

export interface FloorJudgement {
  readonly holdsUnits: readonly number[];
  readonly failsUnits: readonly number[];
}

export function hasFloor(tier: TierSpec): boolean {
  return tier.objectives.some((objective) => objective.kind === 'floor');
}

/** Loads at which all floors hold, and loads at which one fails, at the confidence of the search. */
export function judgeFloors(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): FloorJudgement {
  const tier = spec.tiers[tierIndex];
  const bounds = (tier?.objectives ?? []).flatMap((o) => (o.kind === 'floor' ? [o.boundRps] : []));
  const bound = Math.max(0, ...bounds);
  // Λ = z² / 2 nats for a normal mean, so the certificate's threshold is z = √(2 Λ).
  const z = Math.sqrt(2 * lowerThreshold(spec.confidence));
  const holdsUnits: number[] = [];
  const failsUnits: number[] = [];
  for (const at of goodputByLoad(log, tierIndex)) {
    if (at.rps - z * at.rpsSe >= bound) holdsUnits.push(at.loadUnits);
    else if (at.rps + z * at.rpsSe < bound) failsUnits.push(at.loadUnits);
  }
  return { holdsUnits, failsUnits };
}
