/** Waits for the end of a search without polling: until it ended, time is over, or the waiter left. */
import { ENDED_STATES, type SearchRecord } from '../../store/search-record.ts';
import type { Clock } from '../clock.ts';
import type { ChangeFeed } from './change-feed.ts';

export async function waitUntilEnded(
  read: () => Promise<SearchRecord | undefined>,
  feed: ChangeFeed,
  id: string,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<SearchRecord | undefined> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let wake: () => void = () => {};
  let changed = false;
  const unsubscribe = feed.subscribe(id, () => {
    changed = true;
    wake();
  });
  const timer = clock
    .sleep(waitMs, stop)
    .catch(() => {})
    .then(() => {
      over.abort();
      wake();
    });
  try {
    for (;;) {
      changed = false;
      const search = await read();
      if (search === undefined || ENDED_STATES.includes(search.state)) return search;
      if (stop.aborted) return search;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (changed || stop.aborted) resolve();
      });
    }
  } finally {
    unsubscribe();
    over.abort();
    await timer;
  }
}
