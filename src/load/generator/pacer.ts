/**
 * Wakes the event loop at an exact time on the shared clock; one wake-up is pending at most.
 *
 * A thread that sleeps wakes it a little early, because a wake-up takes two turns of the scheduler, and
 * what is left of the time goes by turn after turn of the event loop, which reads its sockets meanwhile.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SharedClock } from '../shared-clock.ts';
import { PACER_CELL_BYTES, PACER_STOP } from './pacer-cell.ts';

export interface Pacer {
  /** Replaces the wake-up that is pending; `meanGapMs` is the usual time from one to the next. */
  wakeAt(dueMs: number, meanGapMs: number): void;
  stop(): Promise<void>;
}

/**
 * A thread's wake-up reaches the event loop 0.12 ms late in the middle, so that little turning is left. More
 * (0.3 was tried) costs CPU and, on a busy machine, the scheduler's favour: the 99th percentile rose.
 */
const MAX_EARLY_MS = 0.1;
/** Of one core, at most, is spent on turning until it is time. */
const MAX_TURNING_RATIO = 0.1;

export async function startPacer(clock: SharedClock, onWake: () => void): Promise<Pacer> {
  const cell = new SharedArrayBuffer(PACER_CELL_BYTES);
  const turn = new Int32Array(cell, 0, 1);
  const wake = new Float64Array(cell, 8, 1);
  wake[0] = Number.POSITIVE_INFINITY;
  const thread = new Worker(new URL('./pacer-thread.ts', import.meta.url), {
    workerData: { cell },
  });
  let dueMs = Number.POSITIVE_INFINITY;
  let earlyMs = 0;
  let turning: NodeJS.Immediate | undefined;

  const set = (wakeMs: number): void => {
    wake[0] = wakeMs;
    Atomics.add(turn, 0, 1);
    Atomics.notify(turn, 0);
  };
  const look = (): void => {
    turning = undefined;
    const leftMs = dueMs - clock.nowMs();
    if (leftMs <= 0) {
      dueMs = Number.POSITIVE_INFINITY;
      onWake();
    } else if (leftMs <= earlyMs) turning = setImmediate(look);
    // The thread reads another clock, by microseconds; or it was woken for a time that was replaced.
    else set(dueMs - earlyMs);
  };
  thread.on('message', () => {
    if (turning === undefined) look();
  });
  await once(thread, 'online');
  return {
    wakeAt(newDueMs, meanGapMs) {
      dueMs = newDueMs;
      earlyMs = Math.min(MAX_EARLY_MS, MAX_TURNING_RATIO * meanGapMs);
      if (dueMs - clock.nowMs() > earlyMs) set(dueMs - earlyMs);
      else turning ??= setImmediate(look);
    },
    async stop() {
      clearImmediate(turning);
      dueMs = Number.POSITIVE_INFINITY;
      set(PACER_STOP);
      await thread.terminate();
    },
  };
}
