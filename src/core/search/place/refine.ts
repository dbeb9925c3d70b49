/**
 * Refining: which load, measured how long, brings the bracket together soonest? The side whose bound
 * is further from the estimate is measured at a distance from it at which that end can certify itself
 * in the time that is left: near the capacity nothing is ever decided, far from it nothing is learned.
 */

import type { TierStanding } from '../certify/assess.ts';
import type { KnownSample } from '../certify/samples.ts';
import { lowerThreshold } from '../certify/thresholds.ts';
import type { SearchSpec } from '../spec.ts';
import { planBracket } from './aim.ts';
import { type FirstLower, firstLower } from './first-lower.ts';
import type { Side } from './side.ts';

export interface RefineContext {
  readonly spec: SearchSpec;
  readonly standing: TierStanding;
  /** The certificate's samples, for the price of an end. */
  readonly samples: readonly KnownSample[];
  /** ms of load since refining began, by side and in all, and what is left of the budget. */
  readonly spentMs: Readonly<Record<Side, number>>;
  readonly remainingMs: number;
  /** The last refining burst of each side, and whether it looked as its side should. */
  readonly lastTry: Readonly<Partial<Record<Side, LastTry>>>;
  /** Samples a second that the target completes at ln load x. */
  readonly samplesPerSecondAt: (lnLoad: number) => number;
  readonly meanE2eMs: number;
  /** Loads measured before, in units: a load within 2 % is used again, so that its samples pool. */
  readonly knownUnits: readonly number[];
  readonly lnLoad: (units: number) => number;
  readonly unitsOf: (lnLoad: number) => number;
}

export interface LastTry {
  readonly units: number;
  /** Lower side: well under the bound; upper side: well over it. */
  readonly clear: boolean;
}

export interface RefineStep {
  readonly side: Side;
  readonly units: number;
  readonly windowMs: number;
  readonly reason: string;
}

/** Nats (3.69) over the half square of the distance, with some margin: see `selfCertifyDistance`. */
const NATS_FACTOR = 6;
const MIN_PLAN_MS = 40_000;
const PLAN_SHARE = 1 / 2.5;
const CERTIFIED_SHARE = 0.4;
const MAX_DISTANCE = 0.5;
const MIN_DISTANCE_SHARE = 0.5;
/** A bracket is aimed at when its expected price is at most this share of what is left. */
const ONE_END_TIME = 0.8;
const BOTH_ENDS_TIME = 0.6;
/** A place where the end may turn out not to exist counts with this many times what is left. */
const OUT_OF_REACH = 3;
/** With so much of the time left the first lower bound is tried this much nearer than the curve asks. */
const HOPEFUL_MS = 600_000;
const HOPE = 0.4;
/** The first bound of a side: wanted within this share of what is left, at most so far out. */
const FIRST_LOWER_TIME = 0.35;
const FIRST_UPPER_TIME = 0.15;
const FURTHER_A_TRY = 0.3;
const FURTHEST = 1.2;
const FIRST_DISTANCE = 0.2;
const MAX_FIRST_DISTANCE = 0.65;
/** A clear try this far out is stayed at; further out the estimate has moved away from it. */
const STAY_WITHIN = 0.8;
const DISTANCE_STEP = 0.01;
/** A first lower bound further down than this is raised to that, if so much of the time left allows. */
const RAISE_BEYOND = 0.55;
const RAISE_TO = 0.45;
const RAISE_TIME = 0.8;
/** Without any bound the lower side may take this share of the budget before the upper gets its turn. */
const FIRST_LOWER_SHARE = 0.5;
const REUSE_WITHIN = 0.02;
const MIN_WINDOW_MS = 15_000;
const MAX_WINDOW_MS = 120_000;
const WINDOW_E2E = 4;
const WINDOW_SHARE_OF_SPENT = 0.35;

export function refineNext(context: RefineContext): RefineStep {
  const aim = finishingAim(context) ?? raisingAim(context) ?? improvingAim(context);
  const units = reuse(context, insideBounds(context, aim.side, context.unitsOf(aim.ln)));
  return { side: aim.side, units, windowMs: windowMs(context), reason: aim.reason };
}

interface Aim {
  readonly side: Side;
  readonly ln: number;
  readonly reason: string;
}

