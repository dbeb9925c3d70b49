/**
 * The file of a service that may be running, opened by somebody else: to copy it, or to take from it what
 * is too old. SQLite lets both do this at once; what only an owner may do (migrate, write searches) is not
 * offered here.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { err, ok, type Result } from '../../core/base/result.ts';
import { type BesideStore, besideQueries, otherVersion } from './beside-store.ts';
import { isUpToDate } from './migrate.ts';
import { SQLITE_TYPES } from './migrations.ts';
import type { Schema } from './schema.ts';
import { reclaimSpace } from './sqlite-space.ts';

/** A running service holds the file for milliseconds at a time. */
const BUSY_TIMEOUT_MS = 10_000;

export async function openBeside(file: string): Promise<Result<BesideStore, string>> {
  if (!existsSync(file)) return err(`there is no store at ${file}`);
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  database.pragma('foreign_keys = ON');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  if (!(await isUpToDate(db, SQLITE_TYPES))) {
    await db.destroy();
    return err(otherVersion(file));
  }
  return ok(besideQueries(db, async () => reclaimSpace(database)));
}

/**
 * One consistent copy, as of one moment, while the service goes on writing: a read transaction of SQLite's
 * own `VACUUM INTO`. It gets its name only when it has been checked and is on the disk.
 */
export function backUp(file: string, copy: string): Result<{ readonly bytes: number }, string> {
  if (!existsSync(file)) return err(`there is no store at ${file}`);
  if (existsSync(copy)) return err(`${copy} exists already: a backup never writes over anything`);
  const partial = `${copy}.partial`;
  rmSync(partial, { force: true });
  try {
    const source = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      source.prepare('VACUUM INTO ?').run(partial);
    } finally {
      source.close();
    }
    const fault = faultIn(partial);
    if (fault !== undefined) return err(`the copy is not sound: ${fault}`);
    syncToDisk(partial);
    renameSync(partial, copy);
    syncToDisk(dirname(copy));
    return ok({ bytes: statSync(copy).size });
  } catch (error) {
    return err(`cannot copy to ${copy}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(partial, { force: true });
  }
}

function faultIn(file: string): string | undefined {
  const database = new Database(file, { readonly: true });
  try {
    const answer = String(database.pragma('integrity_check', { simple: true }));
    return answer === 'ok' ? undefined : answer;
  } finally {
    database.close();
  }
}

function syncToDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
