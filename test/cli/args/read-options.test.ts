import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/cli/args/command.ts';
import { helpText } from '../../../src/cli/args/help-text.ts';
import { readOptions } from '../../../src/cli/args/read-options.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';

const command = {
  positionals: [{ name: 'TARGET', about: 'the endpoint', required: true }],
  options: {
    slo: { kind: 'text', about: 'what holds', many: true },
    max: { kind: 'number', about: 'largest load', value: 'N', max: 100 },
    seed: { kind: 'integer', about: 'random', value: 'N' },
    axis: { kind: 'text', about: 'which', choices: ['concurrency', 'request_rate'] },
    json: { kind: 'flag', about: 'as JSON' },
  },
} as const satisfies Pick<Command, 'positionals' | 'options'>;

function faultsOf(...args: string[]): readonly string[] {
  const read = readOptions(command, args);
  return read.ok ? [] : read.error;
}

test('what was given, in its kinds', () => {
  const read = readOptions(command, [
    'http://x/v1',
    ...['--slo', 'a < 1', '--slo=b < 2', '--max', '2.5', '--seed', '0', '--json'],
  ]);
  expect(read.ok).toBe(true);
  if (!read.ok) return;
  const { value } = read;
  expect(value.positionals).toEqual(['http://x/v1']);
  expect(value.all('slo')).toEqual(['a < 1', 'b < 2']);
  expect([value.number('max'), value.number('seed'), value.text('axis')]).toEqual([
    2.5,
    0,
    undefined,
  ]);
  expect([value.flag('json'), value.flag('axis')]).toEqual([true, false]);
});

test('everything that is wrong, at once', () => {
  const args = ['--slo', '--max', '1000', '--axs', 'x', '--axis', 'conc', '--seed=1.5', '--seed=2'];
  expect(faultsOf(...args, '--json=1')).toEqual([
    '--slo needs a value',
    '--max is at most 100, not 1000',
    'there is no option --axs; did you mean axis?',
    '--axis takes concurrency, request_rate, not "conc"',
    '--seed takes a whole number, not "1.5"',
    '--seed was given more than once',
    '--json takes no value',
    'TARGET is missing: the endpoint',
  ]);
});

test.each([
  [['a', 'b'], ['nothing takes "b"']],
  [['a', '--max'], ['--max needs a value (N)']],
  [['a', '--max', '-1'], ['--max takes a number, not "-1"']],
  [['a', '--max', '1e9'], ['--max takes a number, not "1e9"']],
  [['a', '--toString'], ['there is no option --toString']],
  [['a', '-x'], ['there is no option -x']],
])('%j: %j', (args, faults) => {
  expect(faultsOf(...args)).toEqual(faults);
});

describe('help', () => {
  test.each(Object.keys(COMMANDS))(
    '%s: about, usage, every option, an example that it takes',
    async (name) => {
      const loaded = await COMMANDS[name]?.load();
      expect(loaded).toBeDefined();
      if (loaded === undefined) return;
      const text = helpText(name, loaded.command);
      expect(text).toContain(`Usage: plimsoll ${name}`);
      for (const option of Object.keys(loaded.command.options))
        expect(text).toContain(`--${option}`);
      expect(loaded.command.examples.length).toBeGreaterThan(0);
      for (const line of loaded.command.examples) {
        const [program, own, ...args] = [...line.matchAll(/"([^"]*)"|((?:\$\([^)]*\)|\S)+)/g)].map(
          (m) => m[1] ?? m[2] ?? '',
        );
        expect([program, own]).toEqual(['plimsoll', name]);
        expect(readOptions(loaded.command, args)).toMatchObject({ ok: true });
      }
    },
  );
});
