/**
 * May this burst be believed? The client measures itself; a burst in which it was late tells of the
 * client and is void. The source of the rules is the load generator's section on validity: in windows
 * with known errors the canary's lateness told wrong latencies best, event-loop utilisation alone was
 * blind to short stalls, and only saturation showed in it.
 *
 * The rules look at the client alone, never at what the burst showed. That lateness only lengthens
 * latencies does not save a burst that passed: whoever kept passes and tried failures again would give an
 * overloaded server several chances.
 */
import type { ClientHealth } from '../metrics/burst-snapshot.ts';
import type { Objective, SloTier } from '../policy/objective.ts';

/** For bounds below `COARSE_BOUND_MS`: share of canary samples late by over 1 ms. */
export const CANARY_LATE_RATIO = 0.03;
/** From this bound on 1 ms is no error that matters. */
export const COARSE_BOUND_MS = 100;
/**
 * The canary's p99 may be this share of the tightest bound. In 72 windows with known errors, half of them on
 * a machine with twice the work it had cores for, it was the p99 error of the tokens; those it kept moved
 * the p99 of latencies that spread by a tenth by 1.0 % of the bound at most, those of 5 % by up to 2.8 %.
 */
export const CANARY_SHARE_OF_BOUND = 0.02;
/** Below this lies what an operating system does to any process now and then. */
export const CANARY_FLOOR_MS = 1.5;
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

function canaryFault(
  { canaryLateMsP99, canaryLateRatio }: ClientHealth,
  boundMs: number,
): string | undefined {
  if (canaryLateRatio === undefined) return 'client not measured: no canary';
  if (canaryLateMsP99 !== undefined) {
    const limitMs = Math.max(CANARY_FLOOR_MS, CANARY_SHARE_OF_BOUND * boundMs);
    const late = above('client late: canary p99', canaryLateMsP99, limitMs);
    if (late !== undefined || boundMs >= COARSE_BOUND_MS) return late;
  }
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
