/**
 * A family says how the samples of one kind of objective are compared with a value, so that curve,
 * certificate and burst rule are written once for ratios and means.
 *
 * `link` maps a value to the scale on which the curve over ln(load) is assumed convex: logit for a
 * ratio of bad samples, ln for a mean. Gains and losses are log-likelihood differences in nats for
 * independent samples; the caller divides by the design effect.
 */
import { unreachable } from '../../base/result.ts';
import { bernoulliDivergence, logistic, logit, logLikelihoodGain } from '../../stats/likelihood.ts';
import type { CurveObjective } from '../spec.ts';

/** All samples of one objective at one load. */
export interface LoadPoint {
  readonly units: number;
  /** ln of the load. */
  readonly x: number;
  /** Samples, weighted. */
  readonly n: number;
  /** Mean of the samples: fraction of bad ones, or mean in ms. */
  readonly value: number;
  /** Variance of one sample (means only). */
  readonly variance: number;
}

export interface Family {
  /** The bound on the link scale: logit p0 or ln bound. */
  readonly target: number;
  /** The bound itself. */
  readonly bound: number;
  link(value: number): number;
  unlink(y: number): number;
  /** Nats by which `alternative` explains the point better than `nullValue`. */
  gain(point: LoadPoint, alternative: number, nullValue: number): number;
  /** Nats per sample between a true `value` and q (a divergence, >= 0). */
  divergence(point: LoadPoint, value: number, q: number): number;
  /** Nats per sample between the bound and a value at link distance d from it: information d² / 2. */
  information(point: LoadPoint | undefined): number;
}

/** Samples of a mean spread at least this much (coefficient of variation): no sample is exact. */
const MIN_VARIATION = 0.1;
/** Coefficient of variation assumed before any sample is seen. */
const PRIOR_VARIATION = 0.7;

export function familyOf(objective: CurveObjective): Family {
  switch (objective.kind) {
    case 'ratio':
      return ratioFamily(objective.missRatio);
    case 'mean':
      return meanFamily(objective.bound);
    default:
      return unreachable(objective);
  }
}

function ratioFamily(missRatio: number): Family {
  return {
    target: logit(missRatio),
    bound: missRatio,
    link: logit,
    unlink: logistic,
    gain: (point, alternative, nullValue) =>
      logLikelihoodGain(point.n * point.value, point.n, alternative, nullValue),
    divergence: (_point, value, q) => bernoulliDivergence(value, q),
    information: () => missRatio * (1 - missRatio),
  };
}

function meanFamily(bound: number): Family {
  const spread = (point: LoadPoint): number =>
    Math.max(point.variance, (MIN_VARIATION * Math.max(point.value, bound)) ** 2);
  return {
    target: Math.log(bound),
    bound,
    link: (value) => Math.log(Math.max(value, bound * 1e-9)),
    unlink: Math.exp,
    gain: (point, alternative, nullValue) =>
      (point.n * ((point.value - nullValue) ** 2 - (point.value - alternative) ** 2)) /
      (2 * spread(point)),
    divergence: (point, value, q) => (value - q) ** 2 / (2 * spread(point)),
    information: (point) =>
      point === undefined ? 1 / PRIOR_VARIATION ** 2 : bound ** 2 / spread(point),
  };
}
