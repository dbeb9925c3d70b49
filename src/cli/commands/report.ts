/** `plimsoll report`: the answer of an earlier search or gate, in any of its forms. */
import { z } from 'zod';
import type { Command } from '../args/command.ts';
import { answerOf } from '../client/ask.ts';
import { withService } from '../client/connect.ts';
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
      const path = `/v1/searches/${encodeURIComponent(id)}`;
      const answer = answerOf(await client.json({ method: 'GET', path }));
      return writeAnswer(client, answer, outputs, true);
    });
  },
};

const listSchema = z.object({ searches: z.array(z.looseObject({ id: z.string() })) });

async function latestId(client: ServiceClient): Promise<string> {
  const list = await client.json({ method: 'GET', path: '/v1/searches?limit=1' });
  const latest = listSchema.parse(list).searches[0];
  if (latest === undefined) throw new CommandError('there is no search yet', EXIT.usage);
  return latest.id;
}
