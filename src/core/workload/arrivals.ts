/**
 * When the requests of an open loop are due. One seeded stream for a whole search: a change of rate
 * rescales what is still to come from that moment on, it never starts the stream again, so that two
 * loads of one search see the same underlying process (Poisson by the time-change theorem).
 */

import type { Random } from '../base/random.ts';
import { assert } from '../base/result.ts';
import type { WorkloadSpec } from './spec.ts';

const MS_PER_S = 1_000;

/** Times are ms on the clock of `startMs`. */
export interface Arrivals {
  /** When the next arrival is due, without taking it. */
  peekMs(): number;
  /** Takes the next arrival and says when it is due. */
  takeMs(): number;
  /** From `nowMs` on arrivals come at `rps`: what is due later moves, what is due already stays. */
  changeRate(rps: number, nowMs: number): void;
}

export function createArrivals(
  kind: WorkloadSpec['arrivals']['kind'],
  rps: number,
  random: Random,
  startMs: number = 0,
): Arrivals {
  const state = { rate: checkedRate(rps), nextMs: startMs };
  const gapMs = (): number =>
    ((kind === 'poisson' ? random.exponential() : 1) * MS_PER_S) / state.rate;
  state.nextMs += gapMs();
  return {
    peekMs: () => state.nextMs,
    takeMs() {
      const dueMs = state.nextMs;
      state.nextMs += gapMs();
      return dueMs;
    },
    changeRate(newRps, nowMs) {
      const rate = checkedRate(newRps);
      if (state.nextMs > nowMs) state.nextMs = nowMs + ((state.nextMs - nowMs) * state.rate) / rate;
      state.rate = rate;
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
  };
}

function checkedRate(rps: number): number {
  assert(Number.isFinite(rps) && rps > 0, `a rate of ${rps} req/s`);
  return rps;
}
