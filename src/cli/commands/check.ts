/** `plimsoll check`: the merged question with all its faults, or what its answer would cost. No load. */
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Command } from '../args/command.ts';
import { withService } from '../client/connect.ts';
import { faultAt } from '../client/refusal.ts';
import { EXIT } from '../exit.ts';
import { optionAt } from '../question/question-options.ts';
import { readQuestion } from '../question/read-question.ts';
import { CHECK_OPTIONS, usageError } from './ask-command.ts';

const checkSchema = z.looseObject({
  ok: z.boolean(),
  question: z.unknown(),
  price: z.looseObject({ sentence: z.string() }).nullable(),
  errors: z.array(
    z.looseObject({
      pointer: z.string(),
      expected: z.string(),
      received: z.string(),
      line: z.number().nullish(),
      column: z.number().nullish(),
    }),
  ),
});

export const command: Command = {
  about:
    'Checks a question: all its faults, or the whole question and what its answer costs. Sends no load.',
  positionals: [
    { name: 'TARGET', about: 'the endpoint, as http://localhost:8000/v1', required: false },
  ],
  options: {
    ...CHECK_OPTIONS,
    json: { kind: 'flag', about: 'the answer of the service as it is' },
  },
  examples: ['plimsoll check http://localhost:8000/v1 --policy chat --budget-seconds 300'],
  async run(given) {
    const read = readQuestion('search', given);
    if (!read.ok) throw usageError(read.error);
    const { body, assumed } = read.value;
    const path = '/v1/policies/check';
    const answer = await withService((client) => client.json({ method: 'POST', path, body }));
    const checked = checkSchema.parse(answer);
    if (given.flag('json')) process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    else process.stdout.write(textOf(checked, assumed));
    return checked.ok ? EXIT.pass : EXIT.usage;
  },
};

function textOf(checked: z.infer<typeof checkSchema>, assumed: readonly string[]): string {
  if (!checked.ok) {
    const lines = checked.errors.map(({ pointer, expected, received, ...at }) => {
      const place = optionAt(pointer);
      return `${place ?? pointer}${faultAt(at)}: expected ${expected}, got ${received}\n`;
    });
    return lines.join('');
  }
  const notes = [...assumed, checked.price?.sentence].filter((note) => note !== undefined);
  return `${stringify(checked.question)}\n${notes.map((note) => `# ${note}\n`).join('')}`;
}
