/**
 * Every kind of workload against a real server that we did not write, a short gate of each: llama.cpp with
 * a model of 270 M parameters on the CPU, told to generate, to embed and to rank. What is checked is what
 * the server itself says: the tokens that it counted are those that were asked for, what conversations share
 * comes from its cache and what is cold does not, every answer is understood. Verdicts are not checked.
 *
 *   node test/real/llama-cpp-workloads.ts          all, three to five minutes
 *   node test/real/llama-cpp-workloads.ts embed    those of one server: generate, embed or rank
 *
 * Needs what `llama-cpp.ts` needs. Each check is a line on stdout, the last is `N passed, N failed`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../src/cli/client/child-service.ts';
import { installServer, startLlama } from './llama-server.ts';

const RUN_TIMEOUT_MS = 900_000;
/** Enough for each stream to answer more than once, even where other work shares the cores. */
const LOAD_SECONDS = 20;
/** Of the asked length, by the server's own count; a short prompt may be off by a word. */
const LENGTH_TOLERANCE = 0.02;
const WORD_TOKENS = 2;

interface Request {
  readonly part: number;
  readonly outcome: string;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly asked_input_tokens: number | null;
}

interface Case {
  readonly name: string;
  readonly workload: object;
  readonly load?: object;
  readonly atLeast?: number;
  /** Beside the outcomes and lengths, which hold for all. */
  readonly holds?: Readonly<Record<string, (ended: readonly Request[]) => boolean>>;
}

const cachedOf = (request: Request): number => request.cached_tokens ?? 0;
/** llama.cpp reports the start token as cached even in a new slot. */
const START_TOKENS = 1;
const noneCached = {
  'nothing from the cache': (all: readonly Request[]) =>
    all.every((r) => cachedOf(r) <= START_TOKENS),
};

const conversation = {
  input_tokens: 60,
  output_tokens: 6,
  turns: 3,
  shared_prefix: { tokens: 150 },
};
const completion = { endpoint: 'completions', input_tokens: 150, output_tokens: 4 };

const GENERATE: readonly Case[] = [
  { name: 'chat', workload: { input_tokens: 200, output_tokens: 6 }, holds: noneCached },
  {
    name: 'completions at a rate',
    workload: { ...completion, input_tokens: { uniform: { min: 150, max: 250 } } },
    load: { axis: 'request_rate' },
    atLeast: 0.5,
    holds: noneCached,
  },
  { name: 'responses', workload: { endpoint: 'responses', input_tokens: 150, output_tokens: 4 } },
  { name: 'messages', workload: { endpoint: 'messages', input_tokens: 150, output_tokens: 4 } },
  {
    name: 'conversations behind a shared prefix',
    workload: conversation,
    holds: {
      'later turns find the earlier ones in the cache': (all) =>
        all.some((r) => (r.asked_input_tokens ?? 0) > 210 && cachedOf(r) >= 200),
      'first turns find the prefix in the cache': (all) =>
        all.some((r) => r.asked_input_tokens === 210 && cachedOf(r) >= 100),
    },
  },
  {
    name: 'a cold mix of conversations and completions',
    workload: {
      cache: 'cold',
      parts: [
        { name: 'chat', weight: 0.5, ...conversation },
        { name: 'code', weight: 0.5, ...completion },
      ],
    },
    holds: {
      ...noneCached,
      'both parts answered': (all) => new Set(all.map(({ part }) => part)).size === 2,
    },
  },
  {
    name: 'a data file',
    workload: { file: { path: 'rows.jsonl', format: 'mapped' } },
    holds: {
      'answers as long as the rows say': (all) =>
        all.every(({ output_tokens: n }) => n === 3 || n === 5),
    },
  },
];
const EMBED: readonly Case[] = [
  { name: 'embeddings', workload: { endpoint: 'embeddings', input_tokens: 150 } },
  {
    name: 'embeddings of several texts, a long answer',
    workload: { endpoint: 'embeddings', input_tokens: 75, documents: 4 },
  },
];
const RANK: readonly Case[] = [
  {
    name: 'a ranking',
    workload: { endpoint: 'rerank', input_tokens: 40, documents: 3 },
    holds: { 'tokens are counted': (all) => all.every((r) => (r.input_tokens ?? 0) >= 3 * 40) },
  },
];
const CASES: Readonly<Record<string, readonly Case[]>> = {
  generate: GENERATE,
  embed: EMBED,
  rank: RANK,
};

