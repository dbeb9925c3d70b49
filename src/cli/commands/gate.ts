/** `plimsoll gate`: does a target carry at least so much within an SLO? A yes or no for pipelines. */
import type { Command } from '../args/command.ts';
import { askCommand, askOptions } from './ask-command.ts';

export const command: Command = {
  about:
    'Asks whether an endpoint carries at least so much load within its SLO: pass, fail, inconclusive.',
  positionals: [
    { name: 'TARGET', about: 'the endpoint, as http://localhost:8000/v1', required: false },
  ],
  options: askOptions('gate'),
  notes: `Exit codes: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 target or service, 130 interrupted. The answer is
printed for all that are answers. With --idempotency-key a second start (a replaced pod, a repeated
step) gets the running or finished gate instead of loading again.`,
  examples: [
    'plimsoll gate http://localhost:8000/v1 --at-least 64 --policy chat',
    'plimsoll gate http://localhost:8000/v1 --at-least 8 --slo "p90(ttft) < 1 s" --output junit=gate.xml',
  ],
  run: (given) => askCommand('gate', given),
};
