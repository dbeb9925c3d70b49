/**
 * What certainty costs, as tables of the page on statistics: worked out by the plan that the service
 * tells before each search, so that the page cannot promise other prices than `POST /v1/policies/check`.
 */
import { planBudget } from '../../core/search/answer/plan.ts';
import { lowerThreshold } from '../../core/search/certify/thresholds.ts';
import type { SearchSpec } from '../../core/search/spec.ts';

export const CONFIDENCE = 0.95;
export const WIDTHS = [0.1, 0.25, 0.5] as const;
export const DESIGN_EFFECTS = [1.5, 3, 10] as const;
/** Requests are put into seconds at this rate: a small endpoint's. */
export const EXAMPLE_RPS = 20;
const P99_RATIO = 0.01;

export interface Price {
  readonly slo: string;
  readonly allowedRatio: number;
  readonly toPass: number;
  /** Requests for both ends of a bracket, by `WIDTHS`. */
  readonly bothEnds: readonly number[];
}

const QUANTILES = [
  { slo: 'p90', allowedRatio: 0.1 },
  { slo: 'p95', allowedRatio: 0.05 },
  { slo: 'p99', allowedRatio: P99_RATIO },
  { slo: 'p99.9', allowedRatio: 0.001 },
] as const;

export const PRICES: readonly Price[] = QUANTILES.map(({ slo, allowedRatio }) => ({
  slo,
  allowedRatio,
  toPass: planBudget(specOf(allowedRatio, WIDTHS[0])).requestsToPass,
  bothEnds: WIDTHS.map((width) => 2 * planBudget(specOf(allowedRatio, width)).requestsNearLimit),
}));

/** Requests that pass a p99 when none is late, by `DESIGN_EFFECTS`: Λ D / p0. */
export const CLUSTERED_PRICES: readonly number[] = DESIGN_EFFECTS.map(
  (effect) => (lowerThreshold(CONFIDENCE) * effect) / P99_RATIO,
);

/** Of a spec the plan reads the ratio, the confidence, the width and the seconds. */
function specOf(missRatio: number, resolution: number): SearchSpec {
  const objective = { kind: 'ratio', id: 'slo', missRatio, counted: 'completion' } as const;
  return {
    axis: 'concurrency',
    minUnits: 1,
    maxUnits: 1,
    tiers: [{ name: 'slo', objectives: [objective] }],
    confidence: CONFIDENCE,
    resolution,
    budget: { loadMs: 600_000, requests: 1, outputTokens: 1 },
  };
}
