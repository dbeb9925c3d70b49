/**
 * A page of the list: newest first, filters and cursor on one covering index, and only the rows of
 * the page are read whole. The cursor is the place of the last row shown, so new searches never
 * shift a page.
 */
import type { Kysely } from 'kysely';
import { parseCursor, toCursor } from './cursor.ts';
import { searchOf } from './rows.ts';
import type { Schema } from './schema.ts';
import type { ListQuery, Page } from './store-port.ts';

export async function listPage(db: Kysely<Schema>, query: ListQuery): Promise<Page> {
  let select = db.selectFrom('search').select(['created_at_ms', 'id']);
  if (query.kind !== undefined) select = select.where('kind', '=', query.kind);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  if (query.policy !== undefined) select = select.where('policy', '=', query.policy);
  if (query.target !== undefined) select = select.where('target', '=', query.target);
  if (query.sinceMs !== undefined) select = select.where('created_at_ms', '>=', query.sinceMs);
  const { label } = query;
  if (label !== undefined) {
    select = select.where('id', 'in', (inner) =>
      inner.selectFrom('search_label').select('search_id').where('label', '=', label),
    );
  }
  if (query.cursor !== undefined) {
    const place = parseCursor(query.cursor);
    // A cursor that nobody gave out stands past the end; HTTP refuses it before it comes here.
    if (place === undefined) return { searches: [] };
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at_ms', 'id'), '<', tuple(place.createdAtMs, place.id)),
    );
  }
  const places = await select
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  const shown = places.slice(0, query.limit);
  const last = shown.at(-1);
  if (last === undefined) return { searches: [] };
  const rows = await db
    .selectFrom('search')
    .selectAll()
    .where(
      'id',
      'in',
      shown.map((place) => place.id),
    )
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .execute();
  const page = { searches: rows.map(searchOf) };
  if (places.length <= shown.length) return page;
  return {
    ...page,
    nextCursor: toCursor({ createdAtMs: Number(last.created_at_ms), id: last.id }),
  };
}
