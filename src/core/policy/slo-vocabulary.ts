/** Every word that an SLO text may use: metrics and their synonyms, statistics, units. */
import type { LatencyMetric } from './objective.ts';

/** Canonical order: also the order of the bounds of an attainment. */
export const METRICS: readonly LatencyMetric[] = ['ttft', 'ttft_from_send', 'tpot', 'itl', 'e2e'];

const METRIC_WORDS: ReadonlyMap<string, LatencyMetric> = new Map<string, LatencyMetric>([
  ['ttft', 'ttft'],
  ['time_to_first_token', 'ttft'],
  ['ttft_from_send', 'ttft_from_send'],
  ['tpot', 'tpot'],
  ['time_per_output_token', 'tpot'],
  ['itl', 'itl'],
  ['tbt', 'itl'],
  ['inter_token_latency', 'itl'],
  ['time_between_tokens', 'itl'],
  ['e2e', 'e2e'],
  ['e2el', 'e2e'],
  ['e2e_latency', 'e2e'],
  ['request_latency', 'e2e'],
]);

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['microsecond', 0.001],
  ['microseconds', 0.001],
  ['ms', 1],
  ['millisecond', 1],
  ['milliseconds', 1],
  ['s', 1_000],
  ['sec', 1_000],
  ['second', 1_000],
  ['seconds', 1_000],
  ['min', 60_000],
  ['minute', 60_000],
  ['minutes', 60_000],
]);

const REQUEST_WORDS: ReadonlySet<string> = new Set(['req', 'reqs', 'request', 'requests']);
const RATE_WORDS: ReadonlySet<string> = new Set(['rps', 'qps']);

export const METRIC_LIST = METRICS.join(', ');
export const STATISTIC_LIST = 'p50 to p99.99, median, mean, attainment(...), error_rate or goodput';
export const TIME_UNIT_LIST = 'us, ms, s or min';
export const RATE_UNIT_LIST = 'req/s, req/min or rps';

export function metricNamed(word: string): LatencyMetric | undefined {
  return METRIC_WORDS.get(word.toLowerCase());
}

export function unitMs(word: string): number | undefined {
  return UNIT_MS.get(word.toLowerCase());
}

/** `req`, `requests`: what a rate counts. */
export function isRequestWord(word: string): boolean {
  return REQUEST_WORDS.has(word.toLowerCase());
}

export function isRateWord(word: string): boolean {
  return RATE_WORDS.has(word.toLowerCase());
}

/** What a word before `(...)` or alone may mean. */
export type Statistic =
  | { readonly kind: 'percentile'; readonly digits: string }
  | { readonly kind: 'mean' | 'attainment' | 'error_rate' | 'goodput' };

export function statisticNamed(word: string): Statistic | undefined {
  const name = word.toLowerCase();
  if (/^p\d+(\.\d*)?$/.test(name)) return { kind: 'percentile', digits: name.slice(1) };
  switch (name) {
    case 'median':
      return { kind: 'percentile', digits: '50' };
    case 'mean':
    case 'avg':
    case 'average':
      return { kind: 'mean' };
    case 'attainment':
    case 'error_rate':
    case 'goodput':
      return { kind: name };
    default:
      return undefined;
  }
}
