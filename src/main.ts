/**
 * The service: reads the environment, puts the rooms together, listens, and stops in order. The only
 * place that chooses adapters. Ends with 0 after a stop, 2 when the environment is wrong, 4 when
 * something outside (port, data directory, policies) keeps it from starting.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { type Config, faultLines, readConfig } from './config.ts';
import { err, ok, type Result } from './core/base/result.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openAccess } from './open-access.ts';
import { openEngine } from './open-engine.ts';
import { systemResolve } from './service/access/target-guard.ts';
import { createApp } from './service/http/app.ts';
import { STREAM_TIMING } from './service/http/limits.ts';
import { readPolicyShelf } from './service/http/policies/policy-shelf.ts';
import { listen } from './service/http/server.ts';
import { targetChecker } from './service/http/target-check.ts';
import { systemClock } from './service/runner/clock.ts';
import { createRunner } from './service/runner/create-runner.ts';
import { createRetention, type Retention } from './service/runner/keep/retention.ts';
import { DEFAULT_RUNNER_CONFIG } from './service/runner/runner-config.ts';
import { openSqliteStore, STORE_FILE } from './service/store/sqlite-store.ts';
import type { StoreFault } from './service/store/store-fault.ts';
import type { Store } from './service/store/store-port.ts';
import { createLogger, loggedMeter } from './telemetry.ts';
import { startTracing, type Tracing } from './tracing.ts';
import { createWorkloadData } from './workload-data.ts';

const EXIT = { stopped: 0, usage: 2, outside: 4 } as const;
/** A stop that takes longer has lost something; the load is over long before. */
const STOP_TIMEOUT_MS = 5_000;
const ID_RANDOM_BYTES = 5;
/** Newest answers that the metrics know again after a restart. */
const RECALLED_SEARCHES = 100;

interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

