/**
 * The answer of each tier in the terms that pipelines know. Where a load is required the tier passes,
 * fails or is inconclusive; where a number was asked for it is answered (`none`) or inconclusive. What
 * did not come to its end is inconclusive, whatever is known of it.
 */
import type { SloTier } from '../../core/policy/objective.ts';
import type { TierResult } from '../../core/search/answer/result.ts';
import type { SearchFacts } from '../search-facts.ts';
import { tierVerdict } from '../verdict.ts';

export type TierVerdictWord = 'none' | 'pass' | 'fail' | 'inconclusive';

export interface TierAnswer {
  readonly tier: SloTier;
  readonly result: TierResult | undefined;
  readonly verdict: TierVerdictWord;
}

export function tierAnswers(facts: SearchFacts): TierAnswer[] {
  return facts.question.tiers.map((tier) => {
    const result = facts.result?.tiers.find((each) => each.tier === tier.name);
    return { tier, result, verdict: verdictFor(facts, result) };
  });
}

function verdictFor(facts: SearchFacts, result: TierResult | undefined): TierVerdictWord {
  if (facts.state !== 'done' || result === undefined) return 'inconclusive';
  const required = facts.question.requiredAtLeast;
  if (required !== undefined) return tierVerdict(result, required);
  return result.outcome === 'undecided' ? 'inconclusive' : 'none';
}
