/** The rest of what every store must do: counting what was sent, hooks, and letting go of what is old. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/service/store/store-port.ts';
import { decision, event, finish, newSearch } from './samples.ts';
import type { StoreUnderTest } from './store-contract.ts';

export function upkeepContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract, upkeep: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.dispose());

    async function ended(id: string, endedAtMs: number, caller = 'anonymous'): Promise<void> {
      const key = { caller, key: id, bodyHash: 'b', searchId: id, createdAtMs: 0 };
      await store.createSearch(newSearch(id, { caller }), key, [event('search.queued')]);
      await store.change(id, { state: 'running', startedAtMs: 1 }, []);
      const start = { searchId: id, probe: 0, attempt: 1, decision: decision(0), startedAtMs: 500 };
      await store.startProbe(start, []);
      await store.finishProbe({ ...finish(id, 0, 1), finishedAtMs: endedAtMs - 1 }, {}, []);
      await store.change(id, { state: 'done', endedAtMs }, [event('search.done')]);
    }

    test('load is counted for an account and the subjects of its tokens, and nobody else', async () => {
      const callers = ['ci', 'ci:main', 'ci:z/9', 'cib', 'ci9', 'ci;x', 'CI:main', 'ci-2'];
      for (const [i, caller] of callers.entries()) await ended(`s${i}`, 1_000, caller);
      expect(await store.loadUsed('ci', 500)).toEqual({
        loadSeconds: 51,
        requests: 9,
        outputTokens: 144,
      });
      expect(await store.loadUsed('ci', 501)).toMatchObject({ requests: 0 });
    });

    test('what a target said is kept, whatever was in it', async () => {
      await store.createSearch(newSearch('a'), undefined, []);
      const said = 'it said "\u0000\ud800\u{1f600}\\u0000 end"';
      const changed = await store.change('a', { state: 'failed', detail: said }, [
        event('search.failed', { detail: said }),
      ]);
      expect(changed?.detail).toMatch(/^it said ".+\\u0000 end"$/su);
      expect((await store.events('a', 0, 1))[0]?.data).toEqual({ detail: said });
    });

    test('raw records by their age, the oldest first and no more than asked; results stay', async () => {
      for (let i = 0; i < 3; i++) await ended(`s${i}`, 1_000 + i);
      const kept = async (): Promise<boolean[]> =>
        Promise.all(
          [0, 1, 2].map(
            async (i) =>
              (await store.records({ searchId: `s${i}`, probe: 0, attempt: 1 })) !== undefined,
          ),
        );
      expect(await store.purgeRecords(1_001, 2)).toBe(2);
      expect(await kept()).toEqual([false, false, true]);
      expect(await store.purgeRecords(1_001, 2)).toBe(0);
      expect((await store.probes('s0'))[0]?.report).toBeDefined();
    });

    test('searches go whole, and one that has not ended stays', async () => {
      await ended('old', 1_000);
      await ended('new', 2_000);
      await store.createSearch(newSearch('waits', { createdAtMs: 1 }), undefined, []);
      expect(await store.purgeSearches(2_000, 10)).toBe(1);
      expect(await store.search('old')).toBeUndefined();
      expect(await store.findKey('anonymous', 'old', 0)).toBeUndefined();
      expect(await store.events('old', 0, 10)).toEqual([]);
      const { searches } = await store.list({ limit: 10 });
      expect(searches.map(({ id }) => id).sort()).toEqual(['new', 'waits']);
      expect(await store.reclaim()).toBe(false);
      expect(await store.sizeBytes()).toBeGreaterThan(10_000);
    });

    test('hooks are found by their hash, newest first, until they are deleted', async () => {
      const hook = (id: string, createdAtMs: number) => ({
        id,
        name: 'nightly',
        tokenHash: `hash-${id}`,
        createdAtMs,
        caller: 'ci',
        binding: { policy: 'chat', loads: [1, 2] },
      });
      await store.createHook(hook('a', 1));
      await store.createHook(hook('b', 2));
      expect(await store.hooks()).toEqual([hook('b', 2), hook('a', 1)]);
      expect(await store.findHook('hash-a')).toEqual(hook('a', 1));
      await expect(store.createHook({ ...hook('c', 3), tokenHash: 'hash-a' })).rejects.toThrow();
      expect([await store.deleteHook('a'), await store.deleteHook('a')]).toEqual([true, false]);
      expect(await store.findHook('hash-a')).toBeUndefined();
    });
  });
}
