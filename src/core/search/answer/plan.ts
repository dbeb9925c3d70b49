/**
 * Budget honesty: what a budget can resolve, said before the first probe, and what more it would
 * take, said when it was not enough. All from the certificate's own formula: an end of a bracket of
 * relative width w costs n = 2 Λ D / (information · (β ln(1 + w) / 2)²) samples.
 */
import type { TierStanding } from '../certify/assess.ts';
import { lowerThreshold } from '../certify/thresholds.ts';
import type { Observation } from '../observation.ts';
import type { CourseKind, ObjectiveSpec, SearchSpec } from '../spec.ts';
import type { SearchState } from '../state.ts';

export interface BudgetPlan {
  /** Requests that pass the strictest ratio objective when none is bad: Λ D / p0. */
  readonly requestsToPass: number;
  /** Requests near the limit for a bracket of the asked resolution, at a middling slope. */
  readonly requestsNearLimit: number;
  readonly sentence: string;
}

/** Slope and design effect of a middling endpoint (the prior of the curve), for the plan alone. */
const TYPICAL_SLOPE = 4;
const TYPICAL_DESIGN_EFFECT = 1.5;

export function planBudget(spec: SearchSpec): BudgetPlan {
  const strictest = strictestRatio(spec);
  const nats = lowerThreshold(spec.confidence);
  const requestsToPass = Math.ceil((nats * TYPICAL_DESIGN_EFFECT) / strictest);
  const distance = (TYPICAL_SLOPE * Math.log(1 + spec.resolution)) / 2;
  const information = strictest * (1 - strictest);
  const requestsNearLimit = Math.ceil(
    (2 * nats * TYPICAL_DESIGN_EFFECT) / (information * distance * distance),
  );
  const seconds = spec.budget.loadMs / 1_000;
  const rate = requestsNearLimit / (seconds / 2);
  const sentence =
    `A bad ratio of ${percent(strictest)} needs about ${round(requestsToPass)} requests to pass with ` +
    `none bad, and about ${round(requestsNearLimit)} an end for a bracket of ${percent(spec.resolution)} ` +
    `near the limit; in ${seconds} s of load that takes ${Number(rate.toPrecision(2))} req/s.`;
  return { requestsToPass, requestsNearLimit, sentence };
}

/** What a gate costs: an end of a bracket is not its business, how far the target is from the bound is. */
function planGate(spec: SearchSpec): BudgetPlan {
  const { requestsToPass } = planBudget(spec);
  // KL(p/2 || p) = p (ln(1/2) / 2 + 1/2) for a small p: nats of a sample when half of the allowed is bad.
  const halfBad = (1 - Math.LN2) / 2;
  const requestsNearLimit = Math.ceil(requestsToPass / halfBad);
  const seconds = spec.budget.loadMs / 1_000;
  const rate = requestsNearLimit / seconds;
  const sentence =
    `A bad ratio of ${percent(strictestRatio(spec))} needs about ${round(requestsToPass)} requests to pass ` +
    `with none bad, and about ${round(requestsNearLimit)} with half of the allowed; ` +
    `in ${seconds} s of load that takes ${Number(rate.toPrecision(2))} req/s.`;
  return { requestsToPass, requestsNearLimit, sentence };
}

export function planCourse(kind: CourseKind, spec: SearchSpec): BudgetPlan {
  return kind === 'search' ? planBudget(spec) : planGate(spec);
}

/** Why there is nothing to judge from. */
export function nothingCounted(log: readonly Observation[]): string {
  return log.length === 0
    ? 'no burst has ended yet'
    : 'every burst was voided: this machine could not measure well enough';
}

function strictestRatio(spec: SearchSpec): number {
  let least = 0.5;
  for (const tier of spec.tiers) {
    for (const objective of tier.objectives) least = Math.min(least, ratioOf(objective));
  }
  return least;
}

function ratioOf(objective: ObjectiveSpec): number {
  return objective.kind === 'ratio' ? objective.missRatio : 0.5;
}

/**
 * Load seconds in all until the bracket would be as narrow as asked. Undefined when it can't be said: nothing
 * was completed, or what was seen is so little that it speaks of less than has been spent in vain.
 */
export function neededLoadSeconds(state: SearchState, standing: TierStanding): number | undefined {
  const objective = standing.objectives[standing.binding];
  if (objective === undefined || objective.missing !== undefined) return undefined;
  const last = state.log[state.log.length - 1];
  const rate = last?.completedRps ?? 0;
  if (rate <= 0) return undefined;
  const nats = lowerThreshold(state.spec.confidence);
  const distance = (objective.curve.slope * Math.log(1 + state.spec.resolution)) / 2;
  const samples =
    (2 * nats * objective.designEffect) / (objective.information * distance * distance);
  const ends = 2;
  const needed = Math.ceil((ends * samples) / rate);
  return needed > spentSeconds(state) ? needed : undefined;
}

function spentSeconds({ log }: SearchState): number {
  return log.reduce((ms, o) => ms + o.loadMs, 0) / 1_000;
}

export function needsText(
  state: SearchState,
  standing: TierStanding,
  needed: number | undefined,
): string {
  const missing = standing.objectives.find((objective) => objective.missing !== undefined);
  if (missing !== undefined) return `${missing.id} could not be measured: ${missing.missing}`;
  const { budget, resolution } = state.spec;
  if (needed === undefined) {
    return state.log.some(({ completedRps }) => completedRps > 0)
      ? `a bracket of ${percent(resolution)} takes more load than was spent; how much more cannot be told`
      : 'not told: no request was completed';
  }
  const leftS = budget.loadMs / 1_000 - spentSeconds(state);
  const text =
    `a bracket of ${percent(resolution)} would take about ${round(needed)} s of load in all ` +
    `at the rate seen`;
  const width = resolvableWidth(resolution, needed, leftS);
  return width === undefined ? text : `${text}; what is left resolves about ${percent(width)}`;
}

/** A bracket wider than this is not worth naming. */
const MAX_NAMED_WIDTH = 3;

/** The width that `seconds` of load resolve, when `needed` resolve the asked one: time falls with width². */
function resolvableWidth(resolution: number, needed: number, seconds: number): number | undefined {
  if (seconds <= 0) return undefined;
  const width = Math.expm1(Math.log(1 + resolution) * Math.sqrt(needed / seconds));
  return width > resolution && width <= MAX_NAMED_WIDTH ? width : undefined;
}

function percent(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(3))} %`;
}

function round(value: number): string {
  return `${Number(value.toPrecision(2))}`;
}
