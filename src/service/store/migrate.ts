/** The tables as this version wants them: made or changed at the start, or only compared by who may not. */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { type ColumnTypes, migrations } from './migrations.ts';
import type { Schema } from './schema.ts';
import { describe, type StoreFault } from './store-fault.ts';

/** Undefined when all is well; `place` is what a person calls the store. */
export async function bringUpToDate(
  db: Kysely<Schema>,
  types: ColumnTypes,
  place: string,
): Promise<StoreFault | undefined> {
  const { error } = await new Migrator({ db, provider: migrations(types) }).migrateToLatest();
  if (error === undefined) return undefined;
  // The migrator calls a history with migrations that it does not know corrupted.
  if (describe(error).includes('corrupted migrations')) {
    return {
      code: 'store_newer',
      message: `${place} was written by a newer Plimsoll: start that version, or use another store`,
    };
  }
  return {
    code: 'store_unusable',
    message: `cannot bring ${place} up to date: ${describe(error)}`,
  };
}

export async function isUpToDate(db: Kysely<Schema>, types: ColumnTypes): Promise<boolean> {
  const known = await new Migrator({ db, provider: migrations(types) })
    .getMigrations()
    .catch(() => []);
  return known.length > 0 && known.every(({ executedAt }) => executedAt !== undefined);
}
