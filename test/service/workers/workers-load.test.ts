/** The load port over workers: what a session on other machines must do as one on this machine does. */
import { afterEach, describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import type { BurstSnapshot } from '../../../src/core/metrics/burst-snapshot.ts';
import { outcomeAt } from '../../../src/core/metrics/request-columns.ts';
import type { BurstPlan } from '../../../src/core/workload/burst-plan.ts';
import { LoadLost } from '../../../src/load/port.ts';
import { createSharedClock } from '../../../src/load/shared-clock.ts';
import { createWorkersLoad, type WorkersLoad } from '../../../src/service/workers/workers-load.ts';
import { startSim } from '../../main/processes.ts';
import { HAS_POSTGRES, postgresServer } from '../store/postgres-server.ts';
import { planFor, type StartedWorker, startWorker } from './fleet.ts';

const NEVER = new AbortController().signal;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const burst = (load: number, over: Partial<BurstPlan> = {}): BurstPlan => ({
  probe: 0,
  load,
  rampMs: 50,
  settleMs: 300,
  windowMs: 1_500,
  lookEveryMs: 300,
  ...over,
});

function outcomes(snapshot: BurstSnapshot): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < snapshot.records.count; i++) {
    const outcome = outcomeAt(snapshot.records, i);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

describe.skipIf(!HAS_POSTGRES)('load from workers', { timeout: 60_000 }, () => {
  const server = postgresServer();

  async function service(database: string, version = manifest.version): Promise<WorkersLoad> {
    const load = await createWorkersLoad(database, version, createSharedClock(), () => undefined);
    ends.push(() => load.close());
    return load;
  }
  async function worker(database: string): Promise<StartedWorker> {
    const started = await startWorker(database);
    ends.push(async () => {
      started.program.child.kill('SIGKILL');
      await started.program.ended;
    });
    return started;
  }
  async function sim(): Promise<{ readonly baseUrl: string; inFlight(): Promise<number> }> {
    const { program, url } = await startSim(['--model', 'm']);
    ends.push(async () => {
      program.child.kill('SIGKILL');
      await program.ended;
    });
    return {
      baseUrl: `${url}/v1`,
      async inFlight() {
        const text = await (await fetch(`${url}/metrics`)).text();
        const found = [...text.matchAll(/^vllm:num_requests_(?:running|waiting)\S* (\d+)/gm)];
        if (found.length === 0) throw new Error(`no gauge in ${text.slice(0, 200)}`);
        return found.reduce((sum, [, count]) => sum + Number(count), 0);
      },
    };
  }

  test('two workers start together, are looked at as one, end when told, and are free again', async () => {
    const database = await server.database();
    const load = await service(database);
    await Promise.all([worker(database), worker(database)]);
    const { baseUrl, inFlight } = await sim();
    const session = await load.load.open(planFor({ baseUrl }, 2), NEVER);
    let looks = 0;
    const snapshot = await session.burst(
      burst(8),
      () => {
        looks += 1;
        return 'continue';
      },
      NEVER,
    );
    expect(looks).toBeGreaterThan(1);
    expect(snapshot.health.generators).toBe(2);
    const counts = outcomes(snapshot);
    expect(counts.get('ok')).toBeGreaterThan(20);
    expect(counts.get('pending')).toBe(8);
    const { scheduledMs, sentMs, firstTokenMs, endMs, count } = snapshot.records;
    for (let i = 0; i < count; i++) {
      // On the service's clock, and in order.
      expect(scheduledMs[i]).toBeGreaterThan(snapshot.burstStartMs - 5);
      // One that runs may be scheduled and not sent yet.
      if (outcomeAt(snapshot.records, i) !== 'ok') continue;
      expect(sentMs[i]).toBeLessThan(snapshot.nowMs + 50);
      expect(firstTokenMs[i]).toBeGreaterThan(sentMs[i] ?? Number.NaN);
      expect(endMs[i]).toBeGreaterThanOrEqual(firstTokenMs[i] ?? Number.NaN);
    }
    // Each row once, though it was told as running before it was told as ended.
    const ended = snapshot.records.scheduledMs.subarray(0, count);
    expect(new Set(ended).size).toBeGreaterThan(count * 0.9);

    const before = performance.now();
    const cut = await session.burst(burst(4, { windowMs: 60_000 }), () => 'end', NEVER);
    expect(cut.nowMs - cut.windowStartMs).toBeLessThan(5_000);
    expect(performance.now() - before).toBeLessThan(10_000);
    await session.close();
    await expect.poll(inFlight).toBe(0);
    const again = await load.load.open(planFor({ baseUrl }, 2), NEVER);
    await again.close();
  });

  test('too few workers is an error that counts them; another version is none', async () => {
    const database = await server.database();
    const load = await service(database);
    const plan = planFor({ baseUrl: 'http://127.0.0.1:9/v1' }, 2);
    await expect(load.load.open(plan, NEVER)).rejects.toThrow(/2 free workers are needed, and 0/);
    await worker(database);
    await expect(load.load.open(plan, NEVER)).rejects.toThrow(/2 free workers are needed, and 1/);
    await expect.poll(() => load.count).toBe(1);
    const other = await service(database, '9.9.9');
    await expect(other.load.open({ ...plan, generators: 1 }, NEVER)).rejects.toThrow(
      /1 free workers are needed, and 0 live \(and 1 of another version\)/,
    );
  });

  test('kill -9 of a worker spoils the burst, a stop ends its load and says so', async () => {
    const database = await server.database();
    const load = await service(database);
    const first = await worker(database);
    const { baseUrl, inFlight } = await sim();
    const plan = planFor({ baseUrl }, 1);
    const long = burst(4, { windowMs: 60_000 });

    const session = await load.load.open(plan, NEVER);
    const spoilt = session.burst(
      long,
      () => {
        first.program.child.kill('SIGKILL');
        return 'continue';
      },
      NEVER,
    );
    await expect(spoilt).rejects.toThrow(LoadLost);
    await expect(spoilt).rejects.toThrow(first.id);
    await expect.poll(inFlight).toBe(0);
    await session.close();

    const second = await worker(database);
    const another = await load.load.open(plan, NEVER);
    const stopped = another.burst(
      long,
      () => {
        // A second one would not wait for the end of the load.
        if (!second.program.child.killed) second.program.child.kill('SIGTERM');
        return 'continue';
      },
      NEVER,
    );
    await expect(stopped).rejects.toThrow('told to stop');
    expect((await second.program.ended).code).toBe(0);
    expect(await inFlight()).toBe(0);
    await another.close();
    expect(await server.query(database, 'select id from load_worker_v1')).not.toContainEqual({
      id: second.id,
    });
    expect(await server.query(database, 'select count(*)::int as n from load_message_v1')).toEqual([
      { n: 0 },
    ]);
  });

  test('a service that goes without a word: its worker ends the load and is free for the next', async () => {
    const database = await server.database();
    const gone = await createWorkersLoad(
      database,
      manifest.version,
      createSharedClock(),
      () => undefined,
    );
    await worker(database);
    const { baseUrl, inFlight } = await sim();
    const plan = planFor({ baseUrl }, 1);
    const session = await gone.load.open(plan, NEVER);
    await session.burst(burst(4, { windowMs: 300 }), () => 'continue', NEVER);
    await expect.poll(inFlight).toBeGreaterThan(0);
    // Closes its line only: nobody tells the worker.
    await gone.close();
    const next = await service(database);
    const taken = await next.load.open(plan, NEVER);
    expect(await inFlight()).toBe(0);
    await taken.close();
  });
});
