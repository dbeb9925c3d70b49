/**
 * What grows too old goes, a bounded piece at a time, so that no transaction holds the file for long. Raw
 * records go first and by themselves; a search goes whole, with everything that points at it.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';
import { ENDED_STATES } from './search-record.ts';

export async function purgeRecords(
  db: Kysely<Schema>,
  beforeMs: number,
  most: number,
): Promise<number> {
  const old = await db
    .selectFrom('request_records')
    .select(['search_id', 'probe', 'attempt'])
    .where('created_at_ms', '<', beforeMs)
    .orderBy('created_at_ms')
    .limit(most)
    .execute();
  if (old.length === 0) return 0;
  const { numDeletedRows } = await db
    .deleteFrom('request_records')
    .where(({ eb, or }) =>
      or(
        old.map((row) =>
          eb('search_id', '=', row.search_id)
            .and('probe', '=', row.probe)
            .and('attempt', '=', row.attempt),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Tables whose rows belong to one search, in the order in which nothing points at what is gone. */
const OF_A_SEARCH = [
  'request_records',
  'probe',
  'event',
  'search_label',
  'idempotency_key',
] as const;

export async function purgeSearches(
  tx: Transaction<Schema>,
  endedBeforeMs: number,
  most: number,
): Promise<number> {
  const old = await tx
    .selectFrom('search')
    .select('id')
    .where('ended_at_ms', '<', endedBeforeMs)
    .where('state', 'in', ENDED_STATES)
    .orderBy('ended_at_ms')
    .limit(most)
    .execute();
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  for (const table of OF_A_SEARCH) {
    await tx.deleteFrom(table).where('search_id', 'in', ids).execute();
  }
  await tx.deleteFrom('search').where('id', 'in', ids).execute();
  return ids.length;
}

/** What a purge would take, for somebody who wants to know before. */
export async function countOld(
  db: Kysely<Schema>,
  recordsBeforeMs: number,
  endedBeforeMs: number,
): Promise<{ readonly records: number; readonly searches: number }> {
  const records = await db
    .selectFrom('request_records')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('created_at_ms', '<', recordsBeforeMs)
    .executeTakeFirstOrThrow();
  const searches = await db
    .selectFrom('search')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('ended_at_ms', '<', endedBeforeMs)
    .where('state', 'in', ENDED_STATES)
    .executeTakeFirstOrThrow();
  return { records: Number(records.n), searches: Number(searches.n) };
}
