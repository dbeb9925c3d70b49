/** The axis of the quantity that an objective bounds: its scale, ends and ticks. */
import type { Objective } from '../../core/policy/objective.ts';
import type { Interval } from '../../core/probe/probe-report.ts';
import { type Domain, evenTicks, logTicks } from './load-axis.ts';
import { figure, percentText } from './numbers.ts';

export interface ValueAxis {
  readonly type: 'log' | 'linear' | 'sqrt';
  readonly domain: Domain;
  readonly ticks: readonly number[];
  readonly label: string;
  readonly unit: 'ms' | 'ratio' | 'req/s';
  readonly format: (value: number) => string;
  /** Where a measured value stands on the axis. */
  readonly place: (value: number) => number;
}

/** Around the bound there is always room to see a probe on either side. */
const BELOW_BOUND = 8;
const ABOVE_BOUND = 4;
/** Free above the largest value, as a factor. */
const HEADROOM = 1.3;

export function boundOf(objective: Objective): number {
  switch (objective.kind) {
    case 'quantile':
    case 'mean':
      return objective.boundMs;
    case 'attainment':
    case 'error_rate':
      return objective.ratio;
    case 'goodput':
      return objective.boundRps;
  }
}

/** Times are shown on a logarithmic axis; they span decades and their bound must stay readable. */
export function valueAxis(objective: Objective, measured: readonly Interval[]): ValueAxis {
  const bound = boundOf(objective);
  const values = measured.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  switch (objective.kind) {
    case 'quantile':
    case 'mean': {
      const positive = values.filter((value) => value > 0);
      const domain: Domain = [
        Math.min(bound / BELOW_BOUND, ...positive.map((value) => value / HEADROOM)),
        Math.max(bound * ABOVE_BOUND, ...positive.map((value) => value * HEADROOM)),
      ];
      const label = `${nameOf(objective)}, ms (log)`;
      const ticks = logTicks(domain);
      return { type: 'log', domain, ticks, label, unit: 'ms', format: figure, place: asItIs };
    }
    case 'attainment':
      return missAxis('requests that are not good, % (root)', values, bound, (ratio) => 1 - ratio);
    case 'error_rate':
      return missAxis('failed requests, % (root)', values, bound, asItIs);
    case 'goodput': {
      const domain: Domain = [0, Math.max(bound, ...values) * HEADROOM];
      const ticks = evenTicks(domain);
      const label = 'good req/s';
      return { type: 'linear', domain, ticks, label, unit: 'req/s', format: figure, place: asItIs };
    }
  }
}

const asItIs = (value: number): number => value;

/** Ticks stand at least this share of the axis apart. */
const LEAST_STEP = 0.09;

/**
 * Misses run from none to all, and the bound is often one in a hundred: a logarithm has no place for
 * none, a root shows both. Up is bad, as with times.
 */
function missAxis(
  label: string,
  values: readonly number[],
  bound: number,
  place: (ratio: number) => number,
): ValueAxis {
  const misses = values.map(place);
  const top = Math.min(1, Math.max(ABOVE_BOUND * place(bound), ...misses) * HEADROOM);
  const ticks: number[] = [0];
  const round = [-4, -3, -2, -1, 0].flatMap((e) => [1, 2, 5].map((digit) => digit * 10 ** e));
  for (const tick of round) {
    if (tick > top) break;
    if (Math.sqrt(tick / top) - Math.sqrt((ticks.at(-1) ?? 0) / top) >= LEAST_STEP)
      ticks.push(tick);
  }
  const domain: Domain = [0, top];
  return { type: 'sqrt', domain, ticks, label, unit: 'ratio', format: percentNumber, place };
}

/** `p99(ttft)`, `mean(e2e)`. */
export function nameOf(objective: Objective): string {
  const of = objective.part === undefined ? '' : `, ${objective.part}`;
  switch (objective.kind) {
    case 'quantile':
      return `p${Number((objective.q * 100).toPrecision(6))}(${objective.metric}${of})`;
    case 'mean':
      return `mean(${objective.metric}${of})`;
    default:
      return `${objective.kind}${of}`;
  }
}

function percentNumber(ratio: number): string {
  return percentText(ratio).replace(' %', '');
}
