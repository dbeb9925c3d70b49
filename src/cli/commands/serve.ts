/** `plimsoll serve`: the service as a process of its own, which goes when this one is told to go. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Command, Given } from '../args/command.ts';
import { serviceEnv } from '../client/service-env.ts';
import { EXIT, say } from '../exit.ts';

const MAX_PORT = 65_535;
const listeningSchema = z.object({ kind: z.literal('listening'), url: z.string() });

export const command: Command = {
  about: 'Runs the service until it is told to stop: REST API, live page, queue, store.',
  positionals: [],
  options: {
    host: { kind: 'text', about: 'where it listens (127.0.0.1)', value: 'ADDRESS' },
    port: { kind: 'integer', about: '0: any free port (8080)', value: 'N', min: 0, max: MAX_PORT },
    'data-dir': { kind: 'text', about: 'where it keeps searches (./data)', value: 'FOLDER' },
    'policies-dir': {
      kind: 'text',
      about: 'policies instead of the shipped ones',
      value: 'FOLDER',
    },
  },
  notes: 'Every setting is an environment variable (PLIMSOLL_*); these options win over it.',
  examples: ['plimsoll serve --port 8080 --data-dir ./data'],
  run: serve,
};

function serve(given: Given): Promise<number> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../main.ts', import.meta.url))],
    {
      // The channel closes when this process goes, however it goes, and the service stops with it.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...serviceEnv(process.env), ...settingsOf(given) },
      // A ctrl-C goes to the whole group: the service would get it twice and skip its orderly stop.
      detached: true,
    },
  );
  child.on('message', (message) => {
    const parsed = listeningSchema.safeParse(message);
    if (parsed.success && process.stderr.isTTY) {
      say(`Plimsoll listens on ${parsed.data.url}; ctrl-C stops it`);
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.targetOrService));
  });
}

function settingsOf(given: Given): Record<string, string> {
  const settings = {
    PLIMSOLL_HOST: given.text('host'),
    PLIMSOLL_PORT: given.text('port'),
    PLIMSOLL_DATA_DIR: given.text('data-dir'),
    PLIMSOLL_POLICIES_DIR: given.text('policies-dir'),
    // At a terminal a person wants the address, not a line for each request.
    PLIMSOLL_LOG_LEVEL:
      process.env['PLIMSOLL_LOG_LEVEL'] ?? (process.stderr.isTTY ? 'warn' : 'info'),
  };
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
