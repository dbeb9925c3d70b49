/**
 * Where the capacity seems to lie before there are enough bad samples to say: at the load at which
 * the latency itself, at the asked quantile, crosses its bound. It centres the prior of the curve.
 */
import { isotonicFit } from '../../stats/isotonic.ts';
import { normalCdf } from '../../stats/normal.ts';
import { lnLoadOf } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { explorationOf, worstOf } from '../place/explore.ts';
import type { SearchSpec } from '../spec.ts';
import type { Anchor } from './curve.ts';

/** The quantile of a short burst is noisy, by about this in ln(latency). */
const LATENCY_SD = 0.2;
/** The crossing is known no better and counts as known no worse than this (standard deviation, ln load). */
const CROSSING_SD_MIN = 0.06;
const CROSSING_SD_MAX = 0.35;
/** Where the fit itself crosses, the crossing lies within so many deviations of the latency, evenly. */
const CROSSING_REACH_SDS = 1.7;
/** It may lie so far beyond the loads measured. */
const REACH_BELOW = 0.7;
const REACH_ABOVE = 0.35;
/** Without a crossing: below the lowest load that looked bad, or above the highest that looked good. */
const BELOW_BAD = 0.25;
const BAD_SD = 0.5;
const ABOVE_GOOD = 0.4;
const GOOD_SD = 0.7;

export function anchorOf(spec: SearchSpec, log: readonly Observation[], tierIndex: number): Anchor {
  const lnLoad = lnLoadOf(spec.axis);
  const crossing = crossingOf(log, tierIndex, lnLoad);
  if (crossing !== undefined) return crossing;
  const { goodUnits, badUnits } = explorationOf(spec, log, tierIndex);
  if (badUnits !== undefined) return { ln: lnLoad(badUnits) - BELOW_BAD, sd: BAD_SD };
  return { ln: lnLoad(goodUnits ?? spec.minUnits) + ABOVE_GOOD, sd: GOOD_SD };
}

/** ln(latency / bound) against ln(load), isotonic over the loads: where does it cross zero? */
function crossingOf(
  log: readonly Observation[],
  tierIndex: number,
  lnLoad: (units: number) => number,
): Anchor | undefined {
  const byLoad = new Map<number, { sum: number; weight: number }>();
  for (const observation of log) {
    const worst = worstOf(observation, tierIndex);
    if (!(worst > 0)) continue;
    const at = byLoad.get(observation.loadUnits) ?? { sum: 0, weight: 0 };
    at.sum += observation.windowMs * Math.log(worst);
    at.weight += observation.windowMs;
    byLoad.set(observation.loadUnits, at);
  }
  const loads = [...byLoad.entries()].sort((a, b) => a[0] - b[0]);
  const fit = isotonicFit(
    loads.map(([, at]) => at.sum / Math.max(1, at.weight)),
    loads.map(([, at]) => at.weight),
  );
  const xs = loads.map(([units]) => lnLoad(units));
  return crossingFrom(xs, fit);
}

/**
 * Mean and standard deviation of the crossing, from noisy fitted y = ln(latency / bound) at rising x. A load
 * lies above it with probability Φ(y / σ), so the part of it that two neighbours differ by lies between
 * them: a load whose latency is just under the bound leaves room below, one far under it (before a wall)
 * leaves none.
 */
function crossingFrom(xs: readonly number[], fit: readonly number[]): Anchor | undefined {
  const first = fit.findIndex((y) => y >= 0);
  if (first < 1) return undefined;
  let mean = 0;
  let square = 0;
  let below = 0;
  for (let i = 0; i <= xs.length; i++) {
    const upTo = i < xs.length ? normalCdf((fit[i] ?? 0) / LATENCY_SD) : 1;
    const [low, high] = i === first ? crossingGap(xs, fit, i) : gap(xs, i);
    const middle = (low + high) / 2;
    mean += (upTo - below) * middle;
    square += (upTo - below) * (middle * middle + (high - low) ** 2 / 12);
    below = upTo;
  }
  const sd = Math.sqrt(Math.max(0, square - mean * mean));
  return { ln: mean, sd: Math.min(CROSSING_SD_MAX, Math.max(CROSSING_SD_MIN, sd)) };
}

/** From the load before i to load i; the ends reach beyond the loads. */
function gap(xs: readonly number[], i: number): readonly [low: number, high: number] {
  const before = xs[i - 1];
  const at = xs[i];
  if (at === undefined) return [before ?? 0, (before ?? 0) + REACH_ABOVE];
  return [before ?? at - REACH_BELOW, at];
}

function crossingGap(
  xs: readonly number[],
  fit: readonly number[],
  i: number,
): readonly [low: number, high: number] {
  const [low, high] = gap(xs, i);
  const from = fit[i - 1] ?? 0;
  const perLatency = (high - low) / Math.max(1e-9, (fit[i] ?? 0) - from);
  const reach = CROSSING_REACH_SDS * LATENCY_SD;
  return [
    Math.max(low, low + (-from - reach) * perLatency),
    Math.min(high, low + (-from + reach) * perLatency),
  ];
}
