/**
 * The budget as a ceiling. The controller plans within it by its log; here it also binds what the log
 * does not know: a burst that is running, and bursts that were spoilt.
 */
import type { Observation } from '../../../core/search/observation.ts';
import type { BudgetSpec } from '../../../core/search/spec.ts';

export interface Spending {
  readonly loadMs: number;
  readonly requests: number;
  readonly outputTokens: number;
}

export const NOTHING_SPENT: Spending = { loadMs: 0, requests: 0, outputTokens: 0 };

export function spentBy(observations: readonly Spending[]): Spending {
  return observations.reduce(addSpending, NOTHING_SPENT);
}

export function addSpending(a: Spending, b: Spending): Spending {
  return {
    loadMs: a.loadMs + b.loadMs,
    requests: a.requests + b.requests,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** Is one of the ceilings reached? */
export function isSpent(budget: BudgetSpec, spent: Spending): boolean {
  return (
    spent.loadMs >= budget.loadMs ||
    spent.requests >= budget.requests ||
    spent.outputTokens >= budget.outputTokens
  );
}

/** What a burst cost, from its observation. */
export function costOf(observation: Observation): Spending {
  const { loadMs, requests, outputTokens } = observation;
  return { loadMs, requests, outputTokens };
}
