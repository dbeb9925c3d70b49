/**
 * Exploring: where, roughly, does the endpoint stop meeting the SLO? Short bursts, doubling until one
 * clearly fails, then inwards until the loads that look good and bad are near enough for refining.
 * Nothing here is certified; a wrong turn costs time, not truth.
 */

import { totalOf } from '../../stats/evidence.ts';
import { familyOf } from '../certify/family.ts';
import { toUnits, unitsPerLoad } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import type { SearchSpec } from '../spec.ts';
import { curveObjectives } from '../spec.ts';

export interface Exploration {
  /** Highest load that looked good below the lowest that looked bad. */
  readonly goodUnits?: number;
  readonly badUnits?: number;
}

export interface ExplorationStep {
  readonly phase: 'grow' | 'bisect';
  readonly units: number;
  readonly samples: number;
  readonly maxWindowMs: number;
  readonly reason: string;
}

/** A burst looks bad at this many bad samples and three times the allowed ratio. */
const BAD_SAMPLES = 6;
const BAD_RATIO_FACTOR = 3;
/** A mean looks bad this far over its bound. */
const BAD_MEAN_FACTOR = 1.3;
/**
 * The next load aims a quarter beyond where the bound would be met if latency rose in proportion to
 * the load; it rises faster near the capacity, so the step usually lands beyond it. Within limits:
 * too small a step explores for ever, too large a one overloads the target.
 */
const AIM_BEYOND = 1.25;
const MIN_STEP = 1.4;
const MAX_STEP = 4;
const STEP_DOWN = 2;
/** Refining starts when good and bad are this near. */
const NEAR_RATIO = 1.5;
/** Where the SLO breaks abruptly (rise of the link per ln load), bad loads show within seconds: nearer. */
const SHARP_NEAR_RATIO = 1.15;
const SHARP_SLOPE = 12;
/** Two loads over their bound, none of them clearly bad: the capacity is near, growing is over. */
const CROSSED_LOADS = 2;
export const GROW_SAMPLES = 40;
export const BISECT_SAMPLES = 120;
const EXPLORE_MAX_MS = 20_000;
const BISECT_MAX_MS = 30_000;
/** The first load of a search: the geometric middle of the range, within these shares of its top. */
const START_SHARE_MIN = 1 / 32;
const START_SHARE_MAX = 1 / 8;
const START_STREAMS = 4;

export function startUnits(spec: SearchSpec): number {
  const middle = Math.sqrt(spec.minUnits * spec.maxUnits);
  const share = Math.min(START_SHARE_MAX, Math.max(START_SHARE_MIN, middle / spec.maxUnits));
  const wanted = spec.startUnits ?? Math.round(spec.maxUnits * share);
  const floor = spec.axis === 'concurrency' ? toUnits(spec.axis, START_STREAMS) : 1;
  const start = spec.startUnits === undefined ? Math.max(wanted, floor) : wanted;
  return Math.min(spec.maxUnits, Math.max(spec.minUnits, start));
}

/** Did this burst look bad for the tier? */
export function looksBad(spec: SearchSpec, observation: Observation, tierIndex: number): boolean {
  if (observation.end === 'saturated' || observation.end === 'clear_fail') return true;
  const tier = spec.tiers[tierIndex];
  if (tier === undefined) return false;
  return curveObjectives(tier).some(({ index, objective }) => {
    const total = totalOf(observation.evidence[tierIndex]?.[index]);
    if (total === undefined) return false;
    const { n, sum } = total;
    if (objective.kind === 'mean') {
      return n >= BAD_SAMPLES && sum / n > BAD_MEAN_FACTOR * objective.bound;
    }
    const allowed = BAD_RATIO_FACTOR * objective.missRatio;
    return sum >= BAD_SAMPLES && sum / n > Math.min(allowed, (1 + objective.missRatio) / 2);
  });
}

export function explorationOf(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): Exploration {
  let badUnits: number | undefined;
  for (const observation of log) {
    if (!looksBad(spec, observation, tierIndex)) continue;
    if (badUnits === undefined || observation.loadUnits < badUnits)
      badUnits = observation.loadUnits;
  }
  let goodUnits: number | undefined;
  for (const { loadUnits } of log) {
    if (badUnits !== undefined && loadUnits >= badUnits) continue;
    if (goodUnits === undefined || loadUnits > goodUnits) goodUnits = loadUnits;
  }
  return {
    ...(goodUnits === undefined ? {} : { goodUnits }),
    ...(badUnits === undefined ? {} : { badUnits }),
  };
}