/** The cheapest bracket that is as narrow as asked, if what is left of the budget can pay for it. */
function finishingAim(context: RefineContext): Aim | undefined {
  const { spec, standing, lnLoad, remainingMs } = context;
  const plan = planBracket({
    spec,
    standing,
    samples: context.samples,
    samplesPerSecondAt: context.samplesPerSecondAt,
    capMs: remainingMs * OUT_OF_REACH,
    knownUnits: context.knownUnits,
    lnLoad,
    unitsOf: context.unitsOf,
  });
  if (plan === undefined) return undefined;
  const { lower, upper } = plan;
  const share = lower.ms === 0 || upper.ms === 0 ? ONE_END_TIME : BOTH_ENDS_TIME;
  if (lower.ms + upper.ms > remainingMs * share) return undefined;
  const first = standing.lowerUnits === undefined && lower.ms > 0;
  const side = first || lower.ms > upper.ms ? 'lower' : 'upper';
  const reason = `${side} side of the cheapest bracket as narrow as asked`;
  return { side, ln: lnLoad(plan[side].units), reason };
}

/**
 * A lower bound far below the estimate and no upper bound yet: what is shipped comes first, so the
 * lower bound is raised as long as the time left can do it.
 */
function raisingAim(context: RefineContext): Aim | undefined {
  const { standing, lnLoad, remainingMs } = context;
  if (standing.lowerUnits === undefined || standing.upperUnits !== undefined) return undefined;
  if (standing.lnEstimate - lnLoad(standing.lowerUnits) <= RAISE_BEYOND) return undefined;
  if (certifyMs(context, 'lower', RAISE_TO) > RAISE_TIME * remainingMs) return undefined;
  return {
    side: 'lower',
    ln: standing.lnEstimate - RAISE_TO,
    reason: `lower side, ${(100 * RAISE_TO).toFixed(0)} % from the estimate: the bound is far below it`,
  };
}

function improvingAim(context: RefineContext): Aim {
  const side = chooseSide(context);
  const distance = chooseDistance(context, side);
  return {
    side,
    ln: context.standing.lnEstimate + (side === 'lower' ? -distance : distance),
    reason: `${side} side, ${(100 * distance).toFixed(0)} % from the estimate`,
  };
}

function chooseSide(context: RefineContext): Side {
  const { standing, lnLoad, spentMs, spec, remainingMs } = context;
  const { lnEstimate, lowerUnits, upperUnits } = standing;
  if (lnEstimate >= lnLoad(spec.maxUnits)) return 'lower';
  if (lnEstimate <= lnLoad(spec.minUnits)) return 'upper';
  // A pipeline ships the lower bound: it comes first, unless it has had most of the time in vain.
  if (lowerUnits === undefined && upperUnits === undefined) {
    const share = spentMs.lower / spec.budget.loadMs;
    if (share < FIRST_LOWER_SHARE || spentMs.lower <= spentMs.upper) return 'lower';
    return isSoon(remainingMs) && cheapestFirst(context).ms <= remainingMs ? 'lower' : 'upper';
  }
  if (lowerUnits === undefined) return 'lower';
  if (upperUnits === undefined) return 'upper';
  return lnEstimate - lnLoad(lowerUnits) >= lnLoad(upperUnits) - lnEstimate ? 'lower' : 'upper';
}

/**
 * s0: an end at distance s certifies itself when n · information · (β s)² / 2 / D reaches the
 * threshold; with n = rate · t this gives s = √(2 · 3.69 · D / (information · rate · t)) / β, here
 * with 6 for 7.4 because the other bursts speak for it too.
 */
export function selfCertifyDistance(
  standing: TierStanding,
  samplesPerSecond: number,
  timeMs: number,
): number {
  const objective = standing.objectives[standing.binding];
  if (objective === undefined) return MAX_DISTANCE;
  const samples = Math.max(1e-6, (samplesPerSecond * timeMs) / 1_000);
  const perDistance = objective.information * objective.curve.slope ** 2;
  return Math.sqrt((NATS_FACTOR * objective.designEffect) / (perDistance * samples));
}

function chooseDistance(context: RefineContext, side: Side): number {
  const { spec, standing, remainingMs } = context;
  const bound = side === 'lower' ? standing.lowerUnits : standing.upperUnits;
  const least = MIN_DISTANCE_SHARE * Math.log(1 + spec.resolution);
  if (bound !== undefined) {
    const timeMs = Math.max(MIN_PLAN_MS, remainingMs * PLAN_SHARE);
    const rate = context.samplesPerSecondAt(standing.lnEstimate);
    const s0 = selfCertifyDistance(standing, rate, timeMs);
    return Math.min(MAX_DISTANCE, Math.max(least, s0 * CERTIFIED_SHARE));
  }
  if (side === 'lower' && isSoon(remainingMs)) return cheapestFirst(context).distance;
  const share = side === 'lower' ? FIRST_LOWER_TIME : FIRST_UPPER_TIME;
  const wanted = firstBoundDistance(context, side, Math.max(MIN_PLAN_MS, remainingMs * share));
  const hope = side === 'lower' ? HOPE : 1;
  const nearest = hope < 1 ? least : FIRST_DISTANCE;
  const first = Math.min(MAX_FIRST_DISTANCE, Math.max(least, nearest, hope * wanted));
  return nextTryDistance(context, side, first);
}

