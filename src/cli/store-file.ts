/** Where the commands that work on the store itself find it: as the service would be told. */
import { join } from 'node:path';
import { STORE_FILE } from '../service/store/sqlite-store.ts';
import type { Given, Options } from './args/command.ts';

type StorePlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export const DATA_DIR_OPTION: Options = {
  'data-dir': {
    kind: 'text',
    about: 'of the service (PLIMSOLL_DATA_DIR, else ./data); wins over PLIMSOLL_DATABASE_URL',
    value: 'DIR',
  },
};

/** A folder that is named on the command line wins over the database of the environment. */
export function storePlace(given: Given): StorePlace {
  const url = process.env['PLIMSOLL_DATABASE_URL'] ?? '';
  if (url !== '' && given.text('data-dir') === undefined) return { kind: 'postgres', url };
  return { kind: 'sqlite', file: storeFile(given) };
}

function storeFile(given: Given): string {
  const dir = given.text('data-dir') ?? process.env['PLIMSOLL_DATA_DIR'] ?? './data';
  return join(dir, STORE_FILE);
}
