/**
 * `plimsoll sim`: the simulated inference server on loopback until it is told to stop, so that anyone
 * can try a search without a GPU.
 */
import { parseArgs } from 'node:util';
import { startSimServer } from '../sim/http/sim-server.ts';
import type { ServerModel } from '../sim/server-model.ts';
import { SERVERS } from '../sim/servers.ts';

const EXIT = { stopped: 0, usage: 2, outside: 4 } as const;

const USAGE = `Usage: npm run sim -- [options]
  --server NAME   one of ${Object.values(SERVERS)
    .map((model) => model.name)
    .join(', ')} (default: demo)
  --port N        0: any free port (default: 8000)
  --seed TEXT     of everything that is random (default: 1)
  --speed X       X times faster than the model says (default: 1)
  --model NAME    the name in /v1/models (default: the server's)
`;

interface SimFlags {
  readonly model: ServerModel;
  readonly port: number;
  readonly seed: string;
  readonly speed: number;
  readonly modelName: string | undefined;
}

/** Faster than this and the steps are shorter than a timer can wait. */
const MAX_SPEED = 100;
const MAX_PORT = 65_535;

function readFlags(args: readonly string[]): SimFlags | string {
  let values: Partial<Record<'server' | 'port' | 'seed' | 'speed' | 'model', string>>;
  try {
    const text = { type: 'string' } as const;
    const options = { server: text, port: text, seed: text, speed: text, model: text };
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { server = 'demo', port = '8000', seed = '1', speed = '1', model: modelName } = values;
  const model = Object.values(SERVERS).find(({ name }) => name === server);
  if (model === undefined) return `there is no server ${server}`;
  if (!/^\d{1,5}$/.test(port) || Number(port) > MAX_PORT) return `${port} is no port`;
  const times = Number(speed);
  if (!(times > 0 && times <= MAX_SPEED)) return `a speed is above 0 and at most ${MAX_SPEED}`;
  return { model, port: Number(port), seed, speed: times, modelName };
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === 'string') {
    process.stderr.write(`${flags}\n${USAGE}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const { modelName, ...options } = flags;
  const server = await startSimServer({
    ...options,
    ...(modelName !== undefined && { modelName }),
  });
  process.stderr.write(`${server.modelName} listens on ${server.url}/v1; ctrl-C stops it\n`);
  const stop = (): void => {
    void server.close().then(() => process.exit(EXIT.stopped));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  // A parent that started us over IPC gets the address, and takes us along when it goes.
  process.send?.({ kind: 'listening', url: server.url });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT.outside;
}
