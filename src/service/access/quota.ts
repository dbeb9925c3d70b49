/**
 * May a caller start one more search today? What its ended searches have used, what those under way may
 * still use and what this one asks for must fit together, so that a day's quota is never passed, whatever
 * is running when it is asked.
 */
import type { Quotas } from './operator.ts';

/** Load, as it is counted against a quota. */
export interface LoadUse {
  readonly loadSeconds: number;
  readonly requests: number;
  readonly outputTokens: number;
}

export interface CallersUse {
  /** Searches queued and running, and their budgets together. */
  readonly searches: number;
  readonly reserved: LoadUse;
  /** By searches that have ended, since midnight UTC. */
  readonly spent: LoadUse;
}

export interface QuotaRefusal {
  readonly detail: string;
  readonly retryAfterSeconds: number;
}

export const NO_LOAD: LoadUse = { loadSeconds: 0, requests: 0, outputTokens: 0 };

const DAY_MS = 86_400_000;
/** A search under way may end any time: when to ask again is a guess. */
const BUSY_RETRY_S = 30;

export function addUse(a: LoadUse, b: LoadUse): LoadUse {
  return {
    loadSeconds: a.loadSeconds + b.loadSeconds,
    requests: a.requests + b.requests,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** Midnight UTC before that time. */
export function dayStartMs(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS) * DAY_MS;
}

export function quotaRefusal(
  quotas: Quotas,
  use: CallersUse,
  asked: LoadUse,
  nowMs: number,
): QuotaRefusal | undefined {
  if (quotas.searches !== undefined && use.searches >= quotas.searches) {
    const detail = `This caller may have ${quotas.searches} searches queued and running at once, and has ${use.searches}.`;
    return { detail, retryAfterSeconds: BUSY_RETRY_S };
  }
  const rows = [
    ['load seconds', quotas.loadSecondsPerDay, 'loadSeconds'],
    ['requests', quotas.requestsPerDay, 'requests'],
    ['output tokens', quotas.outputTokensPerDay, 'outputTokens'],
  ] as const;
  for (const [unit, quota, part] of rows) {
    if (quota === undefined) continue;
    const spent = Math.ceil(use.spent[part]);
    const left = quota - spent - use.reserved[part];
    if (asked[part] <= left) continue;
    const detail =
      `This caller has ${quota} ${unit} a day (UTC): ${spent} are used, searches under way may ` +
      `still use ${use.reserved[part]}, and this budget asks for ${asked[part]}.`;
    return { detail, retryAfterSeconds: retryAfter(asked[part] <= quota - spent, nowMs) };
  }
  return undefined;
}

/** It may fit as soon as another search ends, or else tomorrow. */
function retryAfter(mayFitToday: boolean, nowMs: number): number {
  const tomorrow = Math.ceil((dayStartMs(nowMs) + DAY_MS - nowMs) / 1_000);
  return mayFitToday ? Math.min(BUSY_RETRY_S, tomorrow) : tomorrow;
}
