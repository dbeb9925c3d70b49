/** The service over Postgres as real processes: killed, cut off from its database, asked for a backup. */
import { describe, expect, test } from 'vitest';
import { searchSchema } from '../../src/service/http/schemas/search.ts';
import { HAS_POSTGRES, postgresServer } from '../service/store/postgres-server.ts';
import { run, stage, startService, startSim, temporaryFolder } from './processes.ts';

const on = stage();

async function post(url: string, target: string): Promise<string> {
  const response = await fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      target: { base_url: `${target}/v1` },
      slo: 'p90(ttft) < 300 ms',
      load: { max: 32 },
      workload: { input_tokens: 64, output_tokens: 8 },
      budget: { load_seconds: 60 },
      seed: 1,
    }),
  });
  return searchSchema.parse(await response.json()).id;
}

const read = async (url: string, id: string) =>
  searchSchema.parse(await (await fetch(`${url}/v1/searches/${id}`)).json());
const probesOf = async (url: string, id: string): Promise<number> =>
  (await read(url, id)).probes.length;

// Real load over real sockets for some seconds.
describe.skipIf(!HAS_POSTGRES)('the service over Postgres', () => {
  const server = postgresServer();

  test('carries on after kill -9, stops when the database goes, says nothing of the password', {
    timeout: 120_000,
  }, async () => {
    const database = await server.database();
    const env = { PLIMSOLL_DATABASE_URL: database, PLIMSOLL_LOAD_FROM: 'service' };
    const sim = on.keep(await startSim());
    const first = on.keep(await startService(on.folder, env));
    const id = await post(first.url, sim.url);
    await expect.poll(() => probesOf(first.url, id), { timeout: 40_000 }).toBeGreaterThan(0);
    const second = run('src/main.ts', [], { ...env, PLIMSOLL_PORT: '0' });
    expect(await second.ended).toMatchObject({ code: 4, stderr: expect.stringMatching(/another/) });
    first.program.child.kill('SIGKILL');
    await first.program.ended;
    const before = await server.query(
      database,
      "select probe, attempt from probe where outcome = 'finished' order by probe",
    );

    // Nothing of it lies in the on.folder of the machine that is gone.
    const elsewhere = temporaryFolder();
    const again = on.keep(await startService(elsewhere, env));
    await expect
      .poll(() => probesOf(again.url, id), { timeout: 40_000 })
      .toBeGreaterThan(before.length);
    const after = await server.query(
      database,
      "select probe, attempt from probe where outcome = 'finished' order by probe",
    );
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after.map(({ probe }) => probe)).size).toBe(after.length);

    await server.crash();
    const { code, stderr } = await again.program.ended;
    expect(code).toBe(4);
    expect(stderr).toContain('the database is lost');
    expect(stderr + first.program.said()).not.toContain('s3cret');
    elsewhere.remove();
  });
});

// Processes of their own: seconds each on a busy machine.
describe('without a database that answers', { timeout: 90_000 }, () => {
  const url = 'postgres://plimsoll:s3cret@127.0.0.1:9/plimsoll';
  const plimsoll = (...args: string[]) =>
    run('src/cli/plimsoll.ts', args, { PLIMSOLL_DATABASE_URL: url }).ended;

  test('the service does not start, and says where it looked', async () => {
    const { code, stderr } = await run('src/main.ts', [], {
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: on.folder.path,
      PLIMSOLL_DATABASE_URL: url,
    }).ended;
    expect(code).toBe(4);
    expect(stderr).toContain('the database plimsoll at 127.0.0.1:9');
    expect(stderr).not.toContain('s3cret');
  });

  test('a URL that is none is refused without being shown', async () => {
    const { code, stderr } = await run('src/main.ts', [], {
      PLIMSOLL_DATABASE_URL: 'mysql://me:s3cret@host/db',
    }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('env:PLIMSOLL_DATABASE_URL: expected postgres://');
    expect(stderr).not.toContain('s3cret');
  });

  test('backup names pg_dump; prune says what is wrong', async () => {
    const backup = await plimsoll('backup', '/tmp/never.dump');
    expect(backup).toMatchObject({ code: 2, stderr: expect.stringContaining('pg_dump') });
    const prune = await plimsoll('prune', '--dry-run');
    expect(prune).toMatchObject({ code: 4, stderr: expect.stringContaining('127.0.0.1:9') });
    expect(backup.stderr + prune.stderr).not.toContain('s3cret');
  });
});
