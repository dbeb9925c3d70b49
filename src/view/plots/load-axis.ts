/** The logarithmic axes: their ends, ticks and the places of probes that share a load. */
import type { Question } from '../../core/policy/question.ts';
import type { TierResult } from '../../core/search/answer/result.ts';

/** Beside the outermost load, as a factor: a mark at the edge stays whole. */
const EDGE = 1.25;
/** Fewer round numbers than this, and the axis is divided evenly instead. */
const MIN_TICKS = 3;
/** Probes of one load stand this share of the axis apart, ... */
const SIDE_STEP = 0.018;
/** ... but all together take no more than this: their load must stay readable. */
const SIDE_SPAN = 0.045;

export type Domain = readonly [low: number, high: number];

/**
 * While a search runs the axis is the whole range asked for, so that nothing jumps; afterwards it is
 * what was measured and shown. No point is ever outside.
 */
export function loadDomain(
  question: Question,
  running: boolean,
  loads: readonly number[],
  tiers: readonly TierResult[],
): Domain {
  const { minLoad, maxLoad } = question;
  const bounds = tiers.flatMap((tier) => [tier.lower ?? minLoad, tier.upper ?? maxLoad]);
  const shown =
    running || loads.length === 0 ? [...loads, minLoad, maxLoad] : [...loads, ...bounds];
  return [Math.min(...shown) / EDGE, Math.max(...shown) * EDGE];
}

/** Round numbers of 1, 2, 5 by decade; of a short stretch, even steps. */
export function logTicks([low, high]: Domain): number[] {
  const decades: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const digit of [1, 2, 5]) decades.push(Number(`${digit}e${e}`));
  }
  const inside = decades.filter((tick) => tick >= low && tick <= high);
  return inside.length >= MIN_TICKS ? inside : evenTicks([low, high]);
}

/** About six steps of 1, 2 or 5 times a power of ten. */
export function evenTicks([low, high]: Domain): number[] {
  const raw = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    ticks.push(Number((i * step).toPrecision(6)));
  }
  return ticks;
}

/** Positions of loads on the axis: those that are equal stand side by side, in their order. */
export function sideBySide(loads: readonly number[], [low, high]: Domain): number[] {
  const width = Math.log(high / low);
  return loads.map((load, i) => {
    const same = loads.flatMap((other, j) => (other === load ? [j] : []));
    const step = width * Math.min(SIDE_STEP, SIDE_SPAN / Math.max(1, same.length - 1));
    return load * Math.exp((same.indexOf(i) - (same.length - 1) / 2) * step);
  });
}
