/**
 * The store in a Postgres database, for a service that must not depend on the disk of its machine. The
 * same tables and queries as in the SQLite file; one service per database.
 */
import { type Kysely, sql } from 'kysely';
import { err, ok, type Result } from '../../core/base/result.ts';
import { type BesideStore, besideQueries, otherVersion } from './beside-store.ts';
import { bringUpToDate, isUpToDate } from './migrate.ts';
import { POSTGRES_TYPES } from './migrations.ts';
import { connect, placeOf } from './postgres-database.ts';
import { takeOwnership } from './postgres-owner.ts';
import type { Schema } from './schema.ts';
import { createSqlStore } from './sql-store.ts';
import type { StoreFault } from './store-fault.ts';
import type { Store } from './store-port.ts';

/** `onLost`: the database went away under us, and what is stored may have another owner now. Stop. */
export async function openPostgresStore(
  url: string,
  onLost: (error: Error) => void,
): Promise<Result<Store, StoreFault>> {
  const connected = await connect(url);
  if (!connected.ok) return err({ code: 'store_unusable', message: connected.error });
  const db = connected.value;
  const owned = await takeOwnership(url, onLost);
  if (!owned.ok) {
    await db.destroy();
    return owned;
  }
  const outdated = await bringUpToDate(db, POSTGRES_TYPES, placeOf(url));
  if (outdated !== undefined) {
    await db.destroy();
    await owned.value.release();
    return err(outdated);
  }
  return ok(
    createSqlStore(db, {
      sizeBytes: () => sizeBytes(db),
      reclaim: nothingToReclaim,
      release: () => owned.value.release(),
    }),
  );
}

export async function openPostgresBeside(url: string): Promise<Result<BesideStore, string>> {
  const connected = await connect(url);
  if (!connected.ok) return connected;
  const db = connected.value;
  if (await isUpToDate(db, POSTGRES_TYPES)) return ok(besideQueries(db, nothingToReclaim));
  await db.destroy();
  return err(otherVersion(placeOf(url)));
}

async function sizeBytes(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ bytes: string }>`
    select pg_database_size(current_database()) as bytes`.execute(db);
  return Number(rows[0]?.bytes);
}

/** Autovacuum gives the space of what is gone to new rows; the server's own is not ours to arrange. */
async function nothingToReclaim(): Promise<boolean> {
  return false;
}
