/**
 * What every store must do, whatever engine is under it. An adapter's test file calls this with a
 * way to open an empty store and to open the same one again.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SearchResult } from '../../../src/core/search/answer/result.ts';
import type { Store } from '../../../src/service/store/store-port.ts';
import { decision, event, finish, newSearch, observation, question, snapshot } from './samples.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens it again over the same data. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

const RESULT: SearchResult = {
  confidence: 0.95,
  resolution: 0.1,
  tiers: [{ tier: 'gold', outcome: 'unbounded_above', lower: 4 }],
  warnings: [],
  probes: 1,
  requests: 3,
  loadSeconds: 17,
  stopped: 'budget',
};

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.dispose());

    async function running(id: string): Promise<void> {
      await store.createSearch(newSearch(id), undefined, [event('search.queued')]);
      await store.change(id, { state: 'running', startedAtMs: 1_500 }, [event('search.started')]);
    }
    const start = (searchId: string, probe: number, attempt: number): Promise<boolean> =>
      store.startProbe(
        { searchId, probe, attempt, decision: decision(probe), startedAtMs: 2_000 },
        [event('probe.started', { probe, attempt })],
      );

    describe('searches', () => {
      test('come back as they were written, also after a restart', async () => {
        const input = newSearch('a', {
          question: question({ labels: { commit: 'abc', env: 'ci' }, startLoad: 3 }),
          leaseSeconds: 1.5,
          deadlineAtMs: 9_000,
        });
        const created = await store.createSearch(input, undefined, []);
        expect(created).toEqual({ ...input, kind: 'search', state: 'queued', version: 1 });
        store = await under.reopen();
        expect(await store.search('a')).toEqual(created);
        expect(await store.search('b')).toBeUndefined();
      });

      test('change raises the version and leaves the rest', async () => {
        await running('a');
        const changed = await store.change('a', { result: RESULT }, []);
        expect(changed).toMatchObject({ state: 'running', startedAtMs: 1_500, version: 3 });
        expect((await store.search('a'))?.result).toEqual(RESULT);
      });

      test('an ended search does not change any more', async () => {
        await running('a');
        const end = { state: 'failed', reason: 'target_lost', endedAtMs: 3_000 } as const;
        expect(await store.change('a', end, [event('search.failed')])).toMatchObject(end);
        expect(await store.change('a', { state: 'done' }, [event('search.done')])).toBeUndefined();
        await store.appendEvents('a', [event('probe.progress')]);
        expect((await store.events('a', 0, 100)).map((e) => e.type)).toEqual([
          'search.queued',
          'search.started',
          'search.failed',
        ]);
        expect(await store.search('a')).toMatchObject({ ...end, version: 3 });
      });

      test('unended lists queued and running, oldest first', async () => {
        await store.createSearch(newSearch('new', { createdAtMs: 30 }), undefined, []);
        await store.createSearch(newSearch('old', { createdAtMs: 10 }), undefined, []);
        await store.createSearch(newSearch('over', { createdAtMs: 20 }), undefined, []);
        await store.change('old', { state: 'running' }, []);
        await store.change('over', { state: 'cancelled' }, []);
        expect((await store.unended()).map((s) => s.id)).toEqual(['old', 'new']);
      });

      test('a number that JSON cannot hold is refused, and nothing is written', async () => {
        await running('a');
        const broken = { ...RESULT, loadSeconds: Number.NaN };
        await expect(
          (async () => store.change('a', { result: broken }, [event('bracket.changed')]))(),
        ).rejects.toThrow('loadSeconds');
        expect(await store.search('a')).toMatchObject({ version: 2 });
      });
    });

    describe('events', () => {
      test('have a sequence from 1 without gaps, in one order with the changes', async () => {
        await running('a');
        await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            i % 2 === 0
              ? store.appendEvents('a', [event('probe.progress', { i }), event('probe.progress')])
              : store.change('a', { result: RESULT }, [event('bracket.changed', { i })]),
          ),
        );
        const seqs = (await store.events('a', 0, 1_000)).map((e) => e.seq);
        expect(seqs).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
      });

      test('are read after a number, bounded, per search', async () => {
        await running('a');
        await running('b');
        await store.appendEvents('a', [event('probe.progress', { share: 0.5, text: 'ü' })]);
        expect(await store.events('a', 2, 10)).toEqual([
          { seq: 3, type: 'probe.progress', atMs: 1_234, data: { share: 0.5, text: 'ü' } },
        ]);
        expect((await store.events('a', 0, 2)).map((e) => e.seq)).toEqual([1, 2]);
        expect(await store.events('a', 3, 10)).toEqual([]);
        expect(await store.events('none', 0, 10)).toEqual([]);
      });
    });

    describe('probes', () => {
      test('a finished probe comes back whole: result, raw records, change and events', async () => {
        await running('a');
        expect(await start('a', 0, 1)).toBe(true);
        const done = finish('a', 0, 1);
        const after = await store.finishProbe(done, { result: RESULT }, [event('probe.finished')]);
        expect(after).toMatchObject({ version: 3, result: RESULT });
        store = await under.reopen();
        expect(await store.probes('a')).toEqual([
          {
            searchId: 'a',
            probe: 0,
            attempt: 1,
            decision: decision(0),
            startedAtMs: 2_000,
            finishedAtMs: 5_000,
            outcome: 'finished',
            observation: observation(0),
            report: done.report,
          },
        ]);
        const kept = await store.records({ searchId: 'a', probe: 0, attempt: 1 });
        const { records, ...times } = snapshot();
        expect(kept).toMatchObject(JSON.parse(JSON.stringify(times)));
        expect(kept?.records.scheduledMs).toEqual(records.scheduledMs.slice(0, 3));
        expect(kept?.records.firstTokenMs).toEqual(records.firstTokenMs.slice(0, 3));
        expect(kept?.records.inputTokens).toEqual(records.inputTokens.slice(0, 3));
        expect(kept?.records.outcome).toEqual(records.outcome.slice(0, 3));
        expect(kept?.records.httpStatus).toEqual(records.httpStatus.slice(0, 3));
        expect(kept?.records.gapStart).toEqual(records.gapStart.slice(0, 3));
        expect(kept?.records.gapUnits).toEqual(records.gapUnits.slice(0, 3));
        expect((await store.events('a', 3, 10)).map((e) => e.type)).toEqual(['probe.finished']);
      });

      test('a result is written once', async () => {
        await running('a');
        await start('a', 0, 1);
        await store.finishProbe(finish('a', 0, 1), {}, []);
        const again = finish('a', 0, 1, { observation: observation(0, { requests: 99 }) });
        expect(await store.finishProbe(again, {}, [event('probe.finished')])).toBeUndefined();
        expect((await store.probes('a'))[0]?.observation?.requests).toBe(3);
        expect(await store.events('a', 3, 10)).toEqual([]);
      });

      test('a new attempt takes the probe over: the old owner can write nothing', async () => {
        await running('a');
        await start('a', 0, 1);
        expect(await start('a', 0, 2)).toBe(true);
        expect(await store.finishProbe(finish('a', 0, 1), {}, [])).toBeUndefined();
        expect(await store.finishProbe(finish('a', 0, 2), {}, [])).toBeDefined();
        expect((await store.probes('a')).map((p) => p.outcome)).toEqual(['abandoned', 'finished']);
        expect(await store.records({ searchId: 'a', probe: 0, attempt: 1 })).toBeUndefined();
      });

      test.each([
        ['the same attempt', 1],
        ['an attempt before it', 0],
      ])('%s cannot be claimed twice', async (_, attempt) => {
        await running('a');
        await start('a', 0, 1);
        expect(await start('a', 0, attempt)).toBe(false);
        expect((await store.events('a', 0, 10)).length).toBe(3);
        expect((await store.probes('a')).map((p) => p.outcome)).toEqual([undefined]);
      });

      test('two claims at once: one wins', async () => {
        await running('a');
        const claims = await Promise.all([start('a', 0, 1), start('a', 0, 1), start('a', 0, 1)]);
        expect(claims.filter(Boolean).length).toBe(1);
      });

      test('a finished probe is not run again, a voided one neither', async () => {
        await running('a');
        await start('a', 0, 1);
        const voided = observation(0, { end: 'voided' });
        await store.finishProbe(finish('a', 0, 1, { observation: voided }), {}, []);
        expect(await start('a', 0, 2)).toBe(false);
        expect(await start('a', 1, 1)).toBe(true);
        expect((await store.probes('a')).map((p) => p.outcome)).toEqual(['finished', undefined]);
      });

      test('nothing starts or finishes in a search that has ended', async () => {
        await running('a');
        await start('a', 0, 1);
        await store.change('a', { state: 'cancelled' }, []);
        expect(await store.finishProbe(finish('a', 0, 1), {}, [])).toBeUndefined();
        expect(await start('a', 1, 1)).toBe(false);
        expect((await store.probes('a')).map((p) => p.outcome)).toEqual(['abandoned']);
      });
    });

    describe('idempotency keys', () => {
      const key = (searchId: string, createdAtMs: number, bodyHash = 'h') => ({
        caller: 'ci',
        key: 'k',
        bodyHash,
        searchId,
        createdAtMs,
      });

      test('live with their search, per caller, also after a restart', async () => {
        await store.createSearch(newSearch('a'), key('a', 1_000), []);
        store = await under.reopen();
        expect(await store.findKey('ci', 'k', 1_000)).toEqual(key('a', 1_000));
        expect(await store.findKey('ci', 'k', 1_001)).toBeUndefined();
        expect(await store.findKey('other', 'k', 0)).toBeUndefined();
      });

      test('can be bound anew, and old ones are forgotten', async () => {
        await store.createSearch(newSearch('a'), key('a', 1_000), []);
        await store.createSearch(newSearch('b'), undefined, []);
        await store.bindKey(key('b', 2_000, 'h2'));
        expect(await store.findKey('ci', 'k', 0)).toEqual(key('b', 2_000, 'h2'));
        expect(await store.forgetKeys(2_000)).toBe(0);
        expect(await store.forgetKeys(2_001)).toBe(1);
        expect(await store.findKey('ci', 'k', 0)).toBeUndefined();
      });

      test('a search that cannot be created leaves no key', async () => {
        await store.createSearch(newSearch('a'), undefined, []);
        await expect(store.createSearch(newSearch('a'), key('a', 1), [])).rejects.toThrow();
        expect(await store.findKey('ci', 'k', 0)).toBeUndefined();
      });
    });

    describe('list', () => {
      beforeEach(async () => {
        for (let i = 0; i < 12; i++) {
          const id = `s${String(i).padStart(2, '0')}`;
          await store.createSearch(
            newSearch(id, {
              // Two searches a millisecond: the cursor must not lose or repeat one.
              createdAtMs: 1_000 + Math.floor(i / 2),
              question: question({
                ...(i % 3 === 0 ? { policy: 'rag' } : {}),
                target: { baseUrl: `http://127.0.0.1:${8_000 + (i % 2)}/v1`, dialect: 'auto' },
                labels: i % 4 === 0 ? { commit: 'abc', n: String(i) } : {},
              }),
            }),
            undefined,
            [],
          );
          if (i >= 6) await store.change(id, { state: 'running' }, []);
        }
      });

      const ids = async (query: Omit<Parameters<Store['list']>[0], 'limit'>): Promise<string[]> =>
        (await store.list({ ...query, limit: 100 })).searches.map((s) => s.id);

      test('pages newest first, every search once', async () => {
        const seen: string[] = [];
        let cursor: string | undefined;
        let pages = 0;
        do {
          const page = await store.list({ limit: 5, ...(cursor !== undefined && { cursor }) });
          seen.push(...page.searches.map((s) => s.id));
          cursor = page.nextCursor;
          pages += 1;
          if (pages === 1)
            await store.createSearch(newSearch('z', { createdAtMs: 9_000 }), undefined, []);
        } while (cursor !== undefined);
        expect(pages).toBe(3);
        expect(seen).toEqual(
          Array.from({ length: 12 }, (_, i) => `s${String(11 - i).padStart(2, '0')}`),
        );
      });

      test('a full last page has no next', async () => {
        expect((await store.list({ limit: 12 })).nextCursor).toBeUndefined();
      });

      test('filters, alone and together', async () => {
        expect(await ids({ state: 'running' })).toHaveLength(6);
        expect(await ids({ policy: 'rag' })).toEqual(['s09', 's06', 's03', 's00']);
        expect(await ids({ target: 'http://127.0.0.1:8001/v1' })).toHaveLength(6);
        expect(await ids({ label: 'commit=abc' })).toEqual(['s08', 's04', 's00']);
        expect(await ids({ label: 'commit=ab' })).toEqual([]);
        expect(await ids({ sinceMs: 1_005 })).toEqual(['s11', 's10']);
        expect(await ids({ state: 'running', policy: 'rag', sinceMs: 1_004 })).toEqual(['s09']);
        expect(await ids({ state: 'done' })).toEqual([]);
        expect(await ids({ cursor: 'nonsense' })).toEqual([]);
      });
    });
  });
}
