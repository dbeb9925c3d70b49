/**
 * The store in one SQLite file: the default that needs no second service. One process owns the file,
 * proved by a lock that the kernel frees however the process ends; a write is on the disk before
 * anybody is told of it.
 */
import { mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { err, ok, type Result } from '../../core/base/result.ts';
import { bringUpToDate } from './migrate.ts';
import { SQLITE_TYPES } from './migrations.ts';
import type { Schema } from './schema.ts';
import { createSqlStore } from './sql-store.ts';
import { reclaimSpace, sizeOf } from './sqlite-space.ts';
import { describe, type StoreFault } from './store-fault.ts';
import type { Store } from './store-port.ts';

/** In the data directory. */
export const STORE_FILE = 'plimsoll.sqlite';

/** File systems (statfs magic numbers, linux/magic.h) whose locks and fsync SQLite cannot trust. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);
/** Another connection (a backup) may hold the file for a moment; nothing of ours waits longer. */
const BUSY_TIMEOUT_MS = 2_000;
/** 16 MiB of pages: the list's index and the rows of running searches stay in memory. */
const CACHE_KIB = 16_384;

export async function openSqliteStore(file: string): Promise<Result<Store, StoreFault>> {
  let lock: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const network = NETWORK_FILE_SYSTEMS.get(statfsSync(dirname(file)).type);
    if (network !== undefined) {
      return fault(
        'store_network_file_system',
        `${file} is on ${network}, where SQLite's locks cannot be trusted: choose a local directory`,
      );
    }
    lock = takeLock(`${file}.lock`);
    if (lock === undefined) {
      return fault(
        'store_locked',
        `another Plimsoll is using ${file}: stop it, or give this one a data directory of its own`,
      );
    }
    return await openDatabase(file, lock);
  } catch (error) {
    lock?.close();
    return fault('store_unusable', `cannot use ${file}: ${describe(error)}`);
  }
}

/** Undefined when another process holds it. The lock is a transaction, so a kill -9 frees it. */
function takeLock(file: string): Database.Database | undefined {
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      return undefined;
    }
    throw error;
  }
}

async function openDatabase(
  file: string,
  lock: Database.Database,
): Promise<Result<Store, StoreFault>> {
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  // Only a file without tables takes it: one from before keeps its free pages and fills them again.
  database.pragma('auto_vacuum = INCREMENTAL');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  const outdated = await bringUpToDate(db, SQLITE_TYPES, file);
  if (outdated !== undefined) {
    await db.destroy();
    lock.close();
    return err(outdated);
  }
  return ok(
    createSqlStore(db, {
      sizeBytes: async () => sizeOf(file),
      reclaim: async () => reclaimSpace(database),
      release: () => {
        lock.close();
      },
    }),
  );
}

function fault(code: StoreFault['code'], message: string): Result<Store, StoreFault> {
  return err({ code, message });
}
