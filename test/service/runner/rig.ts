/**
 * A whole runner on a real SQLite file, with the simulated server in virtual time where the generators
 * would be: real controller, real evidence, real store, no waiting. Tests turn the knobs of the load
 * (die, go silent, void, hold) and of time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BurstSnapshot } from '../../../src/core/metrics/burst-snapshot.ts';
import { createColumns, outcomeIndex } from '../../../src/core/metrics/request-columns.ts';
import type { Question } from '../../../src/core/policy/question.ts';
import type { BurstPlan } from '../../../src/core/workload/burst-plan.ts';
import type { LoadPort, LoadSession, SessionPlan } from '../../../src/load/port.ts';
import { type AccessPorts, BARE_ACCESS } from '../../../src/service/access/access-ports.ts';
import type { Engine } from '../../../src/service/engine/engine-port.ts';
import { createLocalEngine } from '../../../src/service/engine/local-engine.ts';
import type { Clock } from '../../../src/service/runner/clock.ts';
import {
  createRunner,
  type Runner,
  type RunnerParts,
} from '../../../src/service/runner/create-runner.ts';
import {
  DEFAULT_RUNNER_CONFIG,
  type RunnerConfig,
} from '../../../src/service/runner/runner-config.ts';
import type { CreateSearch, SearchRecord } from '../../../src/service/runner/search-service.ts';
import { openSqliteStore } from '../../../src/service/store/sqlite-store.ts';
import type { Store } from '../../../src/service/store/store-port.ts';
import { serverModel } from '../../../src/sim/server-model.ts';
import { openVirtualSession } from '../../../src/sim/virtual-session.ts';
import { WORKLOADS } from '../../../src/sim/workloads.ts';

/** Twelve slots: more than twelve streams wait for one, so p90 TTFT turns steep just there. */
const SERVER = serverModel({
  name: 'slots-12',
  baseMs: 8,
  decodeMs: 0.12,
  prefillMs: 0.05,
  tokenBudget: 2_048,
  maxSeqs: 12,
  kvTokens: 400_000,
});

export function ask(over: Partial<Question> = {}): Question {
  return {
    target: { baseUrl: 'http://127.0.0.1:8000/v1', dialect: 'auto' },
    tiers: [
      {
        name: 'gold',
        text: 'p90(ttft) < 100 ms',
        objectives: [
          {
            kind: 'quantile',
            id: 'p90_ttft',
            metric: 'ttft',
            q: 0.9,
            operator: '<',
            boundMs: 100,
            text: 'p90(ttft) < 100 ms',
          },
        ],
      },
    ],
    axis: 'concurrency',
    minLoad: 1,
    maxLoad: 64,
    workload: WORKLOADS.demo,
    budget: { loadSeconds: 300, requests: 100_000, outputTokens: 10_000_000 },
    confidence: 0.95,
    resolution: 0.1,
    seed: 7,
    labels: {},
    ...over,
  };
}

let bodies = 0;
export function order(over: Partial<CreateSearch> = {}): CreateSearch {
  bodies += 1;
  return {
    kind: 'search',
    question: ask(),
    caller: 'anonymous',
    bodyHash: `body ${bodies}`,
    onBusy: 'queue',
    ...over,
  };
}

/** What the load does; tests change it while it runs. */
export interface Knobs {
  /** Resolves before a burst ends; aborted by the burst's signal. */
  hold?: Promise<void> | undefined;
  /** Called at the start of each burst; what it returns happens to the burst. */
  fate?: (plan: BurstPlan, session: SessionPlan) => Fate | undefined;
  check?: Engine['check'];
  resetCache?: NonNullable<Engine['resetCache']>;
  /** While set, no write reaches the store. */
  diskFull?: boolean;
}
export type Fate =
  | { readonly kind: 'throw'; readonly error: Error }
  | { readonly kind: 'snapshot'; readonly snapshot: BurstSnapshot }
  | { readonly kind: 'busy_client' };

export interface Burst {
  readonly plan: BurstPlan;
  readonly generators: number;
  /** First burst of its session. */
  readonly cold: boolean;
}

export interface Rig {
  runner: Runner;
  store: Store;
  readonly knobs: Knobs;
  /** Every burst that was begun, in order. */
  readonly bursts: Burst[];
  readonly sessions: SessionPlan[];
  openSessions(): number;
  readonly errors: unknown[];
  /** Moves both clocks. */
  pass(ms: number): void;
  /** Somebody sets the wall clock. */
  stepWall(ms: number): void;
  ended(id: string): Promise<SearchRecord>;
  /** Stops the service, whatever it is doing, and starts it again over the same file. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** Waits of the runner take a fiftieth of their time; time itself moves when a test says so. */
const FASTER = 50;

function fastClock(): Clock & Pick<Rig, 'pass' | 'stepWall'> {
  let offsetMs = 0;
  let steppedMs = 0;
  return {
    wallMs: () => Math.round(Date.now() + offsetMs + steppedMs),
    monotonicMs: () => performance.now() + offsetMs,
    async sleep(ms, signal) {
      await delay(ms / FASTER, undefined, { signal });
    },
    pass(ms) {
      offsetMs += ms;
    },
    stepWall(ms) {
      steppedMs += ms;
    },
  };
}

/** Who counts and traces what the runner does. */
export type Watchers = Pick<RunnerParts, 'meter' | 'tracer'>;

export async function createRig(
  config: Partial<RunnerConfig> = {},
  cores = 2,
  access: AccessPorts = BARE_ACCESS,
  watchers: Watchers = {},
): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-runner-'));
  const file = join(dir, 'plimsoll.db');
  const clock = fastClock();
  const knobs: Knobs = {};
  const bursts: Burst[] = [];
  const sessions: SessionPlan[] = [];
  const errors: unknown[] = [];
  const open = new Set<LoadSession>();
  const load = virtualLoad(knobs, bursts, sessions, open);
  let ids = 0;

