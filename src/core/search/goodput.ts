/**
 * Goodput by load: good requests per second, with its interval, and where it is largest. The largest
 * goodput usually lies above the capacity (or, past a collapse, below it): both are told.
 */
import { toLoad } from './load-grid.ts';
import type { Observation } from './observation.ts';
import type { GoodputMaximum } from './result.ts';
import type { SearchSpec } from './spec.ts';

export interface GoodputAtLoad {
  readonly loadUnits: number;
  readonly rps: number;
  /** Standard error from the spread between blocks. */
  readonly rpsSe: number;
}

/** Two-sided normal quantile of the interval at 95 %; other confidences scale it through this table. */
const NORMAL_QUANTILE = 1.96;
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

export function goodputMaximum(
  spec: SearchSpec,
  log: readonly Observation[],
  tierIndex: number,
): GoodputMaximum | undefined {
  let best: GoodputAtLoad | undefined;
  for (const at of goodputByLoad(log, tierIndex)) {
    // Ranked by the lower end of its interval, so that a short lucky burst does not win.
    if (best === undefined || at.rps - at.rpsSe > best.rps - best.rpsSe) best = at;
  }
  if (best === undefined) return undefined;
  return {
    load: toLoad(spec.axis, best.loadUnits),
    rps: best.rps,
    rpsLow: Math.max(0, best.rps - NORMAL_QUANTILE * best.rpsSe),
    rpsHigh: best.rps + NORMAL_QUANTILE * best.rpsSe,
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
