/**
 * The demo: a simulated inference server and the service as processes of their own, a search over
 * real HTTP, its progress on stderr, the answer as a sentence on stderr and as JSON on stdout, and
 * beside it what the simulated server really carries. Leaves nothing behind, whatever ends it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lengthToJson } from '../service/http/to-json/question.ts';
import { SERVERS } from '../sim/servers.ts';
import { WORKLOADS } from '../sim/workloads.ts';
import { type ChildService, startChild } from './child-service.ts';
import { truthOf, truthSentence } from './demo-truth.ts';
import { type Answer, followEvents, postSearch, readAnswer } from './follow-search.ts';
import { createProgressLines } from './progress-lines.ts';

const EXIT = { answered: 0, failed: 4, interrupted: 130 } as const;

/** The question; the model and the workload are made for it (see `sim/servers.ts`). */
const PERCENT = 99;
const BOUND_MS = 500;
const MIN_LOAD = 1;
const MAX_LOAD = 256;
/** Leaves room for starting, checking and stopping within two minutes. */
const LOAD_SECONDS = 90;
const REQUESTS = 60_000;
const OUTPUT_TOKENS = 2_000_000;
const RESOLUTION = 0.1;
const SEED = 42;

async function demo(signal: AbortSignal): Promise<Answer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-demo-'));
  const children: ChildService[] = [];
  try {
    const [sim, service] = await startBoth(dataDir, children, signal);
    say(`Simulated server: ${sim.url}/v1   Service: ${service.url}`);
    // Before any load, so that it takes no turn from the client that measures.
    const truth = truthOf({
      server: SERVERS.demo,
      workload: WORKLOADS.demo,
      percent: PERCENT,
      boundMs: BOUND_MS,
      minLoad: MIN_LOAD,
      maxLoad: MAX_LOAD,
    });
    const id = await postSearch(service.url, question(sim.url), signal);
    say(`POST /v1/searches: ${id}, the largest concurrency at ${sloText()}`);
    const progress = createProgressLines();
    await followEvents(service.url, id, (event) => progress.push(event).forEach(say), signal);
    progress.end().forEach(say);
    const answer = await readAnswer(service.url, id, signal);
    const { summary } = answer;
    say(`\n${summary.sentence}`);
    const below = summary.capacity_below ?? undefined;
    say(truthSentence(truth, { atLeast: summary.capacity_at_least, below }));
    return answer;
  } finally {
    await Promise.allSettled(children.map((child) => child.stop()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

function question(simUrl: string) {
  return {
    target: { base_url: `${simUrl}/v1` },
    slo: [{ name: 'demo', objectives: sloText() }],
    load: { axis: 'concurrency', min: MIN_LOAD, max: MAX_LOAD },
    workload: workloadJson(),
    budget: { load_seconds: LOAD_SECONDS, requests: REQUESTS, output_tokens: OUTPUT_TOKENS },
    resolution: RESOLUTION,
    seed: SEED,
  };
}

/** `sim/workloads.ts` in the spelling of the API. */
function workloadJson() {
  const { kind, endpoint, inputTokens, outputTokens } = WORKLOADS.demo;
  return {
    kind,
    endpoint,
    input_tokens: lengthToJson(inputTokens),
    output_tokens: lengthToJson(outputTokens),
  };
}

function sloText(): string {
  return `p${PERCENT}(ttft) < ${BOUND_MS} ms`;
}

/** Waits for both, so that the one that did start is stopped when the other did not. */
async function startBoth(
  dataDir: string,
  children: ChildService[],
  signal: AbortSignal,
): Promise<[ChildService, ChildService]> {
  const sim = startChild({
    file: new URL('./sim.ts', import.meta.url),
    args: ['--server', 'demo', '--port', '0'],
    env: {},
    signal,
  });
  const service = startChild({
    file: new URL('../main.ts', import.meta.url),
    args: [],
    env: { PLIMSOLL_PORT: '0', PLIMSOLL_DATA_DIR: dataDir, PLIMSOLL_LOG_LEVEL: 'warn' },
    signal,
  });
  for (const started of await Promise.allSettled([sim, service])) {
    if (started.status === 'fulfilled') children.push(started.value);
  }
  return Promise.all([sim, service]);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupt.abort(new Error(signal)));
}
try {
  const answer = await demo(interrupt.signal);
  process.stdout.write(`${JSON.stringify(answer.whole, null, 2)}\n`);
  process.exitCode = answer.summary.state === 'done' ? EXIT.answered : EXIT.failed;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = interrupt.signal.aborted ? EXIT.interrupted : EXIT.failed;
}
