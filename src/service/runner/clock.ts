/** The runner's only source of time. Tests give it a clock that they turn by hand. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** ms since the epoch: what is stored and shown. It may step. */
  wallMs(): number;
  /** ms that only grow: what durations are made of. */
  monotonicMs(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
