/**
 * Where the capacity seems to lie before there are enough bad samples to say: at the load at which
 * the latency itself, at the asked quantile, crosses its bound. It centres the prior of the curve.
 */
import { isotonicFit } from '../../stats/isotonic.ts';
import { lnLoadOf } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { explorationOf, worstOf } from '../place/explore.ts';
import type { SearchSpec } from '../spec.ts';
import type { Anchor } from './curve.ts';

/**
 * The quantile of a short burst is noisy, by about this in ln(latency): where latency rises steeply with
 * the load the crossing is known all the better. Within limits (in ln load).
 */
const LATENCY_SD = 0.4;
const CROSSING_SD_MIN = 0.06;
const CROSSING_SD_MAX = 0.35;
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

/** ln(latency / bound) against ln(load), isotonic over the loads, interpolated to zero. */
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
  const first = fit.findIndex((y) => y >= 0);
  const over = loads[first];
  const under = loads[first - 1];
  if (over === undefined || under === undefined) return undefined;
  const low = fit[first - 1] ?? 0;
  const high = fit[first] ?? 0;
  const share = high > low ? -low / (high - low) : 1;
  const gap = lnLoad(over[0]) - lnLoad(under[0]);
  const sd = (LATENCY_SD * gap) / Math.max(1e-9, high - low);
  return {
    ln: lnLoad(under[0]) + share * gap,
    sd: Math.min(CROSSING_SD_MAX, Math.max(CROSSING_SD_MIN, sd)),
  };
}
