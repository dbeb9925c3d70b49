/**
 * The files that the pages are made of, as they lie in `src/page/`: there is no build step and nothing
 * comes from elsewhere. Read once, a few dozen kilobytes; the list is the folder itself, so no path of a
 * request ever reaches the disk.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly text: string;
  readonly mediaType: string;
  readonly etag: string;
}

const FOLDER = fileURLToPath(new URL('../../../page', import.meta.url));
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};
const ETAG_CHARS = 20;

export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(FOLDER)) {
    const mediaType = MEDIA_TYPES[extname(name)];
    if (mediaType === undefined) continue;
    files.set(name, pageFile(readFileSync(join(FOLDER, name), 'utf8'), mediaType));
  }
  return files;
}

export function pageFile(text: string, mediaType: string): PageFile {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, ETAG_CHARS);
  return { text, mediaType, etag: `W/"${hash}"` };
}
