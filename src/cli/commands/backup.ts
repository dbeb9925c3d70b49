/** `plimsoll backup FILE`: one consistent copy of the store, while the service runs or not. */
import { resolve } from 'node:path';
import { backUp } from '../../service/store/sqlite-beside.ts';
import type { Command, Given } from '../args/command.ts';
import { CommandError, EXIT, say } from '../exit.ts';
import { DATA_DIR_OPTION, storePlace } from '../store-file.ts';

export const command: Command = {
  about: 'Copies the store as of one moment, also while the service runs.',
  positionals: [{ name: 'FILE', about: 'where the copy goes; it must not exist', required: true }],
  options: DATA_DIR_OPTION,
  examples: ['plimsoll backup /backup/plimsoll-$(date +%F).sqlite'],
  notes:
    'The copy is checked before it gets its name. To restore: stop the service, put the copy in the place of\n' +
    'plimsoll.sqlite in its data directory, remove plimsoll.sqlite-wal and -shm there, start.\n' +
    'A store in Postgres is copied by pg_dump and restored by pg_restore; this command refuses and says so.',
  run: runBackup,
};

async function runBackup(given: Given): Promise<number> {
  const [copy = ''] = given.positionals;
  const place = storePlace(given);
  if (place.kind === 'postgres') {
    throw new CommandError(
      'the store is in Postgres (PLIMSOLL_DATABASE_URL), which has its own way to copy it while it is used:\n' +
        `  pg_dump --format=custom --file=${copy} "$PLIMSOLL_DATABASE_URL"`,
      EXIT.usage,
    );
  }
  const done = backUp(place.file, resolve(copy));
  if (!done.ok) throw new CommandError(done.error, EXIT.targetOrService);
  say(`${copy}: ${(done.value.bytes / 1e6).toFixed(1)} MB`);
  return EXIT.pass;
}
