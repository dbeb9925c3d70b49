/**
 * The answers of searches as gauges: brackets by policy, target and tier. An answer stays until the next
 * one to the same question; the oldest goes when there are too many, so that targets with ever new
 * addresses cannot fill the scraper.
 */
import { Gauge, type Registry } from 'prom-client';
import type { StoredSearch } from './service/store/store-port.ts';

export interface CapacityGauges {
  /** Of any search: only one that is done has an answer. */
  tell(search: StoredSearch): void;
}

/** Policies × targets × tiers of one installation; a nightly matrix has about fifty. */
const MAX_SERIES = 300;

interface Series {
  readonly policy: string;
  readonly target: string;
  readonly tier: string;
}

const LABELS = ['policy', 'target', 'tier'] as const;

export function createCapacityGauges(registry: Registry): CapacityGauges {
  const bracket = (unit: string, what: string) =>
    new Gauge({
      name: `plimsoll_capacity_${unit}`,
      help: `Largest ${what} shown to pass (lower, 0: none) and smallest shown to fail (upper)`,
      labelNames: [...LABELS, 'bound'],
      registers: [registry],
    });
  const byAxis = {
    concurrency: bracket('concurrency', 'number of streams'),
    request_rate: bracket('requests_per_second', 'rate'),
  };
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: [...LABELS], registers: [registry] });
  const goodput = gauge(
    'plimsoll_goodput_requests_per_second',
    'Good requests per second at the capacity',
  );
  const completed = gauge(
    'plimsoll_search_completed_timestamp_seconds',
    'When the newest answer was complete',
  );
  /** Oldest first. */
  const known = new Map<string, Series>();

  function forget(series: Series): void {
    for (const one of Object.values(byAxis)) {
      for (const bound of ['lower', 'upper']) one.remove({ ...series, bound });
    }
    goodput.remove(series);
    completed.remove(series);
  }

  function keep(series: Series): void {
    const key = JSON.stringify(series);
    if (known.delete(key)) forget(series);
    known.set(key, series);
    const [oldest] = known;
    if (known.size <= MAX_SERIES || oldest === undefined) return;
    known.delete(oldest[0]);
    forget(oldest[1]);
  }

  return {
    tell({ kind, state, question, result, endedAtMs }) {
      if (kind !== 'search' || state !== 'done' || result === undefined) return;
      const policy = question.policy ?? 'inline';
      const target = URL.parse(question.target.baseUrl)?.host ?? 'unknown';
      for (const tier of result.tiers) {
        const series: Series = { policy, target, tier: tier.tier };
        keep(series);
        const capacity = byAxis[question.axis];
        capacity.set({ ...series, bound: 'lower' }, tier.lower ?? 0);
        if (tier.upper !== undefined) capacity.set({ ...series, bound: 'upper' }, tier.upper);
        if (tier.goodputRps !== undefined) goodput.set({ ...series }, tier.goodputRps);
        if (endedAtMs !== undefined) completed.set({ ...series }, endedAtMs / 1_000);
      }
    },
  };
}
