/** Why a search stops by itself: the bracket stands, a measurement is missing, the budget is spent. */
import { isResolved, type SearchState, spentMs } from './state.ts';

/** A burst shorter than this shows nothing: the budget is over. */
const MIN_USEFUL_MS = 10_000;
/** Bursts that a search survives, voided ones included. */
const MAX_PROBES = 400;
/** Exploring bursts with a measurement missing, before the search gives up. */
const MISSING_PROBES = 2;

export function stopReason(state: SearchState): string | undefined {
  const { spec, log, standings } = state;
  if (standings.length > 0 && standings.every((s) => isResolved(spec, s))) {
    const exhausted = standings.every(
      (s) => s.lowerUnits === undefined || s.upperUnits === undefined,
    );
    return exhausted ? 'range_exhausted' : 'resolved';
  }
  if (log.length >= MISSING_PROBES) {
    const missing = standings.some((s) => s.objectives.some((o) => o.missing !== undefined));
    if (missing) return 'missing_measurement';
  }
  return isSpent(state) ? 'budget' : undefined;
}

export function isSpent(state: SearchState): boolean {
  const { log, spec } = state;
  const { budget } = spec;
  // A budget of a few seconds is still one burst, not none.
  const useful = Math.min(MIN_USEFUL_MS, budget.loadMs / 2);
  if (log.length >= MAX_PROBES || budget.loadMs - spentMs(state) < useful) return true;
  const requests = log.reduce((n, o) => n + o.requests, 0);
  const tokens = log.reduce((n, o) => n + o.outputTokens, 0);
  return requests >= budget.requests || tokens >= budget.outputTokens;
}
