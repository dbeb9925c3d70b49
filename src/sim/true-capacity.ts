/**
 * The true capacity of a simulated server: the load at which the violations of the binding objective
 * reach their limit in a steady state, with the standard error of that load.
 */
import { assert } from '../core/base/result.ts';
import {
  runSteadyState,
  type SteadyObjective,
  type SteadyOptions,
  type SteadyRun,
} from './steady-state.ts';
import type { TrafficPlan } from './traffic.ts';

export interface TruthOptions extends SteadyOptions {
  readonly minLoad: number;
  readonly maxLoad: number;
}

export type Truth =
  | {
      readonly kind: 'crossing';
      /** Between two loads, so not an integer for streams: capacity holds below, fails above. */
      readonly load: number;
      readonly standardError: number;
      readonly binding: string;
      /** d ln violations / d ln load there. */
      readonly slope: number;
      readonly runs: readonly SteadyRun[];
    }
  /** The whole range passes or fails. */
  | { readonly kind: 'none'; readonly wholeRange: 'passes' | 'fails' };

/** Placing needs a twentieth of the requests: it must only come within a few percent. */
const PLACING_SHARE = 20;
const PLACING_LEAST = 4_000;
/** Placing stops when the two ends are this close. */
const PLACING_RATIO = 1.06;
/** Distance of the long runs in ln load: near enough for a straight line in ln-ln. */
const SPACING = 0.035;
const LONG_RUNS = [-2, -1, 0, 1, 2] as const;

export function findTrueCapacity(
  plan: TrafficPlan,
  objectives: readonly SteadyObjective[],
  options: TruthOptions,
): Truth {
  const placed = place(plan, objectives, options);
  if (typeof placed === 'string') return { kind: 'none', wholeRange: placed };
  const loads = new Set(
    LONG_RUNS.map((k) => nearLoad(plan, placed, k)).map((load) =>
      Math.min(options.maxLoad, Math.max(options.minLoad, load)),
    ),
  );
  // Each run has a seed of its own: a shared one would leave all of them wrong in the same direction.
  const runs = [...loads]
    .sort((a, b) => a - b)
    .map((load, i) =>
      runSteadyState(plan, load, objectives, { ...options, seed: `${options.seed}/${i}` }),
    );
  const binding = bindingAt(runs, objectives);
  const points = runs.map((run) => pointOf(run, binding, objectives));
  const line = fitLine(points) ?? interpolate(points);
  return { kind: 'crossing', ...line, binding: objectives[binding]?.text ?? '', runs };
}

/** The k-th long run near `placed`. Streams come whole: near a small count they are neighbours. */
function nearLoad(plan: TrafficPlan, placed: number, k: number): number {
  const load = placed * Math.exp(k * SPACING);
  if (plan.axis === 'request_rate') return load;
  return placed * SPACING < 1 ? Math.floor(placed) + k : Math.round(load);
}

/** Violations of the worst objective in units of its limit. */
function worstOf(run: SteadyRun, objectives: readonly SteadyObjective[]): number {
  if (run.unstable) return Number.POSITIVE_INFINITY;
  return Math.max(...run.violations.map((v, i) => v.mean / (objectives[i]?.limit ?? 1)));
}

function place(
  plan: TrafficPlan,
  objectives: readonly SteadyObjective[],
  options: TruthOptions,
): number | 'passes' | 'fails' {
  const requests = Math.max(PLACING_LEAST, Math.round(options.requests / PLACING_SHARE));
  // One seed for all of them: common random numbers keep the bisection from turning on noise.
  const passes = (load: number): boolean =>
    worstOf(runSteadyState(plan, load, objectives, { ...options, requests }), objectives) <= 1;
  let [low, high] = [options.minLoad, options.maxLoad];
  if (!passes(low)) return 'fails';
  if (passes(high)) return 'passes';
  const least = plan.axis === 'concurrency' ? 1 : 0;
  while (high / low > PLACING_RATIO && high - low > least) {
    const exact = Math.sqrt(low * high);
    const middle = least === 0 ? exact : Math.min(high - 1, Math.max(low + 1, Math.round(exact)));
    if (passes(middle)) low = middle;
    else high = middle;
  }
  return least === 1 && high - low === 1 ? low : Math.sqrt(low * high);
}

interface Point {
  readonly lnLoad: number;
  /** ln (violations / limit). */
  readonly lnRatio: number;
  readonly standardError: number;
}

interface Crossing {
  readonly load: number;
  readonly standardError: number;
  readonly slope: number;
}

function pointOf(run: SteadyRun, i: number, objectives: readonly SteadyObjective[]): Point {
  const limit = objectives[i]?.limit ?? 1;
  const { mean, standardError } = run.violations[i] ?? { mean: 0, standardError: 0 };
  // Half a violation stands for none; a single one is as uncertain as itself.
  const floor = 0.5 / Math.max(1, run.requests);
  return {
    lnLoad: Math.log(run.load),
    lnRatio: Math.log(Math.max(mean, floor) / limit),
    standardError: Math.max(standardError, floor) / Math.max(mean, floor),
  };
}

/** The objective that is worst where the worst one crosses its limit. */
function bindingAt(runs: readonly SteadyRun[], objectives: readonly SteadyObjective[]): number {
  const at = runs.find((run) => worstOf(run, objectives) > 1) ?? runs.at(-1);
  assert(at !== undefined, 'no long run');
  const ratios = at.violations.map((v, i) => v.mean / (objectives[i]?.limit ?? 1));
  return ratios.indexOf(Math.max(...ratios));
}

/** Misfit (chi-squared a degree of freedom) from which on the points do not lie on a line. */
const MAX_MISFIT = 3;

/** Weighted least squares of lnRatio on lnLoad; undefined when they do not lie on a line. */
function fitLine(points: readonly Point[]): Crossing | undefined {
  if (points.length < 3) return undefined;
  const weighted = points.map((p) => ({ ...p, weight: 1 / p.standardError ** 2 }));
  const total = weighted.reduce((s, p) => s + p.weight, 0);
  const mean = (of: (p: Point) => number): number =>
    weighted.reduce((s, p) => s + p.weight * of(p), 0) / total;
  const centre = mean((p) => p.lnLoad);
  const height = mean((p) => p.lnRatio);
  const spread = mean((p) => (p.lnLoad - centre) ** 2);
  const slope = mean((p) => (p.lnLoad - centre) * (p.lnRatio - height)) / spread;
  const misfit =
    (total * mean((p) => (p.lnRatio - height - slope * (p.lnLoad - centre)) ** 2)) /
    (points.length - 2);
  if (!(slope > 0) || misfit > MAX_MISFIT) return undefined;
  const distance = -height / slope;
  const lnError = Math.sqrt((1 + distance ** 2 / spread) / total) / slope;
  const load = Math.exp(centre + distance);
  return { load, slope, standardError: load * lnError };
}

/** Between the last point under its limit and the next one over it: walls and knees. */
function interpolate(points: readonly Point[]): Crossing {
  const over = points.findIndex((p) => p.lnRatio > 0);
  const [below, above] = over > 0 ? [points[over - 1], points[over]] : [points[0], points.at(-1)];
  assert(below !== undefined && above !== undefined, 'no two long runs');
  const slope = (above.lnRatio - below.lnRatio) / (above.lnLoad - below.lnLoad);
  const load = Math.exp(below.lnLoad - below.lnRatio / slope);
  const lnError = Math.max(below.standardError, above.standardError) / slope;
  return { load, slope, standardError: load * lnError };
}
