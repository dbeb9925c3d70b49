/** `plimsoll report`: the answer of an earlier search or gate, in any of its forms. */
import { z } from 'zod';
import type { Command } from '../args/command.ts';
import { type Answer, answerOf } from '../client/ask.ts';
import { withService } from '../client/connect.ts';
import { Refusal } from '../client/refusal.ts';
import type { ServiceClient } from '../client/service-client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { writeAnswer } from '../output/write-answer.ts';
import { OUTPUT_OPTIONS, plannedOutputs, usageError } from './ask-command.ts';

export const command: Command = {
  about: 'Prints or writes the answer of an earlier search or gate.',
  positionals: [
    { name: 'ID', about: 'of the search or gate (default: the latest)', required: false },
  ],
  options: OUTPUT_OPTIONS,
  notes: 'Ends with the exit code of the answer.',
  examples: ['plimsoll report --output html=report.html'],
  async run(given) {
    const { outputs, faults } = plannedOutputs(given);
    if (faults.length > 0) throw usageError(faults);
    return withService(async (client) => {
      const id = given.positionals[0] ?? (await latestId(client));
      return writeAnswer(client, await answerTo(client, id), outputs, true);
    });
  },
};

/** A person has an id, and need not know of which kind it is. */
async function answerTo(client: ServiceClient, id: string): Promise<Answer> {
  const word = encodeURIComponent(id);
  try {
    return answerOf(await client.json({ method: 'GET', path: `/v1/searches/${word}` }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'search_not_found') throw error;
  }
  try {
    return answerOf(await client.json({ method: 'GET', path: `/v1/gates/${word}` }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'gate_not_found') throw error;
    throw new CommandError(`there is no search or gate ${id}`, EXIT.usage);
  }
}

const itemsSchema = z.array(z.looseObject({ id: z.string(), created_at: z.string() }));
const listSchema = z.looseObject({
  searches: itemsSchema.optional(),
  gates: itemsSchema.optional(),
});

async function latestId(client: ServiceClient): Promise<string> {
  const lists = await Promise.all(
    ['/v1/searches?limit=1', '/v1/gates?limit=1'].map(async (path) =>
      listSchema.parse(await client.json({ method: 'GET', path })),
    ),
  );
  const latest = lists
    .flatMap(({ searches = [], gates = [] }) => [...searches, ...gates])
    .sort((a, b) => b.created_at.localeCompare(a.created_at))[0];
  if (latest === undefined) throw new CommandError('there is no search or gate yet', EXIT.usage);
  return latest.id;
}
