/** Hooks in SQL: few, read by the hash of their token at every call. */
import type { Kysely, Selectable } from 'kysely';
import type { StoredHook } from './hook-record.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import type { HookTable, Schema } from './schema.ts';
import type { Store } from './store-port.ts';

export function hookQueries(
  db: Kysely<Schema>,
): Pick<Store, 'createHook' | 'hooks' | 'findHook' | 'deleteHook'> {
  return {
    async createHook(hook) {
      await db.insertInto('hook').values(hookRow(hook)).execute();
    },
    async hooks() {
      const rows = await db
        .selectFrom('hook')
        .selectAll()
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(hookOf);
    },
    async findHook(tokenHash) {
      const row = await db
        .selectFrom('hook')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      return row && hookOf(row);
    },
    async deleteHook(id) {
      const { numDeletedRows } = await db
        .deleteFrom('hook')
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function hookRow(hook: StoredHook): HookTable {
  return {
    id: hook.id,
    name: hook.name,
    token_hash: hook.tokenHash,
    created_at_ms: hook.createdAtMs,
    caller: hook.caller,
    binding: toJsonText(hook.binding),
  };
}

function hookOf(row: Selectable<HookTable>): StoredHook {
  return {
    id: row.id,
    name: row.name,
    tokenHash: row.token_hash,
    createdAtMs: Number(row.created_at_ms),
    caller: row.caller,
    binding: fromJsonText(row.binding),
  };
}
