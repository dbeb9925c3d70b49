/**
 * The store over any SQL engine that kysely speaks to: searches, events and keys. What is in one
 * transaction here is what a reader may rely on together; the probe log is in `sql-probes.ts`.
 */
import type { Kysely, Transaction } from 'kysely';
import { fromJsonText } from './json-text.ts';
import { listPage } from './list-query.ts';
import { changeRow, labelsOf, newSearchRow, searchOf } from './rows.ts';
import type { Schema } from './schema.ts';
import { ENDED_STATES, type SearchEvent, type SearchEventType } from './search-record.ts';
import { changeSearch, insertEvents } from './sql-changes.ts';
import { hookQueries } from './sql-hooks.ts';
import { loadUsed } from './sql-load-used.ts';
import { finishProbe, readProbes, readRecords, startProbe } from './sql-probes.ts';
import { purgeRecords, purgeSearches } from './sql-purge.ts';
import type { KeyBinding, NewEvent, NewSearch, Store, StoredSearch } from './store-port.ts';

async function insertSearch(
  tx: Transaction<Schema>,
  search: NewSearch,
  key: KeyBinding | undefined,
  events: readonly NewEvent[],
): Promise<StoredSearch> {
  await tx.insertInto('search').values(newSearchRow(search)).execute();
  const labels = labelsOf(search);
  if (labels.length > 0) {
    await tx
      .insertInto('search_label')
      .values(labels.map((label) => ({ search_id: search.id, label })))
      .execute();
  }
  if (key !== undefined) await upsertKey(tx, key);
  await insertEvents(tx, search.id, 0, events);
  return searchOf(
    await tx.selectFrom('search').selectAll().where('id', '=', search.id).executeTakeFirstOrThrow(),
  );
}

/** A key that has outlived its day may be bound again, so the newest binding stands. */
async function upsertKey(db: Kysely<Schema>, key: KeyBinding): Promise<void> {
  const values = {
    body_hash: key.bodyHash,
    search_id: key.searchId,
    created_at_ms: key.createdAtMs,
  };
  await db
    .insertInto('idempotency_key')
    .values({ caller: key.caller, key: key.key, ...values })
    .onConflict((conflict) => conflict.columns(['caller', 'key']).doUpdateSet(values))
    .execute();
}

async function findKey(
  db: Kysely<Schema>,
  caller: string,
  key: string,
  notBeforeMs: number,
): Promise<KeyBinding | undefined> {
  const row = await db
    .selectFrom('idempotency_key')
    .selectAll()
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('created_at_ms', '>=', notBeforeMs)
    .executeTakeFirst();
  return (
    row && {
      caller: row.caller,
      key: row.key,
      bodyHash: row.body_hash,
      searchId: row.search_id,
      createdAtMs: Number(row.created_at_ms),
    }
  );
}

async function readEvents(
  db: Kysely<Schema>,
  id: string,
  after: number,
  limit: number,
): Promise<readonly SearchEvent[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('search_id', '=', id)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    seq: row.seq,
    type: row.type as SearchEventType,
    atMs: Number(row.at_ms),
    data: fromJsonText(row.data),
  }));
}

/** What only the engine under the queries can do. */
export interface EngineParts {
  sizeBytes(): Promise<number>;
  reclaim(): Promise<boolean>;
  /** Frees what lies under the database (files, locks) after the last query. */
  release(): void | Promise<void>;
}

export function createSqlStore(db: Kysely<Schema>, engine: EngineParts): Store {
  const inTransaction = <T>(work: (tx: Transaction<Schema>) => Promise<T>): Promise<T> =>
    db.transaction().execute(work);
  return {
    createSearch: (search, key, events) =>
      inTransaction((tx) => insertSearch(tx, search, key, events)),
    findKey: (caller, key, notBeforeMs) => findKey(db, caller, key, notBeforeMs),
    bindKey: (binding) => upsertKey(db, binding),
    async forgetKeys(beforeMs) {
      const { numDeletedRows } = await db
        .deleteFrom('idempotency_key')
        .where('created_at_ms', '<', beforeMs)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
    async search(id) {
      const row = await db.selectFrom('search').selectAll().where('id', '=', id).executeTakeFirst();
      return row && searchOf(row);
    },
    list: (query) => listPage(db, query),
    loadUsed: (account, sinceMs) => loadUsed(db, account, sinceMs),
    async unended() {
      const rows = await db
        .selectFrom('search')
        .selectAll()
        .where('state', 'not in', ENDED_STATES)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return rows.map(searchOf);
    },
    change: (id, change, events) =>
      inTransaction((tx) => changeSearch(tx, id, changeRow(change), events)),
    appendEvents: (id, events) =>
      inTransaction(async (tx) => {
        await changeSearch(tx, id, undefined, events);
      }),
    events: (id, after, limit) => readEvents(db, id, after, limit),
    startProbe: (start, events) => inTransaction((tx) => startProbe(tx, start, events)),
    finishProbe: (finish, change, events) => finishProbe(db, finish, change, events),
    probes: (searchId) => readProbes(db, searchId),
    records: (key) => readRecords(db, key),
    purgeRecords: (beforeMs, most) => purgeRecords(db, beforeMs, most),
    purgeSearches: (beforeMs, most) => inTransaction((tx) => purgeSearches(tx, beforeMs, most)),
    reclaim: () => engine.reclaim(),
    sizeBytes: () => engine.sizeBytes(),
    ...hookQueries(db),
    async close() {
      await db.destroy();
      await engine.release();
    },
  };
}
