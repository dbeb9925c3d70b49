/**
 * May this burst be believed? The client measures itself; a burst in which it was late tells of the
 * client and is void. The source of the rules is the load generator's section on validity: in windows
 * with known errors the canary's lateness told wrong latencies best, event-loop utilisation alone was
 * blind to short stalls, and only saturation showed in it.
 */
import type { ClientHealth } from '../metrics/burst-snapshot.ts';
import type { Objective, SloTier } from '../policy/objective.ts';

/** Share of canary samples late by over 1 ms: at 3 %, 42 of 50 bad windows and 1 of 15 good ones. */
export const CANARY_LATE_RATIO = 0.03;
/** From this bound on 1 ms is no error that matters: the canary's p99 is held against the bound. */
export const COARSE_BOUND_MS = 100;
/** The instrument may be wrong by a hundredth of what it judges. */
export const CANARY_SHARE_OF_BOUND = 0.01;
/** Send lag only lengthens latencies, so it passes nothing wrongly; a twentieth shifts no bracket. */
export const LAG_SHARE_OF_BOUND = 0.05;
/** One stall of half a bound pushes everything that came in it over the bound. */
export const STALL_SHARE_OF_BOUND = 0.5;
/** At this utilisation medians are wrong by milliseconds, whatever else is measured. */
export const SATURATED_UTILISATION = 0.95;
/** Requests that we could not send count as bad: more than one in a thousand could decide a p99. */
export const UNSENT_RATIO = 0.001;
/** TPOT divides the error of both its ends by the tokens between them; answers have at least these. */
const TPOT_TOKENS = 10;

/** Why the burst is void, in words; undefined when it counts. `requests`: sent in the burst. */
export function voidReason(
  health: ClientHealth,
  tiers: readonly SloTier[],
  requests: number = 0,
): string | undefined {
  // In virtual time there is no client that could be late.
  if (health.generators === 0) return undefined;
  const boundMs = finestBoundMs(tiers);
  return (
    utilisationFault(health) ??
    unsentFault(health, requests) ??
    (boundMs === undefined
      ? undefined
      : (canaryFault(health, boundMs) ??
        lagFault(health, boundMs, requests) ??
        stallFault(health, boundMs)))
  );
}

function utilisationFault({ eventLoopUtilisation }: ClientHealth): string | undefined {
  if (eventLoopUtilisation === undefined) return 'client not measured: no event-loop utilisation';
  if (eventLoopUtilisation < SATURATED_UTILISATION) return undefined;
  return `client saturated: event-loop utilisation ${eventLoopUtilisation.toFixed(2)}`;
}

function unsentFault({ unsent }: ClientHealth, requests: number): string | undefined {
  if (unsent <= UNSENT_RATIO * requests) return undefined;
  return `client too slow: ${unsent} requests could not be sent in time`;
}

function canaryFault(health: ClientHealth, boundMs: number): string | undefined {
  const { canaryLateMsP99, canaryLateRatio } = health;
  if (boundMs >= COARSE_BOUND_MS && canaryLateMsP99 !== undefined) {
    return above('client late: canary p99', canaryLateMsP99, CANARY_SHARE_OF_BOUND * boundMs);
  }
  if (canaryLateRatio === undefined) return 'client not measured: no canary';
  if (canaryLateRatio <= CANARY_LATE_RATIO) return undefined;
  const share = (canaryLateRatio * 100).toFixed(1);
  return `client late: ${share} % of canary samples late by over 1 ms, at most ${CANARY_LATE_RATIO * 100} %`;
}

function lagFault(
  { sendLagMsP99 }: ClientHealth,
  boundMs: number,
  requests: number,
): string | undefined {
  if (sendLagMsP99 === undefined) {
    return requests > 0 ? 'client not measured: no send lag' : undefined;
  }
  // Below a millisecond lies the resolution of timers.
  return above(
    'client late: send lag p99',
    sendLagMsP99,
    Math.max(1, LAG_SHARE_OF_BOUND * boundMs),
  );
}

function stallFault({ eventLoopDelayMsMax }: ClientHealth, boundMs: number): string | undefined {
  if (eventLoopDelayMsMax === undefined) return 'client not measured: no event-loop delay';
  return above(
    'client stalled: event-loop delay',
    eventLoopDelayMsMax,
    STALL_SHARE_OF_BOUND * boundMs,
  );
}

function above(what: string, ms: number, limitMs: number): string | undefined {
  if (ms <= limitMs) return undefined;
  return `${what} ${ms.toFixed(1)} ms, at most ${limitMs.toFixed(1)} ms for the tightest bound`;
}

/** The shortest time that any objective judges; undefined when no objective is about time. */
export function finestBoundMs(tiers: readonly SloTier[]): number | undefined {
  const bounds = tiers.flatMap((tier) => tier.objectives.flatMap(boundsOf));
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

function boundsOf(objective: Objective): number[] {
  switch (objective.kind) {
    case 'quantile':
    case 'mean':
      return [spanMs(objective.metric, objective.boundMs)];
    case 'attainment':
      return objective.bounds.map((bound) => spanMs(bound.metric, bound.boundMs));
    case 'error_rate':
    case 'goodput':
      return [];
  }
}

function spanMs(metric: string, boundMs: number): number {
  return metric === 'tpot' ? boundMs * TPOT_TOKENS : boundMs;
}