let passed = 0;
let failed = 0;

function check(name: string, holds: boolean, seen?: unknown): void {
  if (holds) passed += 1;
  else failed += 1;
  const more = holds ? '' : ` ${JSON.stringify(seen).slice(0, 2_000)}`;
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${name}${more}\n`);
}

async function tryCase(
  service: string,
  target: string,
  one: Case,
  signal: AbortSignal,
): Promise<void> {
  const { name, workload, load, holds = {} } = one;
  const isWhole = /embed|rank/.test(JSON.stringify(workload));
  const question = {
    target: { base_url: `${target}/v1` },
    slo: `p80(${isWhole ? 'e2e' : 'ttft'}) < 5 s and error_rate < 20%`,
    at_least: one.atLeast ?? 2,
    workload,
    ...(load !== undefined && { load }),
    budget: { load_seconds: LOAD_SECONDS, requests: 60, output_tokens: 2_000 },
    seed: 7,
  };
  const answer = await fetch(`${service}/v1/gates`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Prefer: 'wait=55' },
    body: JSON.stringify(question),
    signal,
  });
  const gate = JSON.parse(await answer.text());
  const isDone = gate.state === 'done';
  check(`${name}: done`, isDone, gate.detail ?? gate.errors ?? gate);
  if (!isDone) return;
  const lines = await (await fetch(`${service}${gate.links.requests}`, { signal })).text();
  const all = lines
    .trim()
    .split('\n')
    .map((line): Request => JSON.parse(line));
  const ended = all.filter(({ outcome }) => outcome === 'ok');
  // llama.cpp closes a connection after each stream and does not say so: found out and sent again.
  const fine = ['ok', 'pending', 'cancelled', 'stale_connection'];
  check(
    `${name}: ${ended.length} answers, none failed`,
    ended.length > 0 && all.every(({ outcome }) => fine.includes(outcome)),
    all.map(({ outcome }) => outcome),
  );
  const off = ended.filter((r) => !isAsAsked(r));
  check(`${name}: prompts are as long as asked`, off.length === 0, off);
  for (const [what, hold] of Object.entries(holds)) check(`${name}: ${what}`, hold(ended), ended);
  const report = await (await fetch(`${service}${gate.links.report}`, { signal })).text();
  check(
    `${name}: report`,
    report.includes('</html>') && report.includes(gate.id),
    report.slice(0, 200),
  );
}

function isAsAsked({ asked_input_tokens: asked, input_tokens: told }: Request): boolean {
  if (asked === null) return true;
  return told !== null && Math.abs(told - asked) <= Math.max(WORD_TOKENS, asked * LENGTH_TOLERANCE);
}

async function main(signal: AbortSignal): Promise<void> {
  const only = process.argv[2];
  const python = await installServer(signal);
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-llama-'));
  const files = join(dir, 'files');
  await mkdir(files);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    prompt: `Say ${i} words about the sea, the ship and its load line.`,
    output_tokens: i % 2 === 0 ? 3 : 5,
  }));
  await writeFile(
    join(files, 'rows.jsonl'),
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  const service = await startChild({
    file: new URL('../../src/main.ts', import.meta.url),
    args: [],
    env: {
      PATH: process.env['PATH'] ?? '',
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: dir,
      PLIMSOLL_DATA_FILES_DIR: files,
      PLIMSOLL_LOG_LEVEL: 'warn',
    },
    signal,
  });
  try {
    for (const [task, cases] of Object.entries(CASES)) {
      if (only !== undefined && only !== task) continue;
      const server = await startLlama(python, { LLAMA_TASK: task, LLAMA_SLOTS: '4' }, signal);
      try {
        for (const one of cases) await tryCase(service.url, server.url, one, signal);
      } finally {
        await server.stop();
      }
    }
  } finally {
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
await main(AbortSignal.any([interrupt.signal, AbortSignal.timeout(RUN_TIMEOUT_MS)]));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
