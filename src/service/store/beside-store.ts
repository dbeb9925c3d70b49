/**
 * The store of a service that may be running, opened by somebody else to take from it what is too old.
 * What only its owner may do (migrate, write searches) is not offered here.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';
import { countOld, purgeRecords, purgeSearches } from './sql-purge.ts';
import type { Store } from './store-port.ts';

export interface BesideStore
  extends Pick<Store, 'purgeRecords' | 'purgeSearches' | 'reclaim' | 'close'> {
  /** What a purge would take. */
  countOld(
    recordsBeforeMs: number,
    endedBeforeMs: number,
  ): Promise<{ readonly records: number; readonly searches: number }>;
}

export function besideQueries(db: Kysely<Schema>, reclaim: Store['reclaim']): BesideStore {
  return {
    purgeRecords: (beforeMs, most) => purgeRecords(db, beforeMs, most),
    purgeSearches: (beforeMs, most) =>
      db.transaction().execute((tx) => purgeSearches(tx, beforeMs, most)),
    countOld: (recordsBeforeMs, endedBeforeMs) => countOld(db, recordsBeforeMs, endedBeforeMs),
    reclaim,
    close: () => db.destroy(),
  };
}

export function otherVersion(place: string): string {
  return `${place} is of another version: start the service of this one once, then try again`;
}
