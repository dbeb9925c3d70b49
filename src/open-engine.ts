/** Where the load of this service comes from, as the environment says: this machine, or workers on others. */
import { availableParallelism } from 'node:os';
import manifest from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { err, ok, type Result } from './core/base/result.ts';
import { checkTarget } from './load/check-target.ts';
import { createLocalLoad } from './load/local-load.ts';
import { resetCache } from './load/reset-cache.ts';
import { createSharedClock } from './load/shared-clock.ts';
import type { Engine } from './service/engine/engine-port.ts';
import { createLocalEngine } from './service/engine/local-engine.ts';
import type { WorkloadData } from './workload-data.ts';

export interface OpenEngine {
  readonly engine: Engine;
  /** After the engine has stopped. */
  close(): Promise<void>;
}

export async function openEngine(
  config: Config,
  data: WorkloadData,
  onLost: (error: Error) => void,
): Promise<Result<OpenEngine, string>> {
  const parts = {
    check: checkTarget,
    readFiles: data.readFiles,
    resetCache,
    dataFolder: config.dataFilesDir,
  };
  if (config.loadFrom === 'service' || config.databaseUrl === undefined) {
    const load = createLocalLoad();
    const engine = createLocalEngine({ ...parts, load, cores: availableParallelism() });
    return ok({ engine, close: async () => undefined });
  }
  // Postgres is loaded only by who uses it.
  const { createWorkersLoad } = await import('./service/workers/workers-load.ts');
  const { createWorkersEngine } = await import('./service/workers/workers-engine.ts');
  try {
    const { version } = manifest;
    const clock = createSharedClock();
    const workers = await createWorkersLoad(config.databaseUrl, version, clock, onLost);
    return ok({ engine: createWorkersEngine(parts, workers), close: () => workers.close() });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err(`cannot reach workers through the database: ${why}`);
  }
}
