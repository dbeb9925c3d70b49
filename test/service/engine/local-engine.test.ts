/** The engine of one machine, over a load that only remembers what was asked of it. */
import { describe, expect, test } from 'vitest';
import { createColumns } from '../../../src/core/metrics/request-columns.ts';
import type { LoadPort, LoadSession, SessionPlan } from '../../../src/load/port.ts';
import { createLocalEngine } from '../../../src/service/engine/local-engine.ts';
import { health, question } from '../store/samples.ts';

const burst = {
  probe: 0,
  load: 1,
  rampMs: 0,
  settleMs: 0,
  windowMs: 1,
  lookEveryMs: 1,
};

function plan(generators = 1): SessionPlan {
  return {
    searchId: 's',
    target: {
      baseUrl: 'http://127.0.0.1:1/v1',
      pinnedAddress: '127.0.0.1',
      model: 'm',
      dialect: 'vllm',
      headers: {},
    },
    workload: question().workload,
    axis: 'concurrency',
    seed: 1,
    limits: {
      connectTimeoutMs: 1,
      firstTokenTimeoutMs: 1,
      idleTimeoutMs: 1,
      totalTimeoutMs: 1,
      maxInFlight: 1,
      maxRequests: 1,
    },
    generators,
  };
}

function rememberingLoad(): { load: LoadPort; open: Set<LoadSession>; opening: Promise<void>[] } {
  const open = new Set<LoadSession>();
  const opening: Promise<void>[] = [];
  const load: LoadPort = {
    async open() {
      await Promise.all(opening);
      const session: LoadSession = {
        burst: (_plan, _look, signal) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
          ),
        async close() {
          open.delete(session);
        },
      };
      open.add(session);
      return session;
    },
  };
  return { load, open, opening };
}

const never = new AbortController().signal;
const check = async () => ({ ok: true, value: { model: 'm', dialect: 'vllm', info: {} } }) as const;

describe('local engine', () => {
  test.each([
    [1, 1, 2],
    [2, 1, 2],
    [4, 2, 4],
    [64, 32, 8],
  ])('%d cores: %d searches, %d generators each', (cores, searches, generators) => {
    const engine = createLocalEngine({ load: rememberingLoad().load, check, cores });
    expect([engine.maxSearches, engine.maxGenerators]).toEqual([searches, generators]);
  });

  test('never more sessions than the machine bears, nor generators', async () => {
    const engine = createLocalEngine({ load: rememberingLoad().load, check, cores: 2 });
    await expect(engine.open(plan(3), never)).rejects.toThrow('generators');
    const both = await Promise.allSettled([engine.open(plan(), never), engine.open(plan(), never)]);
    expect(both.map((opened) => opened.status)).toEqual(['fulfilled', 'rejected']);
    const [first] = both;
    if (first?.status === 'fulfilled') await first.value.close();
    await (await engine.open(plan(), never)).close();
  });

  test('a stop ends bursts, closes sessions and refuses new ones', async () => {
    const { load, open } = rememberingLoad();
    const engine = createLocalEngine({ load, check, cores: 4 });
    const running = (await engine.open(plan(), never)).burst(burst, () => 'continue', never);
    await engine.open(plan(), never);
    const ended = expect(running).rejects.toThrow('stopped');
    await engine.stop();
    await ended;
    expect(open.size).toBe(0);
    await expect(engine.open(plan(), never)).rejects.toThrow('stopped');
    await engine.stop();
  });

  test('a session that opens while the engine stops is closed again', async () => {
    const { load, open, opening } = rememberingLoad();
    let release = (): void => {};
    opening.push(new Promise((resolve) => (release = resolve)));
    const engine = createLocalEngine({ load, check, cores: 4 });
    const late = expect(engine.open(plan(), never)).rejects.toThrow('stopped');
    await engine.stop();
    release();
    await late;
    expect(open.size).toBe(0);
  });

  test('the snapshot of the load comes through as it is', async () => {
    const snapshot = {
      burstStartMs: 1,
      windowStartMs: 2,
      nowMs: 3,
      records: createColumns(1),
      health: health(),
    };
    const session: LoadSession = { burst: async () => snapshot, close: async () => {} };
    const engine = createLocalEngine({ load: { open: async () => session }, check, cores: 2 });
    const opened = await engine.open(plan(), never);
    expect(await opened.burst(burst, () => 'end', never)).toBe(snapshot);
  });
});
