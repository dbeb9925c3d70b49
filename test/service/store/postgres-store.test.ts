/** The Postgres adapter: the contract, and what only a server that others use can get wrong. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  openPostgresBeside,
  openPostgresStore,
} from '../../../src/service/store/postgres-store.ts';
import type { Store } from '../../../src/service/store/store-port.ts';
import { HAS_POSTGRES, postgresServer } from './postgres-server.ts';
import { decision, finish, newSearch } from './samples.ts';
import { type StoreUnderTest, storeContract } from './store-contract.ts';
import { upkeepContract } from './upkeep-contract.ts';

const neverLost = (error: Error): void => {
  throw error;
};

async function openOrThrow(url: string): Promise<Store> {
  const opened = await openPostgresStore(url, neverLost);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

describe.skipIf(!HAS_POSTGRES)('a store in Postgres', () => {
  const server = postgresServer();

  async function underTest(): Promise<StoreUnderTest> {
    const url = await server.database();
    let store = await openOrThrow(url);
    return {
      store,
      async reopen() {
        await store.close();
        store = await openOrThrow(url);
        return store;
      },
      dispose: () => store.close(),
    };
  }
  storeContract('Postgres', underTest);
  upkeepContract('Postgres', underTest);

  test('a second opening is refused at once, says what to do, and tells no password', async () => {
    const url = await server.database();
    const store = await openOrThrow(url);
    const second = await openPostgresStore(url, neverLost);
    expect(second).toMatchObject({ ok: false, error: { code: 'store_locked' } });
    expect(JSON.stringify(second)).toContain(new URL(url).pathname.slice(1));
    expect(JSON.stringify(second)).not.toContain('s3cret');
    await store.close();
    await (await openOrThrow(url)).close();
  });

  test('another process is refused while the owner lives, and let in after kill -9', async () => {
    const url = await server.database();
    const owner = fork(join(import.meta.dirname, 'store-owner.ts'), [url], { stdio: 'ignore' });
    await once(owner, 'message');
    expect(await openPostgresStore(url, neverLost)).toMatchObject({
      ok: false,
      error: { code: 'store_locked' },
    });
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    // The server notices the closed socket by itself; how soon is not ours.
    const after: Store[] = [];
    const tryAgain = async (): Promise<number> => {
      const opened = await openPostgresStore(url, neverLost);
      if (opened.ok) after.push(opened.value);
      return after.length;
    };
    await expect.poll(tryAgain).toBe(1);
    // What the owner was told is written stays written.
    expect(await after[0]?.search('owned')).toMatchObject({ state: 'queued' });
    await after[0]?.close();
  });

  test('an owner whose connection is cut is told', async () => {
    const url = await server.database();
    const lost: Error[] = [];
    const opened = await openPostgresStore(url, (error) => lost.push(error));
    if (!opened.ok) throw new Error(opened.error.message);
    await server.query(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await expect.poll(() => lost.length).toBe(1);
    await opened.value.close();
    expect(lost).toHaveLength(1);
  });

  test('writers that meet wait for each other and never for ever', async () => {
    const url = await server.database();
    const store = await openOrThrow(url);
    for (let round = 0; round < 15; round++) {
      const id = `s${round}`;
      await store.createSearch(newSearch(id), undefined, []);
      await store.change(id, { state: 'running' }, []);
      const start = { searchId: id, probe: 0, decision: decision(0), startedAtMs: 1 };
      await store.startProbe({ ...start, attempt: 1 }, []);
      const [finished, taken] = await Promise.all([
        store.finishProbe(finish(id, 0, 1), {}, []),
        store.startProbe({ ...start, attempt: 2 }, []),
        store.appendEvents(id, []),
      ]);
      // One of the two has the probe, and not both.
      expect(finished === undefined).toBe(taken);
      const [late, cancelled] = await Promise.all([
        store.finishProbe(finish(id, 0, 2), {}, []),
        store.change(id, { state: 'cancelled' }, []),
      ]);
      expect(cancelled).toBeDefined();
      const outcomes = (await store.probes(id)).map((probe) => probe.outcome);
      const done = finished !== undefined || late !== undefined;
      expect(outcomes.filter((one) => one === 'finished')).toHaveLength(done ? 1 : 0);
      expect(outcomes).not.toContain(undefined);
    }
    await store.close();
  });

  test('a database of a newer version is refused', async () => {
    const url = await server.database();
    await (await openOrThrow(url)).close();
    await server.query(url, "insert into kysely_migration values ('9999_future', '2030-01-01')");
    expect(await openPostgresStore(url, neverLost)).toMatchObject({
      ok: false,
      error: { code: 'store_newer' },
    });
  });

  test('a database that is not there: why, without the password', async () => {
    const url = (await server.database()).replace(/\/t\d+\?/, '/nowhere?');
    const opened = await openPostgresStore(url, neverLost);
    expect(opened).toMatchObject({ ok: false, error: { code: 'store_unusable' } });
    expect(JSON.stringify(opened)).toContain('does not exist');
    expect(JSON.stringify(opened)).not.toContain('s3cret');
  });

  test('beside its owner somebody else may prune, but not make it', async () => {
    const url = await server.database();
    const early = await openPostgresBeside(url);
    expect(early).toMatchObject({ ok: false, error: expect.stringContaining('start the service') });
    const store = await openOrThrow(url);
    const beside = await openPostgresBeside(url);
    if (!beside.ok) throw new Error(beside.error);
    expect(await beside.value.countOld(1, 1)).toEqual({ records: 0, searches: 0 });
    await beside.value.close();
    await store.close();
  });
});