/** The next exploring burst, or undefined when refining may start. */
export function exploreNext(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): ExplorationStep | undefined {
  const { goodUnits, badUnits } = explorationOf(spec, log, tierIndex);
  const last = log[log.length - 1];
  if (last === undefined) return grow(spec, startUnits(spec), 'first load of the range');
  if (badUnits === undefined) {
    if (goodUnits === undefined || goodUnits >= spec.maxUnits) return undefined;
    if (loadsOverBound(log, tierIndex) >= CROSSED_LOADS) return undefined;
    const worst = worstOf(last, tierIndex);
    const aimed = worst > 0 ? AIM_BEYOND / worst : MIN_STEP;
    const step = Math.min(MAX_STEP, Math.max(MIN_STEP, aimed));
    const units = Math.max(goodUnits + 1, Math.round(goodUnits * step));
    return grow(spec, units, `${name(spec, goodUnits)} looks good: times ${step.toPrecision(2)}`);
  }
  if (goodUnits === undefined) {
    if (badUnits <= spec.minUnits) return undefined;
    const units = Math.max(spec.minUnits, Math.floor(badUnits / STEP_DOWN));
    return grow(spec, units, `${name(spec, badUnits)} looks bad: half of it`);
  }
  const near = isSharp(spec, log, tierIndex, goodUnits, badUnits) ? SHARP_NEAR_RATIO : NEAR_RATIO;
  if (badUnits - goodUnits <= 1 || badUnits / goodUnits <= near) return undefined;
  const units = Math.round(Math.sqrt(goodUnits * badUnits));
  if (units <= goodUnits || units >= badUnits) return undefined;
  return {
    phase: 'bisect',
    units,
    samples: BISECT_SAMPLES,
    maxWindowMs: BISECT_MAX_MS,
    reason: `between ${name(spec, goodUnits)} (looks good) and ${name(spec, badUnits)} (looks bad)`,
  };
}

/** Does the SLO break so abruptly between the two that a few short bursts more find the place? */
function isSharp(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
  goodUnits: number,
  badUnits: number,
): boolean {
  const bad = log.findLast((o) => o.loadUnits === badUnits && looksBad(spec, o, tierIndex));
  const tier = spec.tiers[tierIndex];
  if (bad === undefined || tier === undefined) return false;
  if (bad.end === 'saturated') return false;
  const lnStep = Math.log(badUnits / goodUnits);
  return curveObjectives(tier).some(({ index, objective }) => {
    const family = familyOf(objective);
    const total = totalOf(bad.evidence[tierIndex]?.[index]);
    if (total === undefined) return false;
    const { n, sum } = total;
    // Half a sample of each kind: a burst of bad ones alone has no infinite link.
    const value = objective.kind === 'ratio' ? (sum + 0.5) / (n + 1) : sum / n;
    return family.link(value) - family.target >= SHARP_SLOPE * lnStep;
  });
}

/** Loads at which the latency at the asked quantile was at or over its bound, as far as it was seen. */
function loadsOverBound(log: readonly Observation[], tierIndex: number): number {
  const over = log.filter((observation) => worstOf(observation, tierIndex) >= 1);
  return new Set(over.map((observation) => observation.loadUnits)).size;
}

/** The tier's largest latency in units of its bound. */
export function worstOf(observation: Observation, tierIndex: number): number {
  return observation.worstRatiosOfBound[tierIndex] ?? 0;
}

function grow(spec: SearchSpec, units: number, reason: string): ExplorationStep {
  const inRange = Math.min(spec.maxUnits, Math.max(spec.minUnits, units));
  return {
    phase: 'grow',
    units: inRange,
    samples: GROW_SAMPLES,
    maxWindowMs: EXPLORE_MAX_MS,
    reason,
  };
}

function name(spec: SearchSpec, units: number): string {
  const load = units / unitsPerLoad(spec.axis);
  return `${Number(load.toPrecision(4))}`;
}
