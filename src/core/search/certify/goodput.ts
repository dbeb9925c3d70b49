/**
 * Goodput by load: good requests per second, with its interval, and where it is largest. The largest
 * goodput usually lies above the capacity (or, past a collapse, below it): both are told.
 */
import { normalQuantile } from '../../stats/normal.ts';
import type { GoodputMaximum } from '../answer/result.ts';
import { toLoad } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import type { SearchSpec } from '../spec.ts';

export interface GoodputAtLoad {
  readonly loadUnits: number;
  readonly rps: number;
  /** Standard error from the spread between blocks. */
  readonly rpsSe: number;
}

/** With fewer blocks than this the spread is taken as Poisson with a doubled variance. */
const MIN_BLOCKS = 4;
const FEW_BLOCKS_INFLATION = 2;

export function goodputByLoad(log: readonly Observation[], tierIndex: number): GoodputAtLoad[] {
  const byLoad = new Map<number, { seconds: number; good: number }[]>();
  for (const observation of log) {
    if (observation.end === 'voided') continue;
    const blocks = observation.goodBlocks[tierIndex] ?? [];
    byLoad.set(observation.loadUnits, [...(byLoad.get(observation.loadUnits) ?? []), ...blocks]);
  }
  return [...byLoad.entries()]
    .map(([loadUnits, blocks]) => rateOf(loadUnits, blocks))
    .filter((at) => Number.isFinite(at.rps))
    .sort((a, b) => a.loadUnits - b.loadUnits);
}

function rateOf(
  loadUnits: number,
  blocks: readonly { readonly seconds: number; readonly good: number }[],
): GoodputAtLoad {
  let seconds = 0;
  let good = 0;
  for (const block of blocks) {
    seconds += block.seconds;
    good += block.good;
  }
  if (seconds <= 0) return { loadUnits, rps: Number.NaN, rpsSe: Number.NaN };
  const rps = good / seconds;
  let variance = (FEW_BLOCKS_INFLATION * Math.max(1, good)) / seconds ** 2;
  if (blocks.length >= MIN_BLOCKS) {
    let squares = 0;
    for (const block of blocks) squares += (block.good - rps * block.seconds) ** 2;
    const spread = (squares / seconds ** 2) * (blocks.length / (blocks.length - 1));
    variance = Math.max(spread, Math.max(1, good) / seconds ** 2 / FEW_BLOCKS_INFLATION);
  }
  return { loadUnits, rps, rpsSe: Math.sqrt(variance) };
}

/**
 * The load with the largest goodput among those measured, with simultaneous intervals (Bonferroni over
 * the loads: the largest of many noisy values is too large). `loadLow` and `loadHigh` are the nearest
 * measured loads outside, at which the goodput is surely less: the maximum lies between them.
 */
export function goodputMaximum(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): GoodputMaximum | undefined {
  const points = goodputByLoad(log, tierIndex);
  const z = normalQuantile(1 - (1 - spec.confidence) / (2 * Math.max(1, points.length)));
  let best: GoodputAtLoad | undefined;
  let low = 0;
  let high = 0;
  for (const at of points) {
    // Ranked by the lower end, so that a short lucky burst does not win.
    if (best === undefined || at.rps - z * at.rpsSe > best.rps - z * best.rpsSe) best = at;
    low = Math.max(low, at.rps - z * at.rpsSe);
    high = Math.max(high, at.rps + z * at.rpsSe);
  }
  if (best === undefined) return undefined;
  const { loadUnits } = best;
  const surelyLess = points.filter((at) => at.rps + z * at.rpsSe < low);
  const below = surelyLess.filter((at) => at.loadUnits < loadUnits).at(-1);
  const above = surelyLess.find((at) => at.loadUnits > loadUnits);
  return {
    load: toLoad(spec.axis, loadUnits),
    ...(below === undefined ? {} : { loadLow: toLoad(spec.axis, below.loadUnits) }),
    ...(above === undefined ? {} : { loadHigh: toLoad(spec.axis, above.loadUnits) }),
    rps: best.rps,
    rpsLow: low,
    rpsHigh: high,
  };
}

/** Goodput at a load that need not have been measured: linear between the measured neighbours. */
export function goodputAt(
  log: readonly Observation[],
  tierIndex: number,
  loadUnits: number,
): number | undefined {
  const points = goodputByLoad(log, tierIndex);
  const exact = points.find((point) => point.loadUnits === loadUnits);
  if (exact !== undefined) return exact.rps;
  const right = points.find((point) => point.loadUnits > loadUnits);
  const left = points.filter((point) => point.loadUnits < loadUnits).at(-1);
  if (left === undefined || right === undefined) return undefined;
  const share = (loadUnits - left.loadUnits) / (right.loadUnits - left.loadUnits);
  return left.rps + share * (right.rps - left.rps);
}
