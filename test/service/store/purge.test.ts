/** What grew too old goes, in pieces, whole, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/service/store/sqlite-store.ts';
import type { Store } from '../../../src/service/store/store-port.ts';
import { decision, event, finish, newSearch } from './samples.ts';

let dir: string;
let file: string;
let store: Store;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-purge-'));
  file = join(dir, 'plimsoll.sqlite');
  const opened = await openSqliteStore(file);
  if (!opened.ok) throw new Error(opened.error.message);
  store = opened.value;
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

/** A search with a finished probe, a label, a key; ended at that time, or still running. */
async function aSearch(id: string, finishedAtMs: number, endedAtMs?: number): Promise<void> {
  const key = {
    caller: 'anonymous',
    key: `key-${id}`,
    bodyHash: 'b',
    searchId: id,
    createdAtMs: 0,
  };
  await store.createSearch(newSearch(id), key, [event('search.queued')]);
  await store.change(id, { state: 'running', startedAtMs: 1 }, [event('search.started')]);
  await store.startProbe(
    { searchId: id, probe: 0, attempt: 1, decision: decision(0), startedAtMs: 1 },
    [],
  );
  await store.finishProbe({ ...finish(id, 0, 1), finishedAtMs }, {}, [event('probe.finished')]);
  if (endedAtMs === undefined) return;
  await store.change(id, { state: 'done', endedAtMs }, [event('search.done')]);
}

const hasRecords = async (searchId: string): Promise<boolean> =>
  (await store.records({ searchId, probe: 0, attempt: 1 })) !== undefined;

test('raw records by the age of their burst; the results that they led to stay', async () => {
  await aSearch('old', 1_000, 2_000);
  await aSearch('new', 5_000, 6_000);
  expect(await store.purgeRecords(5_000, 10)).toBe(1);
  expect(await store.purgeRecords(5_000, 10)).toBe(0);
  expect([await hasRecords('old'), await hasRecords('new')]).toEqual([false, true]);
  expect((await store.probes('old'))[0]?.report).toBeDefined();
});

test('no more at once than asked, the oldest first', async () => {
  for (let i = 0; i < 5; i++) await aSearch(`s${i}`, 1_000 + i, 2_000 + i);
  expect(await store.purgeRecords(9_000, 2)).toBe(2);
  expect([await hasRecords('s1'), await hasRecords('s2')]).toEqual([false, true]);
  expect(await store.purgeSearches(9_000, 2)).toBe(2);
  expect([await store.search('s1'), (await store.search('s2'))?.id]).toEqual([undefined, 's2']);
});

test('searches whole, with all that points at them; one that has not ended stays for ever', async () => {
  await aSearch('old', 1_000, 2_000);
  await aSearch('running', 1_000);
  await aSearch('new', 1_000, 9_000);
  expect(await store.purgeSearches(9_000, 10)).toBe(1);
  const list = await store.list({ limit: 10 });
  expect(list.searches.map(({ id }) => id).sort()).toEqual(['new', 'running']);
  expect(await store.findKey('anonymous', 'key-old', 0)).toBeUndefined();
  const db = new Database(file, { readonly: true });
  for (const table of ['probe', 'event', 'request_records', 'search_label', 'idempotency_key']) {
    const left = db.prepare(`select 1 from ${table} where search_id = 'old'`).all();
    expect(left, table).toEqual([]);
  }
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
});

test('the space goes back to the file system', async () => {
  const big = finish('big', 0, 1);
  await aSearch('keeps', 1_000, 2_000);
  while (await store.reclaim());
  const before = await store.sizeBytes();
  await store.createSearch(newSearch('big'), undefined, []);
  await store.change('big', { state: 'running', startedAtMs: 1 }, []);
  await store.startProbe(
    { searchId: 'big', probe: 0, attempt: 1, decision: decision(0), startedAtMs: 1 },
    [],
  );
  // Noise does not deflate.
  const gaps = Uint16Array.from({ length: 1_000_000 }, () => Math.random() * 65_536);
  const { records } = big.snapshot;
  const noisy = { ...records, gapUnits: gaps, gapCount: gaps.length };
  await store.finishProbe({ ...big, snapshot: { ...big.snapshot, records: noisy } }, {}, []);
  while (await store.reclaim());
  const full = await store.sizeBytes();
  expect(full - before).toBeGreaterThan(1_900_000);
  await store.purgeRecords(Number.MAX_SAFE_INTEGER, 10);
  while (await store.reclaim());
  expect((await store.sizeBytes()) - before).toBeLessThan(200_000);
});
