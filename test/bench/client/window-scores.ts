/** How well signals and rules tell windows whose latencies are wrong from those that are right. */
import type { ClientHealth } from '../../../src/core/metrics/burst-snapshot.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { voidReason } from '../../../src/core/probe/validity.ts';
import { normalCdf, normalQuantile } from '../../../src/core/stats/normal.ts';
import { round } from './rows.ts';

export interface KnownWindow {
  readonly condition: string;
  readonly health: ClientHealth;
  readonly requests: number;
  /** Errors of all chunks, sorted. */
  readonly errorsMs: readonly number[];
  readonly errorMsP99: number;
  readonly firstMsP99: number;
}

const WRONG_MS = [1, 5];
const BOUNDS_MS = [50, 100, 200, 500, 1_000];
/** Share of the bound by which a p99 may be wrong before a window is counted as harmful. */
const HARM_SHARE = 0.01;
/** Spread of the latencies (of their logarithm): nearly all alike, and as a loaded server has them. */
const SPREADS = [0.02, 0.1, 0.3];

export function signalScores(windows: readonly KnownWindow[]): unknown {
  const signals = {
    canary_late_ratio: { of: (w: KnownWindow) => w.health.canaryLateRatio, threshold: 0.03 },
    canary_late_ms_p99: { of: (w: KnownWindow) => w.health.canaryLateMsP99, threshold: 1.5 },
    event_loop_delay_ms_max: {
      of: (w: KnownWindow) => w.health.eventLoopDelayMsMax,
      threshold: 2.6,
    },
    event_loop_utilisation: {
      of: (w: KnownWindow) => w.health.eventLoopUtilisation,
      threshold: 0.3,
    },
  };
  return WRONG_MS.map((wrongMs) => {
    const bad = windows.filter(({ errorMsP99 }) => errorMsP99 > wrongMs);
    const good = windows.filter(({ errorMsP99 }) => errorMsP99 <= wrongMs);
    return {
      p99_error_over_ms: wrongMs,
      bad: bad.length,
      good: good.length,
      signals: Object.entries(signals).map(([name, { of, threshold }]) => {
        const over = (list: readonly KnownWindow[]): number =>
          list.filter((window) => (of(window) ?? Number.POSITIVE_INFINITY) > threshold).length;
        return {
          name,
          auc: area(values(bad, of), values(good, of)),
          threshold,
          caught: over(bad),
          false_alarms: over(good),
        };
      }),
    };
  });
}

function values(
  windows: readonly KnownWindow[],
  of: (window: KnownWindow) => number | undefined,
): number[] {
  return windows.map((window) => of(window) ?? Number.POSITIVE_INFINITY);
}

/** Area under the ROC curve: how often a bad window shows the larger signal (Mann and Whitney). */
function area(bad: readonly number[], good: readonly number[]): number | null {
  if (bad.length === 0 || good.length === 0) return null;
  let wins = 0;
  for (const b of bad) for (const g of good) wins += b > g ? 1 : b === g ? 0.5 : 0;
  return round(wins / bad.length / good.length, 3);
}

/** What `voidReason` does for a p99 of TTFT at each bound, and by how much kept windows would be wrong. */
export function rulesOnWindows(windows: readonly KnownWindow[]): unknown {
  return BOUNDS_MS.map((boundMs) => {
    const tier = parseTier('slo', `p99(ttft) < ${boundMs} ms`, '');
    if (!tier.ok) throw new Error('the bench wrote a wrong SLO');
    const kept = windows.filter(
      (w) => voidReason(w.health, [tier.value], w.requests) === undefined,
    );
    const voided = windows.filter((window) => !kept.includes(window));
    return {
      bound_ms: boundMs,
      voided: voided.length,
      kept: kept.length,
      by_spread: SPREADS.map((spread) => {
        const shift = (window: KnownWindow): number =>
          shiftOfP99(window.errorsMs, boundMs, spread) / boundMs;
        const shifts = kept.map(shift);
        return {
          spread,
          kept_wrong: shifts.filter((share) => share > HARM_SHARE).length,
          kept_worst_percent: round(100 * Math.max(0, ...shifts), 2),
          voided_right: voided.filter((window) => shift(window) <= HARM_SHARE).length,
        };
      }),
    };
  });
}

const ERRORS = 400;
const STEPS = 40;

/** How far errors move the p99 of log-normal latencies whose p99 is the bound, in ms. */
function shiftOfP99(errorsMs: readonly number[], boundMs: number, spread: number): number {
  const errors = Array.from(
    { length: ERRORS },
    (_, i) => errorsMs[Math.floor(((i + 0.5) / ERRORS) * errorsMs.length)] ?? 0,
  );
  const z99 = normalQuantile(0.99);
  const below = (ms: number): number =>
    ms <= 0 ? 0 : normalCdf(Math.log(ms / boundMs) / spread + z99);
  let low = boundMs;
  let high = boundMs + (errors.at(-1) ?? 0);
  for (let i = 0; i < STEPS; i++) {
    const ms = (low + high) / 2;
    const share = errors.reduce((sum, error) => sum + below(ms - error), 0) / ERRORS;
    if (share < 0.99) low = ms;
    else high = ms;
  }
  return low - boundMs;
}
