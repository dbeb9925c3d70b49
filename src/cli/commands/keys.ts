/**
 * `plimsoll keys`: makes a key. The key is shown this once, on stdout; what the operator's file keeps is
 * its hash, in the lines on stderr.
 */
import { hashKey, makeKey } from '../../service/access/key.ts';
import { SCOPES } from '../../service/access/scope.ts';
import type { Command, Given } from '../args/command.ts';
import { CommandError, EXIT, say } from '../exit.ts';

const CALLER = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const command: Command = {
  about: 'Makes a key for a caller of the service, and the lines of the operator file for it.',
  positionals: [{ name: 'CALLER', about: 'its name in quotas and audit lines', required: true }],
  options: {
    scope: {
      kind: 'text',
      about: 'read, run (and read) or admin (and both) (run)',
      value: 'SCOPE',
      choices: [...SCOPES],
    },
  },
  examples: ['plimsoll keys ci', 'plimsoll keys oncall --scope admin'],
  notes:
    'The key is printed on stdout, once: nobody can read it from the file. Append the lines to\n' +
    '`keys:` in the file of PLIMSOLL_OPERATOR_FILE and send SIGHUP to the service.',
  run: printKey,
};

async function printKey(given: Given): Promise<number> {
  const [caller = ''] = given.positionals;
  if (!CALLER.test(caller) || caller === 'anonymous') {
    const expected = 'at most 64 lower-case letters, digits, dots and dashes';
    throw new CommandError(`CALLER: expected ${expected}, got ${caller}`, EXIT.usage);
  }
  const key = makeKey();
  say('keys:');
  say(`  - caller: ${caller}`);
  say(`    sha256: ${hashKey(key).toString('hex')}`);
  say(`    scopes: [${given.text('scope') ?? 'run'}]`);
  process.stdout.write(`${key}\n`);
  return EXIT.pass;
}
