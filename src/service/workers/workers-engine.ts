/**
 * Bursts on other machines. Target, data files and cache are looked at from the service; the load comes
 * from its workers, all of them for one search at a time: one that found its machine too busy may take more.
 */
import { err } from '../../core/base/result.ts';
import type { Engine } from '../engine/engine-port.ts';
import { createEngine, type EngineParts } from '../engine/local-engine.ts';
import type { WorkersLoad } from './workers-load.ts';

export function createWorkersEngine(
  parts: Omit<EngineParts, 'load'>,
  workers: WorkersLoad,
): Engine {
  return createEngine(
    {
      ...parts,
      load: workers.load,
      async check(target, signal) {
        if (workers.count > 0 || (await workers.recount()) > 0) return parts.check(target, signal);
        const detail =
          'no worker of this version lives: start `plimsoll worker` where load should come from';
        return err({ reason: 'no_workers', detail });
      },
    },
    {
      maxSearches: 1,
      get maxGenerators() {
        return Math.max(1, workers.count);
      },
    },
  );
}
