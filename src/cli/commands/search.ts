/** `plimsoll search`: the largest load that a target carries within an SLO. */
import type { Command } from '../args/command.ts';
import { askCommand, askOptions } from './ask-command.ts';

export const command: Command = {
  about: 'Finds the largest load that an endpoint carries within its SLO.',
  positionals: [
    { name: 'TARGET', about: 'the endpoint, as http://localhost:8000/v1', required: false },
  ],
  options: askOptions('search'),
  notes: `With PLIMSOLL_URL (and PLIMSOLL_TOKEN) set, that service does it; without, one of its own that may
load this machine only. Ctrl-C cancels and prints what is known.`,
  examples: [
    'plimsoll search http://localhost:8000/v1',
    'plimsoll search http://localhost:8000/v1 --slo "p99(ttft) < 500 ms" --max 64 --budget-seconds 120',
  ],
  run: (given) => askCommand('search', given),
};
