/**
 * How the tables came to be, oldest first. A migration that has shipped is never edited: a later one
 * changes what it made. Written with the query builder so that they run on every engine.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';
import type { Schema } from './schema.ts';

/** Where the engines differ in what a column is. */
export interface ColumnTypes {
  readonly bytes: 'blob' | 'bytea';
  /** Text that is put in order or asked for by its beginning: by its bytes, whatever the language. */
  readonly sortedText: 'text' | RawBuilder<unknown>;
}

export const SQLITE_TYPES: ColumnTypes = { bytes: 'blob', sortedText: 'text' };
/** A database's own order may pass over punctuation, and then `a:b` is not behind `a:`. */
export const POSTGRES_TYPES: ColumnTypes = {
  bytes: 'bytea',
  sortedText: sql`text collate "C"`,
};

async function createFirstTables(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('search')
    .addColumn('id', types.sortedText, (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('policy', 'text')
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('target_key', 'text', (c) => c.notNull())
    .addColumn('question_hash', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('lease_seconds', 'double precision')
    .addColumn('deadline_at_ms', 'bigint')
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('last_seq', 'integer', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('detail', 'text')
    .addColumn('question', 'text', (c) => c.notNull())
    .addColumn('result', 'text')
    .addColumn('provenance', 'text')
    .execute();
  // Covers every filter of the list, so that a page is found without touching the wide rows.
  await db.schema
    .createIndex('search_list')
    .on('search')
    .columns(['created_at_ms', 'id', 'state', 'policy', 'target'])
    .execute();
  await db.schema.createIndex('search_state').on('search').columns(['state']).execute();
  await db.schema
    .createTable('search_label')
    .addColumn('label', 'text', (c) => c.notNull())
    .addColumn('search_id', 'text', (c) => c.notNull().references('search.id'))
    .addPrimaryKeyConstraint('search_label_key', ['label', 'search_id'])
    .execute();
  await createProbeTables(db, types);
  await createEventTables(db);
}

async function createProbeTables(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('probe')
    .addColumn('search_id', 'text', (c) => c.notNull().references('search.id'))
    .addColumn('probe', 'integer', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('finished_at_ms', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('decision', 'text', (c) => c.notNull())
    .addColumn('observation', 'text')
    .addColumn('report', 'text')
    .addPrimaryKeyConstraint('probe_key', ['search_id', 'probe', 'attempt'])
    .execute();
  await db.schema
    .createTable('request_records')
    .addColumn('search_id', 'text', (c) => c.notNull())
    .addColumn('probe', 'integer', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('requests', 'integer', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('columns', types.bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('request_records_key', ['search_id', 'probe', 'attempt'])
    .execute();
  // Raw records are kept for a shorter time than results: they are found by age.
  await db.schema
    .createIndex('request_records_age')
    .on('request_records')
    .columns(['created_at_ms'])
    .execute();
}

async function createEventTables(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('event')
    .addColumn('search_id', 'text', (c) => c.notNull().references('search.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('data', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('event_key', ['search_id', 'seq'])
    .execute();
  await db.schema
    .createTable('idempotency_key')
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('search_id', 'text', (c) => c.notNull().references('search.id'))
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotency_key_key', ['caller', 'key'])
    .execute();
  await db.schema
    .createIndex('idempotency_key_age')
    .on('idempotency_key')
    .columns(['created_at_ms'])
    .execute();
}

/** Where a search stands in a distributed trace, so that a run after a restart continues it. */
async function addTrace(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('search').addColumn('trace', 'text').execute();
}

/** Ended searches are found by the time of their end when they have grown old. */
async function addAge(db: Kysely<Schema>): Promise<void> {
  await db.schema.createIndex('search_age').on('search').columns(['ended_at_ms']).execute();
}

/** Gates and searches are listed apart: a covering index that begins with which is which. */
async function indexKinds(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createIndex('search_list_by_kind')
    .on('search')
    .columns(['kind', 'created_at_ms', 'id', 'state', 'policy', 'target'])
    .execute();
}

/** Who asked for a search, by which a day's quota is counted. Before, everybody was the same one. */
async function addCaller(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .alterTable('search')
    .addColumn('caller', types.sortedText, (c) => c.notNull().defaultTo('anonymous'))
    .execute();
  await db.schema
    .createIndex('search_caller')
    .on('search')
    .columns(['caller', 'ended_at_ms'])
    .execute();
}

async function createHooks(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('hook')
    .addColumn('id', types.sortedText, (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('token_hash', 'text', (c) => c.notNull().unique())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('binding', 'text', (c) => c.notNull())
    .execute();
}

export function migrations(types: ColumnTypes): MigrationProvider {
  const all: Record<string, Migration> = {
    '0001_first_tables': { up: (db: Kysely<Schema>) => createFirstTables(db, types) },
    '0002_trace': { up: addTrace },
    '0003_age': { up: addAge },
    '0004_kinds': { up: indexKinds },
    '0005_caller': { up: (db: Kysely<Schema>) => addCaller(db, types) },
    '0006_hooks': { up: (db: Kysely<Schema>) => createHooks(db, types) },
  };
  return { getMigrations: async () => all };
}
