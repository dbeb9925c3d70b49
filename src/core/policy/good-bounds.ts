/** What makes a request good under a tier: every per-request latency bound that the tier names. */
import type { RequestBound, SloTier } from './objective.ts';

/**
 * Bounds of the quantile and attainment objectives. Gaps (`itl`) and means are not properties of one
 * request and bound no request.
 */
export function goodBoundsOf(tier: SloTier): RequestBound[] {
  return tier.objectives.flatMap((objective): readonly RequestBound[] => {
    if (objective.kind === 'attainment') return objective.bounds;
    if (objective.kind !== 'quantile' || objective.metric === 'itl') return [];
    return [{ metric: objective.metric, operator: objective.operator, boundMs: objective.boundMs }];
  });
}
