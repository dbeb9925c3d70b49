/**
 * When the requests of an open loop are due. One seeded stream for a whole search: a change of rate
 * rescales what is still to come from that moment on, it never starts the stream again, so that two
 * loads of one search see the same underlying process (Poisson by the time-change theorem).
 */

import type { Random } from '../base/random.ts';
import { assert } from '../base/result.ts';
import { createLoadClock } from './fluctuation.ts';
import { createGaps } from './gap-law.ts';
import type { ArrivalSpec } from './spec.ts';

const MS_PER_S = 1_000;

/** Times are ms on the clock of `startMs`. */
export interface Arrivals {
  /** When the next arrival is due, without taking it; infinite while held. */
  peekMs(): number;
  /** Takes the next arrival and says when it is due. */
  takeMs(): number;
  /** From `nowMs` on arrivals come at `rps`: what is due later moves, what is due already stays. Ends a hold. */
  changeRate(rps: number, nowMs: number): void;
  /** From `nowMs` on none comes until the rate is changed; then the stream goes on where it was. */
  hold(nowMs: number): void;
}

export interface ArrivalStart {
  readonly rps: number;
  readonly startMs?: number;
  /** Times of the workload's file, for a trace without its own. */
  readonly recordedMs?: ArrayLike<number>;
}

export function createArrivals(
  spec: ArrivalSpec,
  { rps, startMs = 0, recordedMs }: ArrivalStart,
  random: Random,
): Arrivals {
  const unitGap = createGaps(spec, random, recordedMs);
  const clock = createLoadClock(spec.fluctuation, startMs);
  const state = { rate: checkedRate(rps), nextMs: startMs };
  /** While held: what was still to come at the rate of then, in the load's time. */
  let heldMs: number | undefined;
  const gapMs = (): number => (unitGap() * MS_PER_S) / state.rate;
  state.nextMs = clock.after(state.nextMs, gapMs());
  return {
    peekMs: () => state.nextMs,
    takeMs() {
      const dueMs = state.nextMs;
      state.nextMs = clock.after(state.nextMs, gapMs());
      return dueMs;
    },
    changeRate(newRps, nowMs) {
      const rate = checkedRate(newRps);
      const leftMs =
        heldMs ?? (state.nextMs > nowMs ? clock.between(nowMs, state.nextMs) : undefined);
      if (leftMs !== undefined) state.nextMs = clock.after(nowMs, (leftMs * state.rate) / rate);
      heldMs = undefined;
      state.rate = rate;
    },
    hold(nowMs) {
      if (heldMs !== undefined) return;
      heldMs = Math.max(0, clock.between(nowMs, state.nextMs));
      state.nextMs = Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * The part of one stream that generator `index` of `count` sends: every count-th arrival. Each
 * generator makes the whole stream from the same seed and skips the others', so the parts together
 * are the stream itself and not `count` copies of it. A change of rate must reach all of them with
 * the same `nowMs`.
 */
export function shareArrivals(whole: Arrivals, index: number, count: number): Arrivals {
  assert(Number.isInteger(count) && count >= 1, `cannot share arrivals over ${count}`);
  assert(Number.isInteger(index) && index >= 0 && index < count, `no share ${index} of ${count}`);
  const skip = (n: number): void => {
    for (let i = 0; i < n; i++) whole.takeMs();
  };
  skip(index);
  return {
    peekMs: () => whole.peekMs(),
    takeMs() {
      const dueMs = whole.takeMs();
      skip(count - 1);
      return dueMs;
    },
    changeRate: (rps, nowMs) => whole.changeRate(rps, nowMs),
    hold: (nowMs) => whole.hold(nowMs),
  };
}

function checkedRate(rps: number): number {
  assert(Number.isFinite(rps) && rps > 0, `a rate of ${rps} req/s`);
  return rps;
}