/** With little time left the first lower bound is bought where it is cheap; with more it may be dearer. */
function isSoon(remainingMs: number): boolean {
  return remainingMs <= HOPEFUL_MS;
}

function cheapestFirst(context: RefineContext): FirstLower {
  const { spec, standing, lastTry, lnLoad } = context;
  return firstLower({
    ...context,
    confidence: spec.confidence,
    lnEstimate: standing.lnEstimate,
    ...(lastTry.lower === undefined ? {} : { lnLastTry: lnLoad(lastTry.lower.units) }),
  });
}

/** A first bound not yet reached: on at the same load while it looks clear, further out when not. */
function nextTryDistance(context: RefineContext, side: Side, first: number): number {
  const last = context.lastTry[side];
  if (last === undefined) return first;
  const { lnEstimate } = context.standing;
  const ln = context.lnLoad(last.units);
  const distance = side === 'lower' ? lnEstimate - ln : ln - lnEstimate;
  if (last.clear && distance <= STAY_WITHIN) return distance;
  return Math.min(FURTHEST, Math.max(first, distance + FURTHER_A_TRY));
}

/**
 * Time until an end at this distance is certified by its own samples: with v = p0 e^y, y = ± β s, a
 * sample gives p0 (1 + e^y (y - 1)) nats (the divergence for small ratios); Λ D of them are needed.
 */
function certifyMs(context: RefineContext, side: Side, distance: number): number {
  const objective = context.standing.objectives[context.standing.binding];
  if (objective === undefined) return Number.POSITIVE_INFINITY;
  const y = objective.curve.slope * (side === 'lower' ? -distance : distance);
  const nats = objective.information * (1 + Math.exp(y) * (y - 1));
  const needed = lowerThreshold(context.spec.confidence) * objective.designEffect;
  const x = context.standing.lnEstimate + (side === 'lower' ? -distance : distance);
  return (1_000 * needed) / Math.max(1e-9, nats * context.samplesPerSecondAt(x));
}

/** The nearest distance at which the end is certified in `timeMs`. */
function firstBoundDistance(context: RefineContext, side: Side, timeMs: number): number {
  for (let s = DISTANCE_STEP; s < MAX_FIRST_DISTANCE; s += DISTANCE_STEP) {
    if (certifyMs(context, side, s) <= timeMs) return s;
  }
  return MAX_FIRST_DISTANCE;
}

/** Never at or outside a certified bound: the geometric middle of estimate and bound instead. */
function insideBounds(context: RefineContext, side: Side, units: number): number {
  const { spec, standing, unitsOf, lnLoad } = context;
  const bound = side === 'lower' ? standing.lowerUnits : standing.upperUnits;
  let inside = Math.min(spec.maxUnits, Math.max(spec.minUnits, units));
  if (bound !== undefined) {
    const outside = side === 'lower' ? inside <= bound : inside >= bound;
    if (outside) inside = unitsOf((standing.lnEstimate + lnLoad(bound)) / 2);
  }
  const { lowerUnits, upperUnits } = standing;
  if (lowerUnits !== undefined && upperUnits !== undefined && upperUnits - lowerUnits > 1) {
    return Math.min(upperUnits - 1, Math.max(lowerUnits + 1, inside));
  }
  const top = upperUnits === undefined ? spec.maxUnits : Math.max(spec.minUnits, upperUnits - 1);
  const bottom = lowerUnits === undefined ? spec.minUnits : Math.min(top, lowerUnits + 1);
  return Math.min(top, Math.max(bottom, inside));
}

function reuse(context: RefineContext, units: number): number {
  const { standing, lnLoad, knownUnits } = context;
  let best = units;
  let nearest = REUSE_WITHIN;
  for (const known of knownUnits) {
    if (standing.lowerUnits !== undefined && known <= standing.lowerUnits) continue;
    if (standing.upperUnits !== undefined && known >= standing.upperUnits) continue;
    const distance = Math.abs(lnLoad(known) - lnLoad(units));
    if (distance <= nearest) {
      nearest = distance;
      best = known;
    }
  }
  return best;
}

function windowMs({ meanE2eMs, spentMs }: RefineContext): number {
  const spent = spentMs.lower + spentMs.upper;
  return Math.max(
    MIN_WINDOW_MS,
    WINDOW_E2E * meanE2eMs,
    Math.min(MAX_WINDOW_MS, WINDOW_SHARE_OF_SPENT * spent),
  );
}
