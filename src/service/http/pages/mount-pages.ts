/**
 * Mounts the pages beside the API. They are no part of the contract in `openapi.yaml`: a program reads
 * `/v1`, and what a page looks like may change with any version.
 */
import type { Context, Hono } from 'hono';
import { compress } from 'hono/compress';
import { PLOT_STYLE } from '../../../view/plots/plot-style.ts';
import type { CallParts, Env, Handler } from '../handlers.ts';
import { Problem } from '../problem.ts';
import { referencePage, statisticsPage } from './docs-calls.ts';
import { madeOnce } from './made-once.ts';
import { readerOf } from './may-read.ts';
import { type PageParts, showForm, showKeyForm, showList, showSearch } from './page-calls.ts';
import { type PageFile, pageFile, readPageFiles } from './page-files.ts';
import { createPlotShelf } from './plot-shelf.ts';

export function mountPages(app: Hono<Env>, callParts: CallParts): void {
  const parts: PageParts = { ...callParts, plots: createPlotShelf() };
  const files = new Map(readPageFiles());
  files.set('plots.css', pageFile(PLOT_STYLE, 'text/css; charset=utf-8'));
  const pages: Readonly<Record<string, { readonly script: string; readonly show: Handler }>> = {
    '/': { script: 'list-page.js', show: (c) => showList(c, parts) },
    '/new': { script: 'start-page.js', show: (c) => showForm(c, parts) },
    '/searches/:id': { script: 'search-page.js', show: (c) => showSearch(c, parts) },
    '/gates/:id': { script: 'search-page.js', show: (c) => showSearch(c, parts) },
  };
  for (const [path, { script, show }] of Object.entries(pages)) {
    mountPage(app, path, async (c) => {
      const reader = await readerOf(c, parts);
      return reader === 'reads' ? show(c) : showKeyForm(c, script, parts.version, reader);
    });
  }
  mountPage(
    app,
    '/docs',
    madeOnce(() => referencePage(parts.version)),
  );
  mountPage(
    app,
    '/docs/statistics',
    madeOnce(() => statisticsPage(parts.version)),
  );
  mountPage(app, '/page/:name', (c) => sendFile(c, files));
}

function mountPage(app: Hono<Env>, path: string, show: Handler): void {
  // A page of 60 kilobytes is 10 on the line: what a slow network notices.
  app.use(path, compress());
  app.get(path, (c) => {
    // Whatever it is, the browser asks whether it is still so: pages change, files with the version.
    c.header('cache-control', 'no-cache');
    return show(c);
  });
  app.all(path, () => {
    throw new Problem('method_not_allowed', { headers: { allow: 'GET, HEAD' } });
  });
}

function sendFile(c: Context, files: ReadonlyMap<string, PageFile>): Response {
  const file = files.get(c.req.param('name') ?? '');
  if (file === undefined) throw new Problem('route_not_found');
  c.header('etag', file.etag);
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
  return c.body(file.text, 200, { 'content-type': file.mediaType });
}
