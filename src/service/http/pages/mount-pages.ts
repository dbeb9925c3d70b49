/**
 * Mounts the pages beside the API. They are no part of the contract in `openapi.yaml`: a program reads
 * `/v1`, and what a page looks like may change with any version.
 */
import type { Context, Hono } from 'hono';
import { compress } from 'hono/compress';
import { PLOT_STYLE } from '../../../view/plots/plot-style.ts';
import type { CallParts, Env, Handler } from '../handlers.ts';
import { Problem } from '../problem.ts';
import { type PageParts, showForm, showList, showSearch } from './page-calls.ts';
import { type PageFile, pageFile, readPageFiles } from './page-files.ts';
import { createPlotShelf } from './plot-shelf.ts';
import { createReference } from './reference-call.ts';

export function mountPages(app: Hono<Env>, callParts: CallParts): void {
  const parts: PageParts = { ...callParts, plots: createPlotShelf() };
  const files = new Map(readPageFiles());
  files.set('plots.css', pageFile(PLOT_STYLE, 'text/css; charset=utf-8'));
  const pages: Readonly<Record<string, Handler>> = {
    '/': (c) => showList(c, parts),
    '/new': (c) => showForm(c, parts),
    '/searches/:id': (c) => showSearch(c, parts),
    '/gates/:id': (c) => showSearch(c, parts),
    '/docs': createReference(parts.version),
    '/page/:name': (c) => sendFile(c, files),
  };
  for (const [path, show] of Object.entries(pages)) {
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
}

function sendFile(c: Context, files: ReadonlyMap<string, PageFile>): Response {
  const file = files.get(c.req.param('name') ?? '');
  if (file === undefined) throw new Problem('route_not_found');
  c.header('etag', file.etag);
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
  return c.body(file.text, 200, { 'content-type': file.mediaType });
}
