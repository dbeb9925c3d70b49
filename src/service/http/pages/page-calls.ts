/**
 * The pages for people: the list, the form, one search. A caller who may not read gets the same frame
 * with the form for a key and no data; the script then asks again with the key.
 */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { NOTHING, pageDocument } from '../../../view/page/layout.ts';
import { listMain } from '../../../view/page/list-page.ts';
import { notFoundMain } from '../../../view/page/not-found.ts';
import { abortDialog, searchMain, searchTitle } from '../../../view/page/search-page.ts';
import { startMain } from '../../../view/page/start-page.ts';
import type { CallParts } from '../handlers.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { listQuery } from '../queries.ts';
import { readQuery } from '../read-query.ts';
import { STATUS_OF_READER } from './may-read.ts';
import type { PlotShelf } from './plot-shelf.ts';
import { readTold } from './told-by-events.ts';
import { viewOfSearch } from './view-of-search.ts';

export interface PageParts extends CallParts {
  readonly plots: PlotShelf;
}

/** The frame of any page for who may not read: the same script, the form for a key, no data. */
export function showKeyForm(
  c: Context,
  script: string,
  version: string,
  reader: keyof typeof STATUS_OF_READER,
): Response | Promise<Response> {
  // Bearer only: a browser that is asked for `Basic` opens a window of its own over the form.
  if (reader === 'unknown') c.header('www-authenticate', 'Bearer realm="plimsoll"');
  // The dialog is no part of what the script exchanges later.
  const after = abortDialog();
  const frame = { title: 'Key', script, version, needsKey: true, main: NOTHING, after };
  return c.html(pageDocument(frame), STATUS_OF_READER[reader]);
}

export async function showList(c: Context, parts: PageParts): Promise<Response> {
  const { version } = parts;
  // What is wrong with a query of a page is not worth a page of its own: the whole list is shown.
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, listQuery, faults);
  const { state, cursor } = query ?? {};
  const page = await parts.searches.list({
    limit: LIST_DEFAULT,
    ...(state === undefined ? {} : { state }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const searches = page.searches.map((facts) => ({
    facts,
    createdAtMs: facts.createdAtMs,
    model: facts.provenance?.model,
  }));
  const older = page.nextCursor === undefined ? undefined : olderPath(page.nextCursor, state);
  const main = listMain({ searches, state, older });
  return c.html(
    pageDocument({
      title: 'Searches',
      script: 'list-page.js',
      current: 'searches',
      version,
      needsKey: false,
      stopped: stoppedLoad(parts),
      main,
    }),
  );
}

function stoppedLoad({ access }: PageParts) {
  return access?.killSwitch.state();
}

function olderPath(cursor: string, state: string | undefined): string {
  const query = new URLSearchParams({ ...(state === undefined ? {} : { state }), cursor });
  return `/?${query}`;
}

export function showForm(c: Context, parts: PageParts): Response | Promise<Response> {
  const policies = [...parts.policies.values()].map(({ name, description }) => ({
    name,
    description,
  }));
  return c.html(
    pageDocument({
      title: 'Start',
      script: 'start-page.js',
      current: 'start',
      version: parts.version,
      needsKey: false,
      stopped: stoppedLoad(parts),
      main: startMain({ policies }),
    }),
  );
}

export async function showSearch(c: Context, parts: PageParts): Promise<Response> {
  const { version } = parts;
  const id = c.req.param('id') ?? '';
  const record = await parts.searches.get(id);
  const stopped = stoppedLoad(parts);
  const frame = { script: 'search-page.js', version, needsKey: false, stopped };
  if (record === undefined) {
    return c.html(pageDocument({ ...frame, title: 'Not found', main: notFoundMain(id) }), 404);
  }
  // Whoever was given the other kind's address is led to the right one.
  const path = `/${record.kind === 'gate' ? 'gates' : 'searches'}/${record.id}`;
  if (c.req.path !== path) return c.redirect(path);
  parts.searches.touch(id);
  const told = await readTold(parts.searches, id);
  // Weak: the compressed page is another sequence of bytes.
  const etag = `W/"${record.version}-${told.lastEventId}-${stopped?.sinceMs ?? ''}-${version}"`;
  c.header('etag', etag);
  if (c.req.header('if-none-match') === etag) return c.body(null, 304);
  const view = await viewOfSearch(parts, parts.plots, record, told, Date.now());
  return c.html(
    pageDocument({
      ...frame,
      title: searchTitle(view),
      main: searchMain(view),
      after: abortDialog(),
    }),
  );
}
