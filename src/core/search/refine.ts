/**
 * Refining: which load, measured how long, brings the bracket together soonest? The side whose bound
 * is further from the estimate is measured at a distance from it at which that end can certify itself
 * in the time that is left: near the capacity nothing is ever decided, far from it nothing is learned.
 */
import type { TierStanding } from './assess.ts';
import type { SearchSpec } from './spec.ts';

export type Side = 'lower' | 'upper';

export interface RefineContext {
  readonly spec: SearchSpec;
  readonly standing: TierStanding;
  /** ms of load since refining began, by side and in all, and what is left of the budget. */
  readonly spentMs: Readonly<Record<Side, number>>;
  readonly remainingMs: number;
  /** Refining bursts so far on the side. */
  readonly bursts: Readonly<Record<Side, number>>;
  /** Samples a second that the target completes near the estimate. */
  readonly samplesPerSecond: number;
  readonly meanE2eMs: number;
  /** Loads measured before, in units: a load within 2 % is used again, so that its samples pool. */
  readonly knownUnits: readonly number[];
  readonly lnLoad: (units: number) => number;
  readonly unitsOf: (lnLoad: number) => number;
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
const UNCERTIFIED_SHARE = 0.7;
const LATE_UNCERTIFIED_SHARE = 1.1;
const LATE_AFTER = 0.4;
const CERTIFIED_SHARE = 0.4;
const MAX_DISTANCE = 0.5;
const MIN_DISTANCE_SHARE = 0.4;
/** After half the budget and this many bursts without a bound: as far out as this. */
const DESPERATE_DISTANCE = 0.45;
const DESPERATE_BURSTS = 4;
const REUSE_WITHIN = 0.02;
const MIN_WINDOW_MS = 15_000;
const MAX_WINDOW_MS = 120_000;
const WINDOW_E2E = 4;
const WINDOW_SHARE_OF_SPENT = 0.35;

export function refineNext(context: RefineContext): RefineStep {
  const side = chooseSide(context);
  const distance = chooseDistance(context, side);
  const ln = context.standing.lnEstimate + (side === 'lower' ? -distance : distance);
  const units = reuse(context, insideBounds(context, side, context.unitsOf(ln)));
  return {
    side,
    units,
    windowMs: windowMs(context),
    reason: `${side} side, ${(100 * distance).toFixed(0)} % from the estimate`,
  };
}

function chooseSide({ standing, lnLoad, spentMs, spec }: RefineContext): Side {
  const { lnEstimate, lowerUnits, upperUnits } = standing;
  if (lnEstimate >= lnLoad(spec.maxUnits)) return 'lower';
  if (lnEstimate <= lnLoad(spec.minUnits)) return 'upper';
  const below = lowerUnits === undefined ? Infinity : lnEstimate - lnLoad(lowerUnits);
  const above = upperUnits === undefined ? Infinity : lnLoad(upperUnits) - lnEstimate;
  if (below === above) return spentMs.lower <= spentMs.upper ? 'lower' : 'upper';
  return below > above ? 'lower' : 'upper';
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
  const timeMs = Math.max(MIN_PLAN_MS, remainingMs * PLAN_SHARE);
  const s0 = selfCertifyDistance(standing, context.samplesPerSecond, timeMs);
  const bound = side === 'lower' ? standing.lowerUnits : standing.upperUnits;
  const used = 1 - remainingMs / spec.budget.loadMs;
  if (bound === undefined && used > 0.5 && context.bursts[side] >= DESPERATE_BURSTS) {
    return DESPERATE_DISTANCE;
  }
  const share =
    bound !== undefined
      ? CERTIFIED_SHARE
      : used > LATE_AFTER
        ? LATE_UNCERTIFIED_SHARE
        : UNCERTIFIED_SHARE;
  const least = MIN_DISTANCE_SHARE * Math.log(1 + spec.resolution);
  return Math.min(MAX_DISTANCE, Math.max(least, s0 * share));
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
  return Math.min(spec.maxUnits, Math.max(spec.minUnits, inside));
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