  const make = (store: Store): Runner =>
    createRunner({
      ...watchers,
      store: breakable(store, knobs),
      engine: createLocalEngine({
        load,
        cores,
        resetCache: (target, route, signal) =>
          knobs.resetCache?.(target, route, signal) ??
          Promise.resolve({ ok: true, value: undefined }),
        check: (candidate, signal) =>
          knobs.check?.(candidate, signal) ??
          Promise.resolve({
            ok: true,
            value: { model: 'sim', dialect: 'vllm', info: { server: 'slots-12' } },
          }),
      }),
      clock,
      resolve: async () => ['127.0.0.1'],
      access,
      config: { ...DEFAULT_RUNNER_CONFIG, ...config },
      env: { PLIMSOLL_TARGET_KEY: 'sk-very-secret' },
      newId: () => `s${++ids}`,
      versions: { plimsoll: '0.0.0', node: process.version },
      onError: (error) => errors.push(error),
    });
  const reopen = async (): Promise<Store> => {
    const opened = await openSqliteStore(file);
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value;
  };

  const store = await reopen();
  const rig: Rig = {
    runner: make(store),
    store,
    knobs,
    bursts,
    sessions,
    errors,
    openSessions: () => open.size,
    pass: (ms) => clock.pass(ms),
    stepWall: (ms) => clock.stepWall(ms),
    async ended(id) {
      const record = await rig.runner.waitUntilEnded(id, 2_500_000, AbortSignal.timeout(50_000));
      if (record === undefined) throw new Error(`no search ${id}`);
      return record;
    },
    async restart() {
      await rig.runner.stop();
      await rig.store.close();
      rig.store = await reopen();
      rig.runner = make(rig.store);
      await rig.runner.start();
    },
    async dispose() {
      await rig.runner.stop();
      await rig.store.close();
      rmSync(dir, { recursive: true });
    },
  };
  await rig.runner.start();
  return rig;
}

/** The store, whose writes fail as on a full disk while the knob says so. */
function breakable(store: Store, knobs: Knobs): Store {
  const guard =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (knobs.diskFull === true) throw new Error('database or disk is full');
      return write(...args);
    };
  return {
    ...store,
    createSearch: guard(store.createSearch),
    change: guard(store.change),
    appendEvents: guard(store.appendEvents),
    startProbe: guard(store.startProbe),
    finishProbe: guard(store.finishProbe),
  };
}

function virtualLoad(
  knobs: Knobs,
  bursts: Burst[],
  sessions: SessionPlan[],
  open: Set<LoadSession>,
): LoadPort {
  return {
    async open(plan) {
      sessions.push(plan);
      const { workload, axis, seed } = plan;
      const virtual = openVirtualSession({ server: SERVER, workload, axis, seed });
      let cold = true;
      const session: LoadSession = {
        async burst(burst, onLook, signal) {
          signal.throwIfAborted();
          bursts.push({ plan: burst, generators: plan.generators, cold });
          cold = false;
          const fate = knobs.fate?.(burst, plan);
          if (knobs.hold !== undefined) await held(knobs.hold, signal);
          if (fate?.kind === 'throw') throw fate.error;
          if (fate?.kind === 'snapshot') return fate.snapshot;
          const snapshot = virtual.burst(burst, onLook);
          if (fate?.kind !== 'busy_client') return snapshot;
          return { ...snapshot, health: { ...BUSY, generators: plan.generators } };
        },
        async drain() {
          cold = true;
        },
        async close() {
          open.delete(session);
        },
      };
      open.add(session);
      return session;
    },
  };
}

/** A generator whose own clock samples were late one time in two. */
const BUSY = {
  canaryLateRatio: 0.5,
  canaryLateMsP99: 80,
  sendLagMsP99: 30,
  sendLagMsMax: 80,
  eventLoopDelayMsMax: 80,
  eventLoopUtilisation: 0.99,
  cpuRatio: 1,
  staleConnections: 0,
  unsent: 0,
};

function held(hold: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    hold.then(resolve, reject);
  });
}

/** A burst in which every request was refused. */
export function refusedBurst(plan: BurstPlan): BurstSnapshot {
  const records = createColumns(50);
  records.count = 50;
  for (let i = 0; i < 50; i++) {
    records.outcome[i] = outcomeIndex('refused');
    records.scheduledMs[i] = i * 100;
    records.sentMs[i] = i * 100;
    records.endMs[i] = i * 100 + 1;
  }
  const health = {
    canaryLateRatio: 0,
    canaryLateMsP99: 0.2,
    sendLagMsP99: 0.2,
    sendLagMsMax: 1,
    eventLoopDelayMsMax: 1,
    eventLoopUtilisation: 0.1,
    cpuRatio: 0.1,
    staleConnections: 0,
    unsent: 0,
    generators: 1,
  };
  return { burstStartMs: 0, windowStartMs: plan.settleMs, nowMs: 6_000, records, health };
}
