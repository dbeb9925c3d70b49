/** What a SQLite file takes on the disk, and how free pages go back to the file system in small steps. */
import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';

/** Value of `PRAGMA auto_vacuum`. */
const INCREMENTAL = 2;
/** A step moves so many pages (16 MiB) and holds everyone up for some tens of milliseconds. */
const RECLAIM_PAGES = 4_096;

export function sizeOf(file: string): number {
  return ['', '-wal']
    .map((end) => statSync(file + end, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

/** One step; true when another would free more. The last one empties the write-ahead log, too. */
export function reclaimSpace(database: Database.Database): boolean {
  const free = freePages(database);
  const mode = Number(database.pragma('auto_vacuum', { simple: true }));
  if (free > 0 && mode === INCREMENTAL) {
    database.pragma(`incremental_vacuum(${RECLAIM_PAGES})`);
    const left = freePages(database);
    if (left > 0 && left < free) return true;
  }
  database.pragma('wal_checkpoint(TRUNCATE)');
  return false;
}

function freePages(database: Database.Database): number {
  return Number(database.pragma('freelist_count', { simple: true }));
}
