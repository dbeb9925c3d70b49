/** Who keeps house and when, over days that pass in no time. */
import { expect, test } from 'vitest';
import type { Clock } from '../../../../src/service/runner/clock.ts';
import {
  createRetention,
  DAY_MS,
  type Purged,
  purge,
  type RetentionParts,
} from '../../../../src/service/runner/keep/retention.ts';

/** A store that knows only ages: times at which things came to be, oldest first. */
function shelf(records: number[], ends: number[]) {
  const calls: string[] = [];
  const take = (from: number[], beforeMs: number, most: number): number => {
    const old = from.filter((at) => at < beforeMs).slice(0, most);
    from.splice(0, old.length);
    return old.length;
  };
  return {
    calls,
    store: {
      async purgeRecords(beforeMs: number, most: number) {
        calls.push('records');
        return take(records, beforeMs, most);
      },
      async purgeSearches(beforeMs: number, most: number) {
        calls.push('searches');
        return take(ends, beforeMs, most);
      },
      async reclaim() {
        calls.push('reclaim');
        return false;
      },
    },
  };
}

/** Sleeping is what makes time pass; `until` that time, then it sleeps for good. */
function virtualClock(startMs: number, untilMs: number): Clock & { readonly slept: number[] } {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    slept,
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(ms, signal) {
      slept.push(ms);
      nowMs += ms;
      if (nowMs < untilMs) return;
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
}

const NOW = 1_000 * DAY_MS;
const config = { recordsDays: 30, resultsDays: 365 };
const never = new AbortController().signal;
const days = (...ago: number[]): number[] => ago.map((one) => NOW - one * DAY_MS);

test('raw records after their days, searches after theirs', async () => {
  const records = days(400, 31, 29, 0);
  const ends = days(400, 366, 364, 31);
  const { store, calls } = shelf(records, ends);
  const clock = virtualClock(NOW, Number.POSITIVE_INFINITY);
  expect(await purge({ store, clock, config }, never)).toEqual({ records: 2, searches: 2 });
  expect([records, ends]).toEqual([days(29, 0), days(364, 31)]);
  expect(calls).toEqual(['records', 'searches', 'reclaim']);
});

test('in pieces with a pause after each, and nothing is reclaimed for nothing', async () => {
  const { store, calls } = shelf(
    Array.from({ length: 45 }, () => 0),
    [],
  );
  const clock = virtualClock(NOW, Number.POSITIVE_INFINITY);
  expect(await purge({ store, clock, config }, never)).toEqual({ records: 45, searches: 0 });
  expect(calls).toEqual(['records', 'records', 'records', 'searches', 'reclaim']);
  expect(clock.slept).toEqual([20, 20, 20]);
  calls.length = 0;
  await purge({ store, clock, config }, never);
  expect(calls).toEqual(['records', 'searches']);
});

async function keepHouse(
  over: Partial<RetentionParts>,
  days: number,
): Promise<{ readonly purged: Purged[]; readonly errors: unknown[] }> {
  const purged: Purged[] = [];
  const errors: unknown[] = [];
  const { store } = shelf([0, NOW, NOW + DAY_MS], []);
  const retention = createRetention({
    store,
    clock: virtualClock(NOW, NOW + days * DAY_MS),
    config,
    onPurged: (one) => purged.push(one),
    onError: (error) => errors.push(error),
    ...over,
  });
  retention.start();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await retention.stop();
  return { purged, errors };
}

test('at the start, then once a day; a stop ends it in the middle of the wait', async () => {
  const { purged, errors } = await keepHouse({}, 40);
  expect(errors).toEqual([]);
  expect(purged.length).toBe(40);
  // The first purge took a moment, so each thing is a little over its days at the purge of its day.
  const days = purged.flatMap(({ records }, day) => (records > 0 ? [day] : []));
  expect(days).toEqual([0, 30, 31]);
});

test('a purge that fails is told, tried again within minutes, and goes on', async () => {
  const { store } = shelf([0], []);
  let tries = 0;
  const { purged, errors } = await keepHouse(
    {
      store: {
        ...store,
        purgeRecords: async (beforeMs, most) => {
          tries += 1;
          if (tries <= 2) throw new Error('database or disk is full');
          return store.purgeRecords(beforeMs, most);
        },
      },
    },
    1,
  );
  expect(errors.length).toBe(2);
  expect(purged).toEqual([{ records: 1, searches: 0 }]);
});
