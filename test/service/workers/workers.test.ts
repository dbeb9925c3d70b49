/** A service with workers as real processes: a worker killed, the service killed, no worker at all. */
import { describe, expect, test } from 'vitest';
import { searchSchema } from '../../../src/service/http/schemas/search.ts';
import { stage, startService, startSim } from '../../main/processes.ts';
import { HAS_POSTGRES, postgresServer } from '../store/postgres-server.ts';
import { startWorker } from './fleet.ts';

const on = stage();

async function post(url: string, target: string, loadSeconds: number) {
  const response = await fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=1' },
    body: JSON.stringify({
      target: { base_url: `${target}/v1` },
      slo: 'p90(ttft) < 300 ms',
      load: { max: 128 },
      workload: { input_tokens: 64, output_tokens: 8 },
      budget: { load_seconds: loadSeconds },
      resolution: 0.5,
      seed: 1,
    }),
  });
  return searchSchema.parse(await response.json());
}

// Real load over real sockets for some seconds.
describe.skipIf(!HAS_POSTGRES)('a search over workers', () => {
  const server = postgresServer();

  test('survives kill -9 of its worker and of its service, and counts nothing twice', {
    timeout: 180_000,
  }, async () => {
    const database = await server.database();
    const env = { PLIMSOLL_DATABASE_URL: database };
    const sim = on.keep(await startSim());
    const service = on.keep(await startService(on.folder, env));
    const workers = [on.keep(await startWorker(database)), on.keep(await startWorker(database))];
    const { id } = await post(service.url, sim.url, 20);
    type Row = Record<string, unknown>;
    const probes = (): Promise<readonly Row[]> =>
      server.query(
        database,
        `select probe, attempt, outcome from probe where search_id = '${id}' order by probe, attempt`,
      );
    const finished = async (): Promise<number> =>
      (await probes()).filter(({ outcome }) => outcome === 'finished').length;
    const running = async (): Promise<boolean> =>
      (await probes()).some(({ outcome }) => outcome === null);

    await expect.poll(finished, { timeout: 40_000 }).toBeGreaterThan(0);
    await expect.poll(running).toBe(true);
    const [row] = await server.query(
      database,
      'select id from load_worker_v1 where session is not null',
    );
    const spoilt = (await probes()).find(({ outcome }) => outcome === null);
    const before = await finished();
    workers.find((worker) => worker.id === row?.['id'])?.program.child.kill('SIGKILL');
    await expect.poll(finished, { timeout: 40_000 }).toBeGreaterThan(before);
    expect(await probes()).toContainEqual({ ...spoilt, outcome: 'abandoned' });
    expect(await probes()).toContainEqual({
      probe: spoilt?.['probe'],
      attempt: Number(spoilt?.['attempt']) + 1,
      outcome: 'finished',
    });

    service.program.child.kill('SIGKILL');
    await service.program.ended;
    const again = on.keep(await startService(on.folder, env));
    const read = async () =>
      searchSchema.parse(await (await fetch(`${again.url}/v1/searches/${id}`)).json());
    await expect.poll(async () => (await read()).state, { timeout: 90_000 }).not.toBe('running');
    const { summary, state } = await read();
    // On a busy machine the client may void its probes; that is an end too, and the load was real.
    const ended = state === 'done' || summary.reason === 'client_limited';
    expect(ended, `${summary.sentence}\n${again.program.said()}`).toBe(true);
    const rows = await probes();
    expect(rows.filter(({ outcome }) => outcome === null)).toEqual([]);
    const done = rows.filter(({ outcome }) => outcome === 'finished');
    expect(done.map(({ probe }) => probe)).toEqual(done.map((_, i) => i));
    const stored = await server.query(
      database,
      'select probe, count(*)::int as n from request_records group by probe having count(*) > 1',
    );
    expect(stored).toEqual([]);
  });

  test('without a worker it fails at once and says what to start', async () => {
    const database = await server.database();
    const sim = on.keep(await startSim());
    const { url } = on.keep(await startService(on.folder, { PLIMSOLL_DATABASE_URL: database }));
    const search = await post(url, sim.url, 20);
    expect(search.state).toBe('failed');
    expect(search.summary.reason).toBe('no_workers');
    expect(search.summary.sentence).toContain('plimsoll worker');
  });
});
