/**
 * The verdict on the load that a target has to carry: of a gate, and of a search with a required load.
 * Several tiers are one requirement: it is met when every tier meets it, and missed when one misses it.
 */
import type { TierResult } from '../core/search/answer/result.ts';
import type { SearchFacts } from './search-facts.ts';

/** `none`: the search asked for a number, not for a yes or no. */
export type SummaryVerdict = 'pending' | 'none' | 'pass' | 'fail' | 'inconclusive';

/** State is not verdict: what did not come to its end is inconclusive, whatever ended it. */
export function verdictOf(facts: SearchFacts): SummaryVerdict {
  switch (facts.state) {
    case 'queued':
    case 'running':
      return 'pending';
    case 'done':
      return requiredVerdict(facts);
    case 'failed':
    case 'cancelled':
    case 'expired':
      return 'inconclusive';
  }
}

/**
 * The place of the tier that a summary speaks of: the first, or with a required load the first that
 * stands in its way.
 */
export function tierInQuestion({ question, result }: SearchFacts): number {
  const required = question.requiredAtLeast;
  const tiers = result?.tiers ?? [];
  if (required === undefined) return 0;
  for (const wanted of ['fail', 'inconclusive'] as const) {
    const found = tiers.findIndex((tier) => tierVerdict(tier, required) === wanted);
    if (found >= 0) return found;
  }
  return 0;
}

function requiredVerdict({ question, result }: SearchFacts): SummaryVerdict {
  const required = question.requiredAtLeast;
  if (required === undefined) return 'none';
  const verdicts = (result?.tiers ?? []).map((tier) => tierVerdict(tier, required));
  if (verdicts.includes('fail')) return 'fail';
  const isMet = verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass');
  return isMet ? 'pass' : 'inconclusive';
}

/** Both ends are shown loads: at or below the lower one is carried, at or above the upper one is not. */
export function tierVerdict(tier: TierResult, required: number): 'pass' | 'fail' | 'inconclusive' {
  if (tier.upper !== undefined && tier.upper <= required) return 'fail';
  if (tier.lower !== undefined && tier.lower >= required) return 'pass';
  return 'inconclusive';
}
