/** The axis of the quantity that an objective bounds: its scale, ends and ticks. */
import type { Objective } from '../../core/policy/objective.ts';
import type { Interval } from '../../core/probe/probe-report.ts';
import { type Domain, evenTicks, logTicks } from './load-axis.ts';
import { figure, percentText } from './numbers.ts';

export interface ValueAxis {
  readonly type: 'log' | 'linear';
  readonly domain: Domain;
  readonly ticks: readonly number[];
  readonly label: string;
  readonly unit: 'ms' | 'ratio' | 'req/s';
  readonly format: (value: number) => string;
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
      return { type: 'log', domain, ticks: logTicks(domain), label, unit: 'ms', format: figure };
    }
    case 'attainment':
    case 'error_rate': {
      const domain: Domain =
        objective.kind === 'attainment'
          ? [Math.min(2 * bound - 1, ...values), 1]
          : [0, Math.min(1, Math.max(2 * bound, ...values))];
      const label = objective.kind === 'attainment' ? 'good requests, %' : 'failed requests, %';
      const ticks = evenTicks(domain);
      return { type: 'linear', domain, ticks, label, unit: 'ratio', format: percentNumber };
    }
    case 'goodput': {
      const domain: Domain = [0, Math.max(bound, ...values) * HEADROOM];
      const ticks = evenTicks(domain);
      return { type: 'linear', domain, ticks, label: 'good req/s', unit: 'req/s', format: figure };
    }
  }
}

/** `p99(ttft)`, `mean(e2e)`. */
export function nameOf(objective: Objective): string {
  if (objective.kind === 'quantile') {
    return `p${Number((objective.q * 100).toPrecision(6))}(${objective.metric})`;
  }
  return objective.kind === 'mean' ? `mean(${objective.metric})` : objective.kind;
}

function percentNumber(ratio: number): string {
  return percentText(ratio).replace(' %', '');
}
