/**
 * Ctrl-C and its kin while a command waits: the first one ends the wait, a second one the process. A
 * pipeline that cancels sends SIGINT or SIGTERM and kills a few seconds later.
 */
import { EXIT } from '../exit.ts';

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const SIGNALS: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface Interrupts {
  /** Resolves with what interrupted the work, or with nothing when it came to its end. */
  during(work: (signal: AbortSignal) => Promise<void>): Promise<InterruptSignal | undefined>;
}

export function exitCodeOf(signal: InterruptSignal): number {
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

/** Listens from now on, so that nothing between two waits is missed. */
export function createInterrupts(): Interrupts {
  let first: InterruptSignal | undefined;
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (first !== undefined) process.exit(exitCodeOf(signal));
      first = signal;
      controller.abort(new Error(signal));
    });
  }
  return {
    async during(work) {
      try {
        controller.signal.throwIfAborted();
        await work(controller.signal);
      } catch (error) {
        if (first === undefined) throw error;
      }
      return first;
    },
  };
}
