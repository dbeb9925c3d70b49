/** Where the commands that work on the store itself find it: as the service would be told. */
import { join } from 'node:path';
import { STORE_FILE } from '../service/store/sqlite-store.ts';
import type { Given, Options } from './args/command.ts';

export const DATA_DIR_OPTION: Options = {
  'data-dir': {
    kind: 'text',
    about: 'of the service (PLIMSOLL_DATA_DIR, else ./data)',
    value: 'DIR',
  },
};

export function storeFile(given: Given): string {
  const dir = given.text('data-dir') ?? process.env['PLIMSOLL_DATA_DIR'] ?? './data';
  return join(dir, STORE_FILE);
}
