/**
 * All writes of the runner: to the store, then to whoever listens. It remembers whether the last
 * write worked, which is what readiness is about, and keeps progress from holding up a burst.
 */
import type { NewEvent, Store, StoredSearch } from '../../store/store-port.ts';
import type { ChangeFeed } from '../read/change-feed.ts';
import { NO_METER, type RunMeter } from '../watch/run-meter.ts';

/** A write that did not happen: a full disk, a lost file. The search itself is as sound as before. */
export class WriteFailed extends Error {
  override readonly name = 'WriteFailed';
}

export type Writes = Pick<Store, 'createSearch' | 'change' | 'startProbe' | 'finishProbe'>;

export interface Journal extends Writes {
  /** Told when there is time; dropped while an earlier one is still being written. */
  progress(id: string, event: NewEvent): void;
  /** Why the last write failed; undefined when it worked. */
  trouble(): string | undefined;
}

export function createJournal(store: Store, feed: ChangeFeed, meter: RunMeter = NO_METER): Journal {
  let trouble: string | undefined;
  const writing = new Set<string>();

  async function write<T>(id: string, work: Promise<T>): Promise<T> {
    try {
      const written = await work;
      trouble = undefined;
      feed.notify(id);
      return written;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      throw new WriteFailed(trouble, { cause: error });
    }
  }

  async function writeProgress(id: string, event: NewEvent): Promise<void> {
    writing.add(id);
    try {
      await write(id, store.appendEvents(id, [event]));
    } catch {
      // A lost line of progress costs nobody anything, and `trouble` knows of it.
    } finally {
      writing.delete(id);
    }
  }

  return {
    async createSearch(search, key, events) {
      const created = await write(search.id, store.createSearch(search, key, events));
      meter.moved(created);
      return created;
    },
    async change(id, change, events): Promise<StoredSearch | undefined> {
      const changed = await write(id, store.change(id, change, events));
      if (changed !== undefined && change.state !== undefined) meter.moved(changed);
      return changed;
    },
    startProbe: (start, events) => write(start.searchId, store.startProbe(start, events)),
    async finishProbe(finish, change, events) {
      const stored = await write(finish.searchId, store.finishProbe(finish, change, events));
      if (stored !== undefined) meter.probeFinished(finish);
      return stored;
    },
    progress(id, event) {
      if (!writing.has(id)) void writeProgress(id, event);
    },
    trouble: () => trouble,
  };
}
