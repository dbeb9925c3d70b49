/** Times of a burst: how long the load settles after a change, how long it is measured, how often looked at. */

export interface SettlePlan {
  readonly rampMs: number;
  readonly settleMs: number;
}

/** The settle lasts this many mean end-to-end latencies, and at least and at most so long. */
const SETTLE_E2E = 1.2;
/** Exploring on a small budget: what is still a little off there costs less than the time. */
const BRIEF_SETTLE_E2E = 1;
const MIN_SETTLE_MS = 2_000;
/** Cold and with nothing known of the latency: a ramp all the same, or it begins with a storm. */
const COLD_RAMP_MS = 2_000;
const COLD_SETTLE_MS = 5_000;
const MAX_SETTLE_MS = 40_000;
/** An up-step makes answers slower than the last burst knew: scaled by the step, at most by this. */
const MAX_STEP_SCALE = 4;
const BRIEF_STEP_SCALE = 2;
/** A step smaller than this (in ln load) leaves little to settle: in proportion, at least so much. */
const WHOLE_STEP = 0.3;
const LEAST_SHARE = 0.4;
/** New clients join over half a latency: a sudden join is a prefill storm that reads as a failure. */
const RAMP_E2E = 0.5;
/** Looks are this far apart at least; a burst of slow requests is looked at once a latency. */
const MIN_LOOK_MS = 3_000;
const EXPLORING_LOOK_MS = 1_000;

/** `fromLoad` 0 means a cold start (nothing in flight). */
export function settlePlan(
  meanE2eMs: number,
  fromLoad: number,
  toLoad: number,
  brief: boolean,
): SettlePlan {
  // The same load again, hot: the last burst simply goes on.
  if (fromLoad === toLoad) return { rampMs: 0, settleMs: 0 };
  if (meanE2eMs <= 0) return { rampMs: COLD_RAMP_MS, settleMs: COLD_SETTLE_MS };
  const step = fromLoad > 0 ? toLoad / fromLoad : MAX_STEP_SCALE;
  const scale = Math.min(brief ? BRIEF_STEP_SCALE : MAX_STEP_SCALE, Math.max(1, step));
  const size = fromLoad > 0 ? Math.abs(Math.log(step)) / WHOLE_STEP : 1;
  const share = Math.min(1, Math.max(LEAST_SHARE, size));
  const settleE2e = brief ? BRIEF_SETTLE_E2E : SETTLE_E2E;
  const settleMs = Math.min(
    MAX_SETTLE_MS,
    Math.max(MIN_SETTLE_MS, settleE2e * meanE2eMs * scale * share),
  );
  return { rampMs: Math.min(settleMs, RAMP_E2E * meanE2eMs), settleMs };
}

export function lookEveryMs(meanE2eMs: number, exploring: boolean): number {
  return exploring ? EXPLORING_LOOK_MS : Math.max(MIN_LOOK_MS, meanE2eMs);
}
