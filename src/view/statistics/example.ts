/**
 * The example of the page on statistics: five loads with made-up counts, and what the formulas of the
 * search make of them. Only the counts are written down; every other figure is worked out.
 */
import { lowerThreshold, upperThreshold } from '../../core/search/certify/thresholds.ts';
import { logLikelihoodGain } from '../../core/stats/likelihood.ts';
import { type Interval, ratioInterval } from '../../core/stats/quantile.ts';

export const EXAMPLE = {
  slo: 'p99(ttft) < 500 ms',
  allowedRatio: 0.01,
  confidence: 0.95,
  /** A quiet endpoint's: requests that came in small clusters. */
  designEffect: 1.5,
} as const;

const COUNTS = [
  { load: 64, requests: 1_000, late: 1 },
  { load: 80, requests: 1_200, late: 6 },
  { load: 96, requests: 3_000, late: 13 },
  { load: 104, requests: 4_000, late: 63 },
  { load: 120, requests: 800, late: 32 },
] as const;

/** What a load shows by its own requests; `not yet` leaves it to the others and to more load. */
export type Shown = 'pass' | 'fail' | 'not yet';

export interface ExampleLoad {
  readonly load: number;
  readonly requests: number;
  readonly late: number;
  readonly ratio: Required<Interval>;
  /** How many times better the counts fit a load on the side where they lie than one at the limit. */
  readonly odds: number;
  readonly shown: Shown;
}

/** Odds that a verdict needs: of a pass, on which deployments act, and of a fail. */
export const NEEDED_ODDS = {
  pass: Math.exp(lowerThreshold(EXAMPLE.confidence)),
  fail: Math.exp(upperThreshold(EXAMPLE.confidence, 1)),
} as const;

export const EXAMPLE_LOADS: readonly ExampleLoad[] = COUNTS.map((counts) => {
  const { requests, late } = counts;
  const { allowedRatio, confidence, designEffect } = EXAMPLE;
  const side = late / requests < allowedRatio ? 'pass' : 'fail';
  const nats = logLikelihoodGain(late, requests, late / requests, allowedRatio) / designEffect;
  const odds = Math.exp(nats);
  return {
    ...counts,
    ratio: ratioInterval(late, requests, confidence, designEffect),
    odds,
    shown: odds >= NEEDED_ODDS[side] ? side : 'not yet',
  };
});

/** The bracket of the example: less load than one that passes passes too, more than one that fails fails. */
export const EXAMPLE_BRACKET = {
  lower: Math.max(...loadsShown('pass')),
  upper: Math.min(...loadsShown('fail')),
} as const;

function loadsShown(shown: Shown): readonly number[] {
  return EXAMPLE_LOADS.filter((one) => one.shown === shown).map(({ load }) => load);
}
