/**
 * The question put to the controller: which axis, which range, which tiers, what it may spend. Only
 * numbers; the policy text that they came from stays in the policy room.
 */
import type { Axis } from '../base/axis.ts';

/** Bounds of one objective as the controller sees them. The id names it in evidence and results. */
export type ObjectiveSpec =
  | {
      readonly kind: 'ratio';
      readonly id: string;
      /** p0: the fraction of bad samples that is just not allowed (p99 → 0.01, attainment a → 1 − a). */
      readonly missRatio: number;
      /** `arrival`: counted when the bound has passed since the send (TTFT); `completion`: when it ends. */
      readonly counted: 'arrival' | 'completion';
    }
  | { readonly kind: 'mean'; readonly id: string; readonly bound: number }
  | { readonly kind: 'floor'; readonly id: string; readonly boundRps: number };

/** A search hunts for the largest load; a gate asks whether one load is carried. */
export type CourseKind = 'search' | 'gate';

export interface TierSpec {
  readonly name: string;
  readonly objectives: readonly ObjectiveSpec[];
}

export interface BudgetSpec {
  /** Time under load, settling and draining included. */
  readonly loadMs: number;
  readonly requests: number;
  readonly outputTokens: number;
}

export interface SearchSpec {
  readonly axis: Axis;
  /** Loads in grid units (see `load-grid.ts`): integers, compared as integers. */
  readonly minUnits: number;
  readonly maxUnits: number;
  /** First load to try; the grid's own choice when absent. */
  readonly startUnits?: number;
  readonly tiers: readonly TierSpec[];
  /** 0.95: each bound of each tier's bracket is wrong in at most (1 - confidence) of the searches. */
  readonly confidence: number;
  /** Wanted width: upper / lower <= 1 + resolution. */
  readonly resolution: number;
  readonly budget: BudgetSpec;
}

/** Objectives with a curve over the load: all but floors, which fail at too little load as well. */
export type CurveObjective = Exclude<ObjectiveSpec, { kind: 'floor' }>;

/** The tier's curve objectives with their places in it (the place is the key of the evidence). */
export function curveObjectives(
  tier: TierSpec,
): readonly { readonly index: number; readonly objective: CurveObjective }[] {
  return tier.objectives.flatMap((objective, index) =>
    objective.kind === 'floor' ? [] : [{ index, objective }],
  );
}
