/**
 * Pages that are the same for everyone and hold nothing of this installation (the API reference, the page on
 * statistics): they ask for no key, and are made once, when somebody first asks.
 */
import type { Context } from 'hono';
import type { Markup } from '../../../view/page/layout.ts';
import { type PageFile, pageFile } from './page-files.ts';

export function madeOnce(make: () => Markup): (c: Context) => Promise<Response> {
  let made: Promise<PageFile> | undefined;
  return async (c) => {
    made ??= Promise.resolve(make()).then((page) =>
      pageFile(page.toString(), 'text/html; charset=utf-8'),
    );
    const { text, mediaType, etag } = await made;
    c.header('etag', etag);
    if (c.req.header('if-none-match') === etag) return c.body(null, 304);
    return c.body(text, 200, { 'content-type': mediaType });
  };
}
