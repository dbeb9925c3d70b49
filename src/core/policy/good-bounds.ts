/** What makes a request good under a tier: every per-request latency bound that the tier names. */
import type { RequestBound, SloTier } from './objective.ts';

/**
 * Bounds of the quantile and attainment objectives. Gaps (`itl`) and means are not properties of one
 * request and bound no request.
 */
export function goodBoundsOf(tier: SloTier): RequestBound[] {
  return tier.objectives.flatMap((objective): readonly RequestBound[] => {
    const part = objective.partIndex === undefined ? {} : { part: objective.partIndex };
    if (objective.kind === 'attainment') {
      return objective.bounds.map((bound) => ({ ...bound, ...part }));
    }
    if (objective.kind !== 'quantile' || objective.metric === 'itl') return [];
    const { metric, operator, boundMs } = objective;
    return [{ metric, operator, boundMs, ...part }];
  });
}
