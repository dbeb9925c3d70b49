/** Objectives over long runs, in the words of SLO texts. A failed request is bad under each of them. */
import type { EndedRequest, SteadyObjective } from './steady-state.ts';

/** `p99(ttft) < 500 ms`: at most 1 − q of the requests at or over the bound. */
export function ttftQuantile(percent: number, boundMs: number): SteadyObjective {
  return {
    text: `p${percent}(ttft) < ${boundMs} ms`,
    limit: missRatio(percent),
    violation: (request) => bad(request.ok && request.ttftMs < boundMs),
  };
}

/** Answers of one token have no time per output token and are not in the sample. */
export function tpotQuantile(percent: number, boundMs: number): SteadyObjective {
  return {
    text: `p${percent}(tpot) < ${boundMs} ms`,
    limit: missRatio(percent),
    violation: (request) => {
      if (request.ok && Number.isNaN(request.tpotMs)) return undefined;
      return bad(request.ok && request.tpotMs < boundMs);
    },
  };
}

export function e2eMean(boundMs: number): SteadyObjective {
  return {
    text: `mean(e2e) < ${boundMs} ms`,
    limit: 1,
    violation: (request) => (request.ok ? request.e2eMs / boundMs : undefined),
  };
}

/** `attainment(ttft < 300 ms and tpot < 50 ms) >= 95%`; a single token has no tpot to miss. */
export function attainment(ttftMs: number, tpotMs: number, percent: number): SteadyObjective {
  return {
    text: `attainment(ttft < ${ttftMs} ms and tpot < ${tpotMs} ms) >= ${percent}%`,
    limit: missRatio(percent),
    violation: (request) => bad(isGood(request, ttftMs, tpotMs)),
  };
}

export function errorRate(percent: number): SteadyObjective {
  return {
    text: `error_rate < ${percent}%`,
    limit: percent / 100,
    violation: (request) => bad(request.ok),
  };
}

function isGood(request: EndedRequest, ttftMs: number, tpotMs: number): boolean {
  if (!request.ok || !(request.ttftMs < ttftMs)) return false;
  return Number.isNaN(request.tpotMs) || request.tpotMs < tpotMs;
}

/** 1 − percent/100 without the rounding of 1 − 0.99. */
function missRatio(percent: number): number {
  return (100 - percent) / 100;
}

function bad(isGoodRequest: boolean): number {
  return isGoodRequest ? 0 : 1;
}
