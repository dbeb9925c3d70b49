/** `backup` and `prune` as a person runs them, over a store that somebody is writing to all the while. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore, STORE_FILE } from '../../src/service/store/sqlite-store.ts';
import type { Store } from '../../src/service/store/store-port.ts';
import { type Ended, type Folder, run, temporaryFolder } from '../main/processes.ts';
import { decision, event, finish, newSearch } from '../service/store/samples.ts';

const DAY_MS = 86_400_000;

let folder: Folder;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  store = await open(join(folder.path, STORE_FILE));
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

async function open(file: string): Promise<Store> {
  const opened = await openSqliteStore(file);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

const plimsoll = (...args: string[]): Promise<Ended> =>
  run('src/cli/plimsoll.ts', args, { PLIMSOLL_DATA_DIR: folder.path }).ended;

async function aSearch(id: string, endedAtMs: number): Promise<void> {
  await store.createSearch(newSearch(id), undefined, [event('search.queued')]);
  await store.change(id, { state: 'running', startedAtMs: 1 }, []);
  const start = { searchId: id, probe: 0, attempt: 1, decision: decision(0), startedAtMs: 1 };
  await store.startProbe(start, []);
  await store.finishProbe({ ...finish(id, 0, 1), finishedAtMs: endedAtMs }, {}, []);
  await store.change(id, { state: 'done', endedAtMs }, [event('search.done')]);
}

test('a backup holds all that was there when it began, and a service can start from it', async () => {
  for (let i = 0; i < 20; i++) await aSearch(`before-${i}`, Date.now());
  const copy = join(folder.path, 'copy.sqlite');
  const running = plimsoll('backup', copy);
  let ended: Ended | undefined;
  void running.then((one) => {
    ended = one;
  });
  let written = 0;
  while (ended === undefined) await aSearch(`during-${written++}`, Date.now());
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('MB') });
  expect(written).toBeGreaterThan(5);
  expect(existsSync(`${copy}.partial`)).toBe(false);

  const restored = await open(copy);
  for (let i = 0; i < 20; i++) {
    const id = `before-${i}`;
    expect((await restored.search(id))?.state).toBe('done');
    expect(await restored.records({ searchId: id, probe: 0, attempt: 1 })).toBeDefined();
  }
  await restored.close();
});

test('a backup never writes over anything, and says what is wrong', async () => {
  const taken = join(folder.path, 'taken');
  writeFileSync(taken, 'mine');
  expect(await plimsoll('backup', taken)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('exists already'),
  });
  const nowhere = await plimsoll('backup', join(folder.path, 'no', 'such', 'folder'));
  expect(nowhere).toMatchObject({ code: 4, stderr: expect.stringContaining('cannot copy') });
  expect((await plimsoll('backup')).code).toBe(2);
});

test('prune tells what would go, then takes it, while the store is in use', async () => {
  await aSearch('ancient', Date.now() - 500 * DAY_MS);
  await aSearch('old', Date.now() - 40 * DAY_MS);
  await aSearch('new', Date.now());
  expect(await plimsoll('prune', '--dry-run')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('would go: raw records of 2 bursts, 1 searches'),
  });
  expect((await store.search('ancient'))?.id).toBe('ancient');
  expect(await plimsoll('prune')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('gone: raw records of 2 bursts, 1 searches'),
  });
  const left = await store.list({ limit: 10 });
  expect(left.searches.map(({ id }) => id).sort()).toEqual(['new', 'old']);
  const has = async (searchId: string): Promise<boolean> =>
    (await store.records({ searchId, probe: 0, attempt: 1 })) !== undefined;
  expect([await has('old'), await has('new')]).toEqual([false, true]);
});

test('a file of another version is left alone', async () => {
  const other = temporaryFolder();
  writeFileSync(join(other.path, STORE_FILE), '');
  expect(await plimsoll('prune', '--data-dir', other.path)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('another version'),
  });
  other.remove();
});
