/**
 * Load from this machine: the port's real adapter. Runs n generator processes, starts each burst at one
 * time agreed on the shared clock, and merges what they recorded into one set of requests.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../core/base/result.ts';
import type { BurstSnapshot } from '../core/metrics/burst-snapshot.ts';
import { appendColumns, copyColumns } from '../core/metrics/grow-columns.ts';
import { createColumns, type RequestColumns } from '../core/metrics/request-columns.ts';
import type { BurstPlan, Look } from '../core/workload/burst-plan.ts';
import {
  type GeneratorOptions,
  type GeneratorProcess,
  startGenerator,
} from './generator-process.ts';
import { mergeHealth } from './merge-health.ts';
import { LoadLost, type LoadPort, type LoadSession, type SessionPlan } from './port.ts';
import type { LookReply } from './protocol.ts';
import { createSharedClock, type SharedClock } from './shared-clock.ts';

/** Time for the command to reach every generator before they all change their load. */
const START_LEAD_MS = 20;
/** Answers of a usual length have ended by then; whoever has longer ones loses them. */
const DRAIN_TIMEOUT_MS = 120_000;
const DRAIN_LOOK_MS = 20;

export function createLocalLoad(options: GeneratorOptions = {}): LoadPort {
  return {
    async open(plan, signal) {
      signal.throwIfAborted();
      const generators = Array.from({ length: plan.generators }, () => startGenerator(options));
      return openGenerators(generators, plan, signal, START_LEAD_MS);
    },
  };
}

/**
 * A session over generators that have been started, wherever they run; they are killed when they do not
 * open. `leadMs`: time for a command to reach them all before they change their load together.
 */
export async function openGenerators(
  generators: readonly GeneratorProcess[],
  plan: SessionPlan,
  signal: AbortSignal,
  leadMs: number,
): Promise<LoadSession> {
  try {
    await untilAborted(openAll(generators, plan), signal);
  } catch (error) {
    for (const generator of generators) generator.kill();
    throw error;
  }
  return createSession(generators, leadMs);
}

async function openAll(generators: readonly GeneratorProcess[], plan: SessionPlan): Promise<void> {
  const promptSalt = randomUUID();
  await Promise.all(
    generators.map((generator, index) => generator.open({ kind: 'open', plan, index, promptSalt })),
  );
}

function createSession(generators: readonly GeneratorProcess[], leadMs: number): LoadSession {
  const clock = createSharedClock();
  let running = false;
  return {
    async burst(plan, onLook, signal) {
      assert(!running, 'one burst at a time');
      signal.throwIfAborted();
      running = true;
      try {
        return await runBurst({ generators, clock, leadMs }, plan, onLook, signal);
      } finally {
        running = false;
      }
    },
    async drain(signal) {
      assert(!running, 'one burst at a time');
      await drainAll(generators, clock, signal);
    },
    async close() {
      await Promise.all(generators.map((generator) => generator.close()));
    },
  };
}

interface Crew {
  readonly generators: readonly GeneratorProcess[];
  readonly clock: SharedClock;
  readonly leadMs: number;
}

async function runBurst(
  { generators, clock, leadMs }: Crew,
  plan: BurstPlan,
  onLook: (snapshot: BurstSnapshot) => Look,
  signal: AbortSignal,
): Promise<BurstSnapshot> {
  const startAtMs = clock.nowMs() + leadMs;
  const windowStartMs = startAtMs + plan.settleMs;
  const windowEndMs = windowStartMs + plan.windowMs;
  for (const generator of generators) {
    const { load, rampMs, trace } = plan;
    generator.load({
      kind: 'load',
      startAtMs,
      load,
      rampMs,
      windowStartMs,
      ...(trace !== undefined && { trace }),
    });
  }
  const collector = createCollector(startAtMs, windowStartMs);
  const look = async (last: boolean): Promise<BurstSnapshot> => {
    const asked = Promise.all(generators.map((generator) => generator.look(last)));
    return collector.merge(await untilAborted(asked, signal));
  };
  let lookAtMs = startAtMs + plan.lookEveryMs;
  while (lookAtMs < windowEndMs) {
    await sleepUntil(clock, lookAtMs, signal);
    // Fetched during the settle too, so that no generator has to keep much; judged only in the window.
    const snapshot = await look(false);
    if (snapshot.nowMs >= windowStartMs && onLook(snapshot) === 'end')
      return kept(await look(true));
    lookAtMs = Math.max(lookAtMs + plan.lookEveryMs, clock.nowMs());
  }
  await sleepUntil(clock, windowEndMs, signal);
  return kept(await look(true));
}

/** Until nothing is in flight. The generators end what takes longer than its time-outs themselves. */
async function drainAll(
  generators: readonly GeneratorProcess[],
  clock: SharedClock,
  signal: AbortSignal,
): Promise<void> {
  for (const generator of generators) generator.pause();
  const untilMs = clock.nowMs() + DRAIN_TIMEOUT_MS;
  for (;;) {
    const asked = Promise.all(generators.map((generator) => generator.look(true)));
    const replies = await untilAborted(asked, signal);
    if (replies.every((reply) => reply.pending.count === 0)) return;
    if (clock.nowMs() > untilMs) throw new LoadLost('requests in flight did not end in time');
    await sleepUntil(clock, clock.nowMs() + DRAIN_LOOK_MS, signal);
  }
}

/** With records of its own and no spare room: this one is stored. */
function kept(snapshot: BurstSnapshot): BurstSnapshot {
  return { ...snapshot, records: copyColumns(snapshot.records) };
}

interface Collector {
  merge(replies: readonly LookReply[]): BurstSnapshot;
}

/** Keeps the ended rows of a burst; the pending ones are told anew at each look. */
function createCollector(burstStartMs: number, windowStartMs: number): Collector {
  const records: RequestColumns = createColumns(0);
  let endedCount = 0;
  let endedGapCount = 0;
  return {
    merge(replies) {
      records.count = endedCount;
      records.gapCount = endedGapCount;
      for (const reply of replies) appendColumns(records, reply.ended);
      endedCount = records.count;
      endedGapCount = records.gapCount;
      for (const reply of replies) appendColumns(records, reply.pending);
      return {
        burstStartMs,
        windowStartMs,
        // Up to the earliest look all generators have told everything; what came later still is pending.
        nowMs: Math.min(...replies.map((reply) => reply.nowMs)),
        records,
        health: mergeHealth(replies.map((reply) => reply.health)),
      };
    },
  };
}

async function sleepUntil(clock: SharedClock, atMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(0, atMs - clock.nowMs()), undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

/** Settles as the promise does, or rejects with the signal's reason if that comes first. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
