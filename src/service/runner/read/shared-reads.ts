/**
 * A thousand readers of one search wake at the same event and ask the same question: the store is asked
 * once for all of them.
 */
import type { SearchEvent } from '../../store/search-record.ts';
import type { Store } from '../../store/store-port.ts';

export function createSharedReads(store: Pick<Store, 'events'>): Store['events'] {
  /** Reads under way. What is written after one began is told to its readers by their next wake. */
  const running = new Map<string, Promise<readonly SearchEvent[]>>();
  return (id, after, limit) => {
    const key = `${id} ${after} ${limit}`;
    const known = running.get(key);
    if (known !== undefined) return known;
    const read = store.events(id, after, limit).finally(() => running.delete(key));
    running.set(key, read);
    return read;
  };
}
