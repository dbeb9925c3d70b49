/** What `search` and `gate` share: from the command line to the answer in every form asked for. */
import { styleText } from 'node:util';
import type { Given, Options } from '../args/command.ts';
import { type Asked, ask } from '../client/ask.ts';
import { withService } from '../client/connect.ts';
import { createInterrupts, exitCodeOf } from '../client/interrupts.ts';
import { faultAt, Refusal } from '../client/refusal.ts';
import type { ServiceClient } from '../client/service-client.ts';
import { CommandError, EXIT, say } from '../exit.ts';
import { FORMATS, planOutputs } from '../output/output-plan.ts';
import { createProgress } from '../output/progress.ts';
import { createProgressLines } from '../output/progress-lines.ts';
import { writeAnswer } from '../output/write-answer.ts';
import {
  type Kind,
  optionAt,
  questionOptions,
  START_OPTIONS,
} from '../question/question-options.ts';
import { DEFAULT_LEASE_SECONDS, readQuestion } from '../question/read-question.ts';

export const OUTPUT_OPTIONS: Options = {
  output: {
    kind: 'text',
    about: `${FORMATS.join(', ')}; text at a terminal, else json`,
    value: 'FORMAT[=FILE]',
    many: true,
  },
  json: { kind: 'flag', about: 'short for --output json' },
};

const FILE_OPTION: Options = {
  file: { kind: 'text', about: 'parts of the question (default: ./plimsoll.yaml)', value: 'FILE' },
};

export const askOptions = (kind: Kind): Options => ({
  ...questionOptions(kind),
  ...FILE_OPTION,
  ...START_OPTIONS,
  ...OUTPUT_OPTIONS,
  quiet: { kind: 'flag', about: 'no progress' },
});
export const CHECK_OPTIONS: Options = { ...questionOptions('search'), ...FILE_OPTION };

export function usageError(faults: readonly string[]): CommandError {
  return new CommandError(faults.join('\n'), EXIT.usage);
}

export function plannedOutputs(given: Given): ReturnType<typeof planOutputs> {
  return planOutputs({
    outputs: given.all('output'),
    json: given.flag('json'),
    isTerminal: process.stdout.isTTY,
    env: process.env,
  });
}

export async function askCommand(kind: Kind, given: Given): Promise<number> {
  const { outputs, faults } = plannedOutputs(given);
  const read = readQuestion(kind, given);
  if (!read.ok) throw usageError([...read.error, ...faults]);
  if (faults.length > 0) throw usageError(faults);
  const quiet = given.flag('quiet');
  const { body, assumed } = read.value;
  const question = {
    path: kind === 'gate' ? ('/v1/gates' as const) : ('/v1/searches' as const),
    body: { lease_seconds: DEFAULT_LEASE_SECONDS, ...body },
    idempotencyKey: given.text('idempotency-key'),
  };
  const interrupts = createInterrupts();
  return withService(async (client) => {
    const progress = createProgress(process.stderr, quiet);
    const lines = createProgressLines();
    const shown = await ask(client, question, interrupts, {
      started: (asked) => {
        if (!quiet) [...assumed, ...startedLines(client, asked)].forEach(say);
      },
      event: (event) => lines.push(event).forEach(progress.show),
    }).catch(atOptions);
    lines.end().forEach(progress.show);
    progress.end();
    const exitCode = await writeAnswer(client, shown, outputs, quiet);
    return shown.interruptedBy === undefined ? exitCode : exitCodeOf(shown.interruptedBy);
  });
}

function startedLines(client: ServiceClient, asked: Asked): readonly string[] {
  const { id, summary } = asked;
  const path = asked.links.self.replace(/^\/v1/, '');
  const page = styleText('bold', `${client.url}${path}`, { stream: process.stderr });
  const where = client.embedded ? `${page} (while this runs)` : page;
  return summary.done ? [`${id} was answered already.`] : [`${id}: ${where}`];
}

/** The faults of the question at the options they came from. */
export function atOptions(error: unknown): never {
  if (!(error instanceof Refusal) || error.faults.length === 0) throw error;
  const lines = error.faults.map(({ pointer, expected, received, ...at }) => {
    const place = optionAt(pointer);
    const name = place === undefined ? pointer : `${place} (${pointer})`;
    return `${name}${faultAt(at)}: expected ${expected}, got ${received}`;
  });
  throw new CommandError(lines.join('\n'), error.exitCode);
}
