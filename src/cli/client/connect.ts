/**
 * Which service a command talks to: the one that `PLIMSOLL_URL` names, or one of its own, started for
 * it and stopped after it, with a data folder of its own so that its answers can be read again later.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT, messageOf, say } from '../exit.ts';
import { startChild } from './child-service.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { serviceEnv } from './service-env.ts';

export async function withService<T>(work: (client: ServiceClient) => Promise<T>): Promise<T> {
  const given = process.env['PLIMSOLL_URL'];
  if (given !== undefined && given !== '') {
    return work(createServiceClient({ url: readUrl(given), token: token(), embedded: false }));
  }
  const {
    PLIMSOLL_DATABASE_URL: _shared,
    PLIMSOLL_LOAD_FROM: _workers,
    ...own
  } = serviceEnv(process.env);
  const child = await startChild({
    file: new URL('../../main.ts', import.meta.url),
    args: [],
    env: {
      // Not a database that others share, nor its workers: one that a service owns already would refuse this one.
      ...own,
      PLIMSOLL_HOST: '127.0.0.1',
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: ownDataDir(process.env),
      PLIMSOLL_LOG_LEVEL: 'warn',
    },
    signal: new AbortController().signal,
  });
  try {
    return await work(createServiceClient({ url: child.url, token: undefined, embedded: true }));
  } finally {
    const words = child.lastWords();
    // Its log goes nowhere else, and "the log has the cause" must not lead nowhere.
    if (words !== undefined) say(`The service said: ${words}`);
    await child.stop();
  }
}

/** The XDG place for what a program keeps between runs; not the working directory of a pipeline. */
export function ownDataDir(env: NodeJS.ProcessEnv): string {
  const given = env['PLIMSOLL_DATA_DIR'];
  if (given !== undefined && given !== '') return given;
  const state = env['XDG_STATE_HOME'];
  const base = state?.startsWith('/') === true ? state : join(homedir(), '.local/state');
  return join(base, 'plimsoll');
}

function readUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '') {
    throw new CommandError(
      `PLIMSOLL_URL is ${JSON.stringify(given)}: expected the address of a service, as http://plimsoll:8080`,
      EXIT.usage,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** By environment or file, never by option: an option is seen by everyone who lists processes. */
function token(): string | undefined {
  const file = process.env['PLIMSOLL_TOKEN_FILE'];
  if (file === undefined || file === '') return process.env['PLIMSOLL_TOKEN'] || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`PLIMSOLL_TOKEN_FILE: ${messageOf(error)}`, EXIT.usage);
  }
}