async function startService(
  config: Config,
  log: Logger,
  telemetry: Telemetry,
  onStoreLost: (error: Error) => void,
): Promise<Result<Service, string>> {
  const opening = openAccess(config, log);
  if (!opening.ok) return opening;
  const access = opening.value;
  const shelf = readPolicyShelf(policiesDir(config));
  if (!shelf.ok) return shelf;
  const opened = await openStore(config, onStoreLost);
  if (!opened.ok) return err(opened.error.message);
  const store = opened.value;
  const { metrics, tracing } = telemetry;
  const data = createWorkloadData(config.dataFilesDir);
  const reached = await openEngine(config, data, onStoreLost);
  if (!reached.ok) {
    await store.close();
    return reached;
  }
  const { engine } = reached.value;
  const runner = createRunner({
    store,
    engine,
    clock: systemClock,
    resolve: systemResolve,
    config: {
      ...DEFAULT_RUNNER_CONFIG,
      maxQueued: config.maxQueued,
      maxInFlight: config.limits.maxConcurrency,
    },
    env: process.env,
    access,
    newId: newSearchId,
    versions: { plimsoll: manifest.version, node: process.version },
    onError: (error) => log.error({ err: error }, 'unexpected error'),
    meter: loggedMeter(log, metrics.meter),
    tracer: tracing.tracer,
  });
  metrics.observe({ occupancy: runner.occupancy, storeBytes: store.sizeBytes });
  metrics.recall((await store.list({ state: 'done', limit: RECALLED_SEARCHES })).searches);
  const retention = retentionOf(store, config, metrics, log);
  const app = createApp({
    searches: runner,
    policies: shelf.value,
    limits: config.limits,
    checkTarget: targetChecker(systemResolve, access.operator),
    access,
    checkData: data.checkData,
    version: manifest.version,
    timing: STREAM_TIMING,
    metrics,
    tracer: tracing.tracer,
    onAccess(line) {
      metrics.onAccess(line);
      log.info(line, 'request');
    },
    onError: (error, requestId) => log.error({ err: error, requestId }, 'request failed'),
  });
  const listening = await listen({ host: config.host, port: config.port, fetch: app.fetch });
  if (!listening.ok) {
    await Promise.all([reached.value.close(), store.close()]);
    return listening;
  }
  const stopped = new AbortController();
  access.listen(stopped.signal);
  await runner.start();
  retention.start();
  const server = listening.value;
  return ok({
    url: server.url,
    async stop() {
      stopped.abort();
      // The load first: it is what hurts others.
      await Promise.all([runner.stop(), server.close(), retention.stop()]);
      await Promise.all([reached.value.close(), store.close(), tracing.stop()]);
    },
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (!config.ok) {
    process.stderr.write(`The environment is not valid:\n${faultLines(config.error)}\n`);
    process.exitCode = EXIT.usage;
    return;
  }
  const log = createLogger(config.value.logLevel);
  const { version } = manifest;
  const tracing = await startTracing(process.env, version, (message) => log.warn(message));
  const metrics = createMetrics(version);
  const lost = new AbortController();
  const service = await startService(config.value, log, { metrics, tracing }, (error) => {
    log.fatal({ err: error }, 'the database is lost');
    lost.abort();
  });
  if (!service.ok) {
    log.fatal(service.error);
    process.exitCode = EXIT.outside;
    return;
  }
  const { url, stop } = service.value;
  log.info({ url, version: manifest.version, pid: process.pid }, 'listening');
  stopOnSignals(stop, log, lost.signal);
  // A parent that started us over IPC gets the address, and takes us along when it goes.
  process.send?.({ kind: 'listening', url });
}

/** Postgres is loaded only by who uses it. */
async function openStore(
  config: Config,
  onLost: (error: Error) => void,
): Promise<Result<Store, StoreFault>> {
  if (config.databaseUrl === undefined) return openSqliteStore(join(config.dataDir, STORE_FILE));
  const { openPostgresStore } = await import('./service/store/postgres-store.ts');
  return openPostgresStore(config.databaseUrl, onLost);
}

function stopOnSignals(stop: () => Promise<void>, log: Logger, lost: AbortSignal): void {
  let stopping = false;
  const end = (cause: string, exitCode: number): void => {
    if (stopping) process.exit(exitCode);
    stopping = true;
    log.info({ cause }, 'stopping');
    const late = setTimeout(() => process.exit(EXIT.outside), STOP_TIMEOUT_MS);
    stop()
      .then(() => log.info('stopped'))
      .catch((error: unknown) => log.error({ err: error }, 'the stop failed'))
      .finally(() => {
        clearTimeout(late);
        process.exit(exitCode);
      });
  };
  process.on('SIGTERM', () => end('SIGTERM', EXIT.stopped));
  process.on('SIGINT', () => end('SIGINT', EXIT.stopped));
  // Somebody else may run our searches by now; ours go on where the log ends when we are started again.
  const onLost = (): void => end('the database is lost', EXIT.outside);
  if (lost.aborted) onLost();
  else lost.addEventListener('abort', onLost, { once: true });
  process.on('disconnect', () => end('the parent is gone', EXIT.stopped));
  // A process that no longer knows its own state must not go on sending load.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught');
    end('uncaught exception', EXIT.outside);
  });
}

function retentionOf(store: Store, config: Config, metrics: Metrics, log: Logger): Retention {
  return createRetention({
    store,
    clock: systemClock,
    config: config.retention,
    onPurged(purged) {
      metrics.onPurge(purged);
      log.info(purged, 'purged');
    },
    onError: (error) => log.error({ err: error }, 'the purge failed'),
  });
}

function policiesDir(config: Config): string {
  return config.policiesDir ?? fileURLToPath(new URL('../policies', import.meta.url));
}

/** Sorts by time of creation; the random part keeps ids of one millisecond apart. */
function newSearchId(): string {
  return `${Date.now().toString(36)}${randomBytes(ID_RANDOM_BYTES).toString('hex')}`;
}

await main();
