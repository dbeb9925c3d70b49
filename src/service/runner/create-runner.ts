/**
 * The runner, put together: searches as resources over a store and an engine. Everything it needs
 * comes in here; `start` carries on what an earlier process left, `stop` leaves what the next one needs.
 */
import type { Tracer } from '@opentelemetry/api';
import { assert } from '../../core/base/result.ts';
import { type AccessPorts, BARE_ACCESS } from '../access/access-ports.ts';
import type { Resolve } from '../access/target-guard.ts';
import type { Engine } from '../engine/engine-port.ts';
import type { Store } from '../store/store-port.ts';
import type { Clock } from './clock.ts';
import { createHookBook } from './keep/hook-book.ts';
import { createJournal } from './keep/journal.ts';
import { createAdmission } from './queue/admission.ts';
import { createDispatcher } from './queue/dispatcher.ts';
import { createChangeFeed } from './read/change-feed.ts';
import { rawRequests } from './read/raw-requests.ts';
import { rejudge } from './read/rejudge.ts';
import { createSharedReads } from './read/shared-reads.ts';
import { waitUntilEnded } from './read/wait-until-ended.ts';
import { logOf } from './run/replay.ts';
import { beyondTimeouts } from './run/session-plan.ts';
import { KEY_LIFETIME_MS, type RunnerConfig } from './runner-config.ts';
import { ENDED_STATES, type SearchRecord, type SearchService } from './search-service.ts';
import { NO_METER, type RunMeter } from './watch/run-meter.ts';
import { NO_TRACER } from './watch/spans.ts';

export interface RunnerParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly resolve: Resolve;
  readonly config: RunnerConfig;
  /** Where `env:` credentials are looked up: `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly newId: () => string;
  readonly versions: { readonly plimsoll: string; readonly node: string };
  /** Unexpected errors; no secret and no request body is in them. */
  readonly onError: (error: unknown) => void;
  /** Absent: nobody counts. */
  readonly meter?: RunMeter;
  /** Absent: nobody traces. */
  readonly tracer?: Tracer;
  /** Absent: loopback targets only, no quotas. */
  readonly access?: AccessPorts;
}

export interface Runner extends SearchService {
  /** Searches that run and that wait, now. */
  occupancy(): { readonly running: number; readonly waiting: number };
  start(): Promise<void>;
  /** Stops all load within a second; searches stay as they are and are carried on at the next start. */
  stop(): Promise<void>;
}

/** Between two polls of a search that tells nothing about its next news. */
const DEFAULT_RETRY_SECONDS = 2;
const MAX_RETRY_SECONDS = 30;
const MAX_GATE_RETRY_SECONDS = 10;

export function createRunner(runner: RunnerParts): Runner {
  const { store, clock, resolve, config, meter = NO_METER, tracer = NO_TRACER } = runner;
  const feed = createChangeFeed(runner.onError);
  const journal = createJournal(store, feed, meter);
  const access = runner.access ?? BARE_ACCESS;
  const secrets = { rules: () => access.operator().secrets, env: runner.env };
  const targets = () => access.operator().targets;
  const dispatcher = createDispatcher(
    { ...runner, journal, secrets, targets, meter, tracer, access },
    feed,
  );
  const { turns } = dispatcher;
  let phase: 'starting' | 'running' | 'stopping' = 'starting';

  const queueSeconds = (): number => {
    const left = turns.running().map((active) => active.burstLeftMs() ?? 0);
    return boundSeconds(left.length === 0 ? 0 : Math.min(...left));
  };
  const create = createAdmission({
    access,
    store,
    journal,
    clock,
    resolve,
    newId: runner.newId,
    maxQueued: config.maxQueued,
    turns,
    queueSeconds,
    onCreated: (search) => dispatcher.accept(search),
  });
  const readTogether = createSharedReads(store);
  const touch = (id: string): void => turns.get(id)?.touch();

  return {
    async create(input) {
      const outcome = await create(input);
      if ('search' in outcome) touch(outcome.search.id);
      return outcome;
    },
    hooks: createHookBook(store, clock, runner.newId),
    get: (id) => store.search(id),
    list: (query) => store.list(query),
    async probes(id) {
      const log = await store.probes(id);
      return log.flatMap((probe) => (probe.report === undefined ? [] : [probe.report]));
    },
    log: async (id) => logOf(await store.probes(id)),
    requests: (id) => rawRequests(store, id),
    burst: (searchId, probe, attempt) => store.records({ searchId, probe, attempt }),
    events: (id, after, limit) => readTogether(id, after, limit),
    subscribe: (id, onChange) => feed.subscribe(id, onChange),
    waitUntilEnded: (id, waitMs, signal) =>
      waitUntilEnded(() => store.search(id), feed, id, waitMs, clock, signal),
    touch,
    async rejudge(id, asked, signal) {
      const search = await store.search(id);
      assert(search !== undefined, `no search ${id}`);
      const faults = beyondTimeouts(search.question, asked, config);
      if (faults.length > 0) return { kind: 'not_judgeable', faults };
      return rejudge(search, { ...search.question, ...asked }, store, signal);
    },
    async cancel(id) {
      await dispatcher.end(id, { kind: 'cancelled' });
      return store.search(id);
    },
    retryAfterSeconds: (search) => retryAfterSeconds(search),
    notReady() {
      if (phase !== 'running') return phase;
      const killed = access.killSwitch.state();
      if (killed !== undefined) return `the kill switch is on (${killed.by})`;
      const trouble = journal.trouble();
      return trouble === undefined ? undefined : `the store cannot be written: ${trouble}`;
    },
    occupancy: () => ({ running: turns.running().length, waiting: turns.waiting().length }),
    async start() {
      await store.forgetKeys(clock.wallMs() - KEY_LIFETIME_MS);
      // Running ones first: their targets were theirs before.
      const left = await store.unended();
      for (const search of left.toSorted(runningFirst)) dispatcher.accept(search);
      dispatcher.start();
      phase = 'running';
    },
    async stop() {
      phase = 'stopping';
      await dispatcher.stop();
    },
  };

  function retryAfterSeconds(search: SearchRecord): number {
    if (ENDED_STATES.includes(search.state)) return 0;
    const active = turns.get(search.id);
    if (active === undefined || !turns.isRunning(search.id)) return queueSeconds();
    const leftMs = active.burstLeftMs();
    if (leftMs === undefined) return DEFAULT_RETRY_SECONDS;
    // A gate's burst ends as soon as it is decided, and then nothing is left to wait for.
    return Math.min(
      boundSeconds(leftMs),
      search.kind === 'gate' ? MAX_GATE_RETRY_SECONDS : MAX_RETRY_SECONDS,
    );
  }
}

function boundSeconds(ms: number): number {
  return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(ms / 1_000)));
}

function runningFirst(a: SearchRecord, b: SearchRecord): number {
  return Number(b.state === 'running') - Number(a.state === 'running');
}
