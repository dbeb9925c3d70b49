/** The state of a search: its log and what follows from it. Plain JSON; a fold over observations. */

import type { Warning } from './answer/result.ts';
import { assessTier, type TierStanding } from './certify/assess.ts';
import type { Phase, ProbeDecision } from './decision.ts';
import { lnLoadOf, toUnits, unitsPerLoad } from './load-grid.ts';
import type { Observation } from './observation.ts';
import type { Side } from './place/side.ts';
import type { SearchSpec } from './spec.ts';

/** What was decided for a probe, kept because later decisions look back at it. */
export interface Taken {
  readonly phase: Phase;
  readonly side?: Side;
  readonly loadUnits: number;
}

/** A step in the fit: reason enough to measure an earlier load again, not to believe it. */
export interface DriftSuspicion {
  /** First burst after the step. */
  readonly boundary: number;
  /** The earlier load that is measured again. */
  readonly loadUnits: number;
}

export interface SearchState {
  readonly kind: 'search';
  readonly spec: SearchSpec;
  readonly log: readonly Observation[];
  /** taken[i] is the decision that log[i] answers; one more than the log while a probe runs. */
  readonly taken: readonly Taken[];
  /** Bursts before this one were measured on a target that has changed since (drift). */
  readonly validFrom: number;
  readonly warnings: readonly Warning[];
  /** A step that may be drift: an earlier load is being measured again. */
  readonly suspicion?: DriftSuspicion;
  /** Boundaries whose recheck showed no change. */
  readonly dismissed: readonly number[];
  readonly standings: readonly TierStanding[];
  /** The probe that is running, absent before the first and after the last decision. */
  readonly decision?: ProbeDecision;
}

export function emptyState(spec: SearchSpec): SearchState {
  const nothing = { log: [], taken: [], validFrom: 0, warnings: [], dismissed: [], standings: [] };
  return { kind: 'search', spec, ...nothing };
}

/** The bursts that speak for the target as it is now. */
export function validLog(state: SearchState): readonly Observation[] {
  return state.log.slice(state.validFrom).filter((o) => o.end !== 'voided');
}

export function assessAll(spec: SearchSpec, log: readonly Observation[]): readonly TierStanding[] {
  if (log.length === 0) return [];
  return spec.tiers.map((_, index) => assessTier(spec, log, index));
}

export function spentMs(state: SearchState): number {
  return state.log.reduce((total, o) => total + o.loadMs, 0);
}

/** Is the tier's bracket as narrow as asked, or as narrow as the grid or the range allows? */
export function isResolved(spec: SearchSpec, standing: TierStanding): boolean {
  const { lowerUnits, upperUnits } = standing;
  if (lowerUnits !== undefined && lowerUnits >= spec.maxUnits) return true;
  if (upperUnits !== undefined && upperUnits <= spec.minUnits) return true;
  if (lowerUnits === undefined || upperUnits === undefined) return false;
  return upperUnits - lowerUnits <= 1 || upperUnits / lowerUnits <= 1 + spec.resolution;
}

/** ln width of the bracket over the asked one; an absent bound counts as the edge of the range. */
export function excessWidth(spec: SearchSpec, standing: TierStanding): number {
  const lnLoad = lnLoadOf(spec.axis);
  const low = standing.lowerUnits ?? spec.minUnits / 2;
  const high = standing.upperUnits ?? spec.maxUnits * 2;
  return (lnLoad(high) - lnLoad(low)) / Math.log(1 + spec.resolution);
}

export function unitsAtLn(spec: SearchSpec): (lnLoad: number) => number {
  return (lnLoad) => toUnits(spec.axis, Math.exp(lnLoad));
}

/** A load for people: `12.6 req/s`, `96 streams`. */
export function loadText(spec: SearchSpec, units: number): string {
  const load = Number((units / unitsPerLoad(spec.axis)).toPrecision(4));
  return spec.axis === 'concurrency' ? `${load}` : `${load} req/s`;
}
