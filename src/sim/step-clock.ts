/**
 * How long a step takes, with everything that makes a real server slower than its formula: drift,
 * a cold start, thrashing after an overload, stalls.
 */
import type { Random } from '../core/base/random.ts';
import { MIN_STEP_MS, type ServerModel } from './server-model.ts';

export interface StepLoad {
  readonly startMs: number;
  readonly decoding: number;
  readonly prefillTokens: number;
  readonly residentTokens: number;
  readonly waiting: number;
  readonly inFlight: number;
}

export interface StepClock {
  /** Duration of one step, ms. Start times must not go back. */
  durationMs(load: StepLoad): number;
}

export function createStepClock(model: ServerModel, random: Random): StepClock {
  const decodeCost = Float64Array.from(
    { length: model.maxSeqs + 1 },
    (_, decoding) => model.decodeMs * decoding ** model.decodePower,
  );
  const slowFactor = createSlowFactor(model);
  const stallMs = createStalls(model, random.fork('stalls'));
  return {
    durationMs(load) {
      const workMs =
        model.baseMs +
        (decodeCost[load.decoding] ?? 0) +
        model.prefillMs * load.prefillTokens +
        model.contextMs * load.residentTokens;
      const noise = 1 + model.noiseRatio * random.normal();
      const stepMs = Math.max(MIN_STEP_MS, workMs * noise * slowFactor(load));
      return stepMs + stallMs(load.startMs, stepMs);
    },
  };
}

function createSlowFactor(model: ServerModel): (load: StepLoad) => number {
  const { slowdown = [], coldStart, thrash } = model;
  if (slowdown.length === 0 && coldStart === undefined && thrash === undefined) return () => 1;
  let drift = 1;
  let nextDrift = 0;
  let thrashing = false;
  return (load) => {
    for (; nextDrift < slowdown.length; nextDrift++) {
      const entry = slowdown[nextDrift];
      if (entry === undefined || entry.fromMs > load.startMs) break;
      drift = entry.factor;
    }
    let factor = drift;
    if (coldStart !== undefined && load.startMs < coldStart.durationMs) {
      factor *= 1 + (coldStart.factor - 1) * (1 - load.startMs / coldStart.durationMs);
    }
    if (thrash !== undefined) {
      if (load.waiting > thrash.enterWaiting) thrashing = true;
      else if (load.inFlight <= thrash.leaveInFlight) thrashing = false;
      if (thrashing) factor *= thrash.factor;
    }
    return factor;
  };
}

/** Stalls come at 0.75 to 1.25 of their period, so that they never beat with a probe's own period. */
const STALL_JITTER = 0.25;

function createStalls(
  model: ServerModel,
  random: Random,
): (startMs: number, stepMs: number) => number {
  const { stalls } = model;
  if (stalls === undefined) return () => 0;
  const gapMs = (): number => stalls.everyMs * (1 + STALL_JITTER * (2 * random.next() - 1));
  let stallAtMs = gapMs();
  return (startMs, stepMs) => {
    while (stallAtMs + stalls.lengthMs <= startMs) stallAtMs += gapMs();
    let endMs = startMs + stepMs;
    while (stallAtMs < endMs) {
      endMs += stallAtMs + stalls.lengthMs - Math.max(stallAtMs, startMs);
      stallAtMs += Math.max(gapMs(), stalls.lengthMs);
    }
    return endMs - startMs - stepMs;
  };
}
