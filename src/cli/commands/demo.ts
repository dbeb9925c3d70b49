/**
 * `plimsoll demo`: a simulated inference server and the service as processes of their own, a search over
 * real HTTP, and beside the answer what the simulated server really carries. Leaves nothing behind,
 * whatever ends it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Given } from '../args/command.ts';
import { type Answer, ask } from '../client/ask.ts';
import { type ChildService, startChild } from '../client/child-service.ts';
import { createInterrupts, exitCodeOf } from '../client/interrupts.ts';
import { createServiceClient } from '../client/service-client.ts';
import { DEMO_SLO, DEMO_TRUTH, demoQuestion } from '../demo/demo-question.ts';
import { truthOf, truthSentence } from '../demo/demo-truth.ts';
import { say } from '../exit.ts';
import { createProgress } from '../output/progress.ts';
import { createProgressLines } from '../output/progress-lines.ts';
import { writeAnswer } from '../output/write-answer.ts';
import { OUTPUT_OPTIONS, plannedOutputs, usageError } from './ask-command.ts';

export const command: Command = {
  about:
    'Searches a simulated server over real HTTP and prints the answer beside the truth; no GPU, no model.',
  positionals: [],
  options: OUTPUT_OPTIONS,
  examples: ['plimsoll demo'],
  run: demo,
};

async function demo(given: Given): Promise<number> {
  const { outputs, faults } = plannedOutputs(given);
  if (faults.length > 0) throw usageError(faults);
  const interrupts = createInterrupts();
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-demo-'));
  const children: ChildService[] = [];
  let exitCode = 0;
  try {
    const interrupted = await interrupts.during(async (signal) => {
      const [sim, service] = await startBoth(dataDir, children, signal);
      say(`Simulated server: ${sim.url}/v1   Service: ${service.url}`);
      // Before any load, so that it takes no turn from the client that measures.
      const truth = truthOf(DEMO_TRUTH);
      signal.throwIfAborted();
      const client = createServiceClient({ url: service.url, token: undefined, embedded: true });
      const answer = await followed(client, sim.url, interrupts);
      exitCode = await writeAnswer(client, answer, outputs, false);
      // A machine that could not measure has shown nothing to hold against the truth.
      if (answer.summary.state !== 'done') return;
      const { capacity_at_least: atLeast, capacity_below: below } = answer.summary;
      say(truthSentence(truth, { atLeast, below: below ?? undefined }));
    });
    return interrupted === undefined ? exitCode : exitCodeOf(interrupted);
  } finally {
    await Promise.allSettled(children.map((child) => child.stop()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function followed(
  client: ReturnType<typeof createServiceClient>,
  simUrl: string,
  interrupts: ReturnType<typeof createInterrupts>,
): Promise<Answer> {
  const progress = createProgress(process.stderr, false);
  const lines = createProgressLines();
  const question = {
    path: '/v1/searches',
    body: demoQuestion(simUrl),
    idempotencyKey: undefined,
  } as const;
  const answer = await ask(client, question, interrupts, {
    started: ({ id }) =>
      say(
        `POST /v1/searches: ${client.url}/searches/${id}, the largest concurrency at ${DEMO_SLO}`,
      ),
    event: (event) => lines.push(event).forEach(progress.show),
  });
  lines.end().forEach(progress.show);
  progress.end();
  return answer;
}

/** Waits for both, so that the one that did start is stopped when the other did not. */
async function startBoth(
  dataDir: string,
  children: ChildService[],
  signal: AbortSignal,
): Promise<[ChildService, ChildService]> {
  const env = withoutOurs(process.env);
  const sim = startChild({
    file: new URL('../demo/sim-process.ts', import.meta.url),
    args: ['--server', 'demo', '--port', '0'],
    env,
    signal,
  });
  const service = startChild({
    file: new URL('../../main.ts', import.meta.url),
    args: [],
    env: {
      ...env,
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: dataDir,
      PLIMSOLL_LOG_LEVEL: 'warn',
    },
    signal,
  });
  for (const started of await Promise.allSettled([sim, service])) {
    if (started.status === 'fulfilled') children.push(started.value);
  }
  return Promise.all([sim, service]);
}

/** What the person set for a service of theirs is not meant for this one. */
function withoutOurs(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith('PLIMSOLL_')) kept[name] = value;
  }
  return kept;
}
