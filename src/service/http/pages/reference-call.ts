/**
 * The API reference. It is the same for everyone and holds nothing of this installation, so it asks for no
 * key; made once, when somebody first asks.
 */
import type { Context } from 'hono';
import { pageDocument } from '../../../view/page/layout.ts';
import type { Contract } from '../../../view/reference/contract.ts';
import { referenceMain } from '../../../view/reference/reference-page.ts';
import { openapiDocument } from '../openapi.ts';
import { type PageFile, pageFile } from './page-files.ts';

export function createReference(version: string): (c: Context) => Promise<Response> {
  let made: Promise<PageFile> | undefined;
  return async (c) => {
    made ??= makePage(version);
    const { text, mediaType, etag } = await made;
    c.header('etag', etag);
    if (c.req.header('if-none-match') === etag) return c.body(null, 304);
    return c.body(text, 200, { 'content-type': mediaType });
  };
}

async function makePage(version: string): Promise<PageFile> {
  // Through JSON: what a program would read from `/openapi.json` is what a person reads here.
  const contract: Contract = JSON.parse(JSON.stringify(openapiDocument(version)));
  const page = await pageDocument({
    title: 'API',
    style: 'reference.css',
    current: 'reference',
    version,
    needsKey: false,
    main: referenceMain(contract),
  });
  return pageFile(page.toString(), 'text/html; charset=utf-8');
}
