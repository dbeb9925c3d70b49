/**
 * One clock for every process of a search: CLOCK_MONOTONIC in ms, which all processes of a machine
 * share, read through `performance.now()`, which is cheaper. Not wall time: a clock step moves nothing.
 */
export interface SharedClock {
  nowMs(): number;
}

/** One sample at start-up is wrong by 0.6 to 1.1 ms (cold code); the best of this many by microseconds. */
const CLOCK_SAMPLES = 200;
const MS_PER_S = 1_000;
const NS_PER_MS = 1_000_000;

export function createSharedClock(): SharedClock {
  let offsetMs = 0;
  let bestWidthMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < CLOCK_SAMPLES; i++) {
    const before = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const after = performance.now();
    if (after - before < bestWidthMs) {
      bestWidthMs = after - before;
      offsetMs = seconds * MS_PER_S + nanoseconds / NS_PER_MS - (before + after) / 2;
    }
  }
  return { nowMs: () => performance.now() + offsetMs };
}
