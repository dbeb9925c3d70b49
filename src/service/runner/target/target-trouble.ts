/**
 * Is the target still there? A target that answers badly is slow or full, and that is evidence. One
 * that answers nothing at all is gone, and counting its silence as missed objectives would put a wrong
 * upper bound into the result; so such a burst counts for nothing and the target is asked again. Errors
 * and nothing else may be either: `failing-end.ts`.
 */
import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import { type Outcome, outcomeAt } from '../../../core/metrics/request-columns.ts';

export type TargetTrouble =
  /** Every request ends without reaching an API: refused, reset, no route. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Every request is answered with a refusal: 4xx, a redirect, something that is no API. */
  | { readonly kind: 'turned_away'; readonly detail: string }
  /** Requests are waiting and not a byte has come for a long time. */
  | { readonly kind: 'silent'; readonly detail: string }
  /** The burst ended in nothing but errors: a crash, or too much load. */
  | { readonly kind: 'failing'; readonly detail: string };

export const UNREACHABLE: ReadonlySet<Outcome> = new Set([
  'refused',
  'reset',
  'tls_error',
  'dns_error',
  'connect_timeout',
]);
const TURNED_AWAY: ReadonlySet<Outcome> = new Set(['client_error', 'redirect', 'malformed']);
/** Rows that tell nothing about the target. */
const OURS: ReadonlySet<Outcome> = new Set(['pending', 'unsent', 'cancelled', 'stale_connection']);

/** So many ends of the same kind since the last sign of life: a full accept queue still answers some. */
const MIN_ENDS = 10;
/** And for at least so long: a server that restarts its workers refuses for a moment. */
const MIN_TROUBLE_MS = 2_000;
/** Not a byte for this long, and for so many mean latencies, is silence. */
const SILENCE_MS = 15_000;
const SILENCE_E2E = 5;
/** Before any latency is known: a large model without a GPU may read its first prompts this long. */
const FIRST_SILENCE_MS = 60_000;
/** A burst that looks failed is not ended while nothing has been heard for this long. */
const QUIET_MS = 2_000;

interface Signs {
  readonly lastLifeMs: number;
  readonly unreachable: number;
  readonly turnedAway: number;
  readonly waiting: number;
  readonly lastStatus: number;
  readonly lastOutcome: Outcome | undefined;
}

/** `lastE2eMs`: mean latency of the last burst that counted. */
export function targetTrouble(
  snapshot: BurstSnapshot,
  lastE2eMs: number | undefined,
): TargetTrouble | undefined {
  const signs = readSigns(snapshot);
  const quietMs = snapshot.nowMs - signs.lastLifeMs;
  if (quietMs < MIN_TROUBLE_MS) return undefined;
  if (signs.unreachable + signs.turnedAway >= MIN_ENDS) {
    const ends = signs.unreachable + signs.turnedAway;
    const last = signs.lastStatus > 0 ? `HTTP ${signs.lastStatus}` : (signs.lastOutcome ?? '');
    const detail = `the last ${ends} requests all failed (${last}) at load`;
    return signs.unreachable >= signs.turnedAway
      ? { kind: 'unreachable', detail }
      : { kind: 'turned_away', detail };
  }
  const silenceMs =
    lastE2eMs === undefined ? FIRST_SILENCE_MS : Math.max(SILENCE_MS, SILENCE_E2E * lastE2eMs);
  if (signs.waiting > 0 && quietMs >= silenceMs) {
    const seconds = Math.round(quietMs / 1_000);
    return {
      kind: 'silent',
      detail: `${signs.waiting} requests waited and not a byte came for ${seconds} s`,
    };
  }
  return undefined;
}

/** Is it too early to say whether the target fails or is gone? */
export function isQuiet(snapshot: BurstSnapshot): boolean {
  const signs = readSigns(snapshot);
  return signs.waiting > 0 && snapshot.nowMs - signs.lastLifeMs >= QUIET_MS;
}

function readSigns(snapshot: BurstSnapshot): Signs {
  const { records, burstStartMs } = snapshot;
  // A hot transition: life before the burst is no news, so the burst's start counts as the last sign.
  let lastLifeMs = burstStartMs;
  for (let i = 0; i < records.count; i++) {
    const outcome = outcomeAt(records, i);
    if (TURNED_AWAY.has(outcome)) continue;
    lastLifeMs = later(lastLifeMs, records.firstByteMs[i]);
    lastLifeMs = later(lastLifeMs, records.lastTokenMs[i]);
    if (isAnswer(outcome)) lastLifeMs = later(lastLifeMs, records.endMs[i]);
  }
  let unreachable = 0;
  let turnedAway = 0;
  let waiting = 0;
  let lastStatus = 0;
  let lastEndMs = Number.NEGATIVE_INFINITY;
  let lastOutcome: Outcome | undefined;
  for (let i = 0; i < records.count; i++) {
    const outcome = outcomeAt(records, i);
    if (outcome === 'pending' && !Number.isNaN(records.sentMs[i] ?? Number.NaN)) waiting += 1;
    const endMs = records.endMs[i] ?? Number.NaN;
    if (!(endMs > lastLifeMs)) continue;
    if (UNREACHABLE.has(outcome)) unreachable += 1;
    else if (TURNED_AWAY.has(outcome)) turnedAway += 1;
    else continue;
    if (endMs < lastEndMs) continue;
    lastEndMs = endMs;
    lastOutcome = outcome;
    lastStatus = records.httpStatus[i] ?? 0;
  }
  return { lastLifeMs, unreachable, turnedAway, waiting, lastStatus, lastOutcome };
}

function isAnswer(outcome: Outcome): boolean {
  return !OURS.has(outcome) && !UNREACHABLE.has(outcome);
}

export function later(latestMs: number, timeMs: number | undefined): number {
  return timeMs !== undefined && timeMs > latestMs ? timeMs : latestMs;
}
