/**
 * `plimsoll sim`: the simulated inference server on loopback until it is told to stop, so that anyone
 * can try a search without a GPU.
 */
import { startSimServer } from '../../sim/http/sim-server.ts';
import { SERVERS } from '../../sim/servers.ts';
import type { Command, Given } from '../args/command.ts';
import { CommandError, EXIT, messageOf, say } from '../exit.ts';

/** Faster than this and the steps are shorter than a timer can wait. */
const MAX_SPEED = 100;
const MIN_SPEED = 0.001;
const MAX_PORT = 65_535;
const DEFAULT_PORT = 8000;
const MODELS = Object.values(SERVERS);

export const command: Command = {
  about: 'Serves a simulated model on this machine until it is told to stop.',
  positionals: [],
  options: {
    server: {
      kind: 'text',
      about: 'which one (demo)',
      value: 'NAME',
      choices: MODELS.map((model) => model.name),
    },
    port: { kind: 'integer', about: '0: any free port (8000)', value: 'N', min: 0, max: MAX_PORT },
    seed: { kind: 'text', about: 'of everything that is random (1)' },
    speed: {
      kind: 'number',
      about: 'so many times faster than the model says (1)',
      value: 'X',
      min: MIN_SPEED,
      max: MAX_SPEED,
    },
    model: { kind: 'text', about: "the name in /v1/models (the server's)", value: 'NAME' },
    adapters: { kind: 'text', about: 'other names that it answers to', value: 'NAME,NAME' },
  },
  examples: ['plimsoll sim --port 8000 --server demo'],
  run: serveUntilStopped,
};

async function serveUntilStopped(given: Given): Promise<number> {
  const name = given.text('server') ?? SERVERS.demo.name;
  const model = MODELS.find((one) => one.name === name) ?? SERVERS.demo;
  const modelName = given.text('model');
  const server = await startSimServer({
    model,
    port: given.number('port') ?? DEFAULT_PORT,
    seed: given.text('seed') ?? '1',
    speed: given.number('speed') ?? 1,
    ...(modelName !== undefined && { modelName }),
    adapters: (given.text('adapters') ?? '').split(',').filter((one) => one !== ''),
  }).catch((error: unknown) => {
    throw new CommandError(messageOf(error), EXIT.targetOrService);
  });
  say(`${server.modelName} listens on ${server.url}/v1; ctrl-C stops it`);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.once('disconnect', () => resolve());
  });
  // A parent that started us over IPC gets the address, and takes us along when it goes.
  process.send?.({ kind: 'listening', url: server.url });
  await stopped;
  await server.close();
  // The channel of a parent would keep the process.
  if (process.connected) process.disconnect();
  return EXIT.pass;
}
