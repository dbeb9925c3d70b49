/** Wakes the event loop at an exact time on the shared clock; one wake-up is pending at most. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PACER_CELL_BYTES, PACER_STOP } from './pacer-cell.ts';

export interface Pacer {
  /** Replaces the wake-up that is pending. */
  wakeAt(dueMs: number): void;
  stop(): Promise<void>;
}

export async function startPacer(onWake: () => void): Promise<Pacer> {
  const cell = new SharedArrayBuffer(PACER_CELL_BYTES);
  const turn = new Int32Array(cell, 0, 1);
  const due = new Float64Array(cell, 8, 1);
  due[0] = Number.POSITIVE_INFINITY;
  const thread = new Worker(new URL('./pacer-thread.ts', import.meta.url), {
    workerData: { cell },
  });
  thread.on('message', onWake);
  await once(thread, 'online');
  const set = (dueMs: number): void => {
    due[0] = dueMs;
    Atomics.add(turn, 0, 1);
    Atomics.notify(turn, 0);
  };
  return {
    wakeAt: set,
    async stop() {
      set(PACER_STOP);
      await thread.terminate();
    },
  };
}
