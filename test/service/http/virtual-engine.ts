/**
 * An engine whose bursts run against the simulated server in virtual time: the runner, the store and
 * the HTTP room are the real ones, and a whole search takes a moment. A test may hold bursts back, so
 * that a search stays running for as long as it looks.
 */
import { ok } from '../../../src/core/base/result.ts';
import type { Engine, LoadSession } from '../../../src/service/engine/engine-port.ts';
import { SERVERS } from '../../../src/sim/servers.ts';
import { openVirtualSession } from '../../../src/sim/virtual-session.ts';

export interface VirtualEngine extends Engine {
  /** Bursts wait from now on. */
  hold(): void;
  /** Bursts that wait go on, and later ones do not wait. */
  release(): void;
  /** Bursts that were begun. */
  readonly bursts: number;
}

export function createVirtualEngine(): VirtualEngine {
  let bursts = 0;
  let held: { readonly wait: Promise<void>; readonly open: () => void } | undefined;
  return {
    maxSearches: 1,
    maxGenerators: 2,
    get bursts() {
      return bursts;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held ??= { wait: promise, open: resolve };
    },
    release() {
      held?.open();
      held = undefined;
    },
    check: async (target) =>
      ok({ model: target.model ?? 'sim', dialect: 'openai', info: { server: 'sim' } }),
    async open(plan) {
      const session = openVirtualSession({
        server: SERVERS.demo,
        workload: plan.workload,
        axis: plan.axis,
        seed: plan.seed,
      });
      const load: LoadSession = {
        async burst(burst, onLook, signal) {
          bursts += 1;
          if (held !== undefined) await Promise.race([held.wait, aborted(signal)]);
          signal.throwIfAborted();
          return session.burst(burst, onLook);
        },
        close: async () => {},
      };
      return load;
    },
    stop: async () => {},
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
