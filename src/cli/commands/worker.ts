/**
 * `plimsoll worker`: carries load for a service from this machine, until it is told to stop. One generator
 * a worker: a machine with more cores runs more of them.
 */
import type { Command } from '../args/command.ts';
import { CommandError, EXIT, messageOf, say } from '../exit.ts';
import { VERSION } from '../version.ts';

export const command: Command = {
  about:
    'Carries load for the service that has the same PLIMSOLL_DATABASE_URL, until it is told to stop.',
  positionals: [],
  options: {},
  notes:
    'One generator a worker: start one for every two cores, on any machine that reaches the database and\n' +
    'the targets. It must be of the version of the service. Whoever may write to the database decides what is\n' +
    'loaded. PLIMSOLL_DATA_FILES_DIR is where tokenizers lie on this machine. Ends with 0 when told to stop,\n' +
    'with 4 when the database is lost; its load has ended then.',
  examples: ['plimsoll worker'],
  run: work,
};

async function work(): Promise<number> {
  const url = process.env['PLIMSOLL_DATABASE_URL'] ?? '';
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new CommandError(
      'PLIMSOLL_DATABASE_URL must be that of the service: postgres://USER:PASSWORD@HOST:PORT/DATABASE',
      EXIT.usage,
    );
  }
  // Postgres is loaded only by who uses it.
  const { startWorker } = await import('../../service/workers/worker.ts');
  const worker = await startWorker({
    url,
    version: VERSION,
    dataFolder: process.env['PLIMSOLL_DATA_FILES_DIR'],
    onEvent: say,
  }).catch((error: unknown) => {
    throw new CommandError(`cannot use the database: ${messageOf(error)}`, EXIT.targetOrService);
  });
  say(`worker ${worker.id} waits for sessions; ctrl-C stops it`);
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve('stopped'));
    }
  });
  const end = await Promise.race([stopped, worker.lost]);
  if (end !== 'stopped') {
    throw new CommandError(`the database is lost: ${end.message}`, EXIT.targetOrService);
  }
  await worker.stop();
  say(`worker ${worker.id} has stopped`);
  return EXIT.pass;
}
