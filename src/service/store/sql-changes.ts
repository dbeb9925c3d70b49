/**
 * A change of a search and the events that tell it, as one. The number of the newest event lives in
 * the search's row: raising it there, in the same transaction, is what keeps the sequence without
 * gaps and in order.
 */
import type { Transaction, Updateable } from 'kysely';
import { toJsonText } from './json-text.ts';
import { searchOf } from './rows.ts';
import type { Schema, SearchTable } from './schema.ts';
import { ENDED_STATES, type SearchState } from './search-record.ts';
import type { NewEvent, ProbeOutcome, StoredSearch } from './store-port.ts';

export async function insertEvents(
  tx: Transaction<Schema>,
  searchId: string,
  lastSeq: number,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx
    .insertInto('event')
    .values(
      events.map((event, i) => ({
        search_id: searchId,
        seq: lastSeq + i + 1,
        type: event.type,
        at_ms: event.atMs,
        data: toJsonText(event.data),
      })),
    )
    .execute();
  await tx
    .updateTable('search')
    .set({ last_seq: lastSeq + events.length })
    .where('id', '=', searchId)
    .execute();
}

/** Without a change of the row the version stays: only events were added. Undefined once it has ended. */
export async function changeSearch(
  tx: Transaction<Schema>,
  id: string,
  change: Updateable<SearchTable> | undefined,
  events: readonly NewEvent[],
): Promise<StoredSearch | undefined> {
  // An update first: it takes the row's lock before anything is read from it.
  const row = await tx
    .updateTable('search')
    .set((eb) =>
      change === undefined
        ? { version: eb.ref('version') }
        : { ...change, version: eb('version', '+', 1) },
    )
    .where('id', '=', id)
    .where('state', 'not in', ENDED_STATES)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (ENDED_STATES.includes(row.state as SearchState)) await giveUpProbes(tx, id);
  await insertEvents(tx, id, row.last_seq, events);
  return searchOf(row);
}

/** Attempts without a result will not get one any more. */
export async function giveUpProbes(tx: Transaction<Schema>, searchId: string): Promise<void> {
  await tx
    .updateTable('probe')
    .set({ outcome: 'abandoned' satisfies ProbeOutcome })
    .where('search_id', '=', searchId)
    .where('outcome', 'is', null)
    .execute();
}
