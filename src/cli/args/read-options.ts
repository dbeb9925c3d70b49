/**
 * A command line against the options of its command. Everything that is wrong is told at once; a name
 * that nothing has is answered with the nearest one that something has.
 */
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Command, Given, Option, Options } from './command.ts';
import { nearest } from './nearest.ts';

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

export function readOptions(
  command: Pick<Command, 'options' | 'positionals'>,
  args: readonly string[],
): Result<Given, readonly string[]> {
  const faults: string[] = [];
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  let afterUnknown = false;
  for (const token of tokensOf(command.options, args)) {
    // The word after an option that nobody has is more likely its value than an argument.
    const swallowed = token.kind === 'positional' && afterUnknown;
    afterUnknown = false;
    if (token.kind === 'positional' && !swallowed) positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = ownOption(command.options, token.name);
    if (option === undefined) {
      faults.push(
        `there is no option ${token.rawName}${nearest(token.name, optionNames(command))}`,
      );
      afterUnknown = token.value === undefined;
      continue;
    }
    const fault = valueFault(token, option) ?? repeatFault(token, option, values);
    if (fault !== undefined) faults.push(`${token.rawName} ${fault}`);
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? '']);
  }
  faults.push(...positionalFaults(command, positionals));
  return faults.length > 0 ? err(faults) : ok(givenOf(values, positionals));
}

function tokensOf(options: Options, args: readonly string[]): readonly Token[] {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  return parseArgs({
    args: args.flatMap((arg, i) => (lacksValue(options, arg, args[i + 1]) ? [`${arg}=`] : [arg])),
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** `--slo --json`: the next option is not meant as a value (`--slo=--json` would be). */
function lacksValue(options: Options, arg: string, next: string | undefined): boolean {
  const option = arg.startsWith('--') ? ownOption(options, arg.slice(2)) : undefined;
  return option !== undefined && option.kind !== 'flag' && next?.startsWith('--') === true;
}

function ownOption(options: Options, name: string): Option | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function optionNames(command: Pick<Command, 'options'>): readonly string[] {
  return Object.keys(command.options);
}

function valueFault(token: OptionToken, option: Option): string | undefined {
  const { value } = token;
  if (option.kind === 'flag') return value === undefined ? undefined : 'takes no value';
  if (value === undefined || value === '') {
    return `needs a value${option.value === undefined ? '' : ` (${option.value})`}`;
  }
  if (option.choices !== undefined && !option.choices.includes(value)) {
    return `takes ${option.choices.join(', ')}, not ${quoted(value)}${nearest(value, option.choices)}`;
  }
  return option.kind === 'text' ? undefined : numberFault(value, option);
}

function numberFault(value: string, { kind, min, max }: Option): string | undefined {
  const isNumber = kind === 'integer' ? /^\d{1,15}$/.test(value) : /^\d+(\.\d+)?$/.test(value);
  if (!isNumber) {
    return `takes ${kind === 'integer' ? 'a whole number' : 'a number'}, not ${quoted(value)}`;
  }
  if (min !== undefined && Number(value) < min) return `is at least ${min}, not ${value}`;
  if (max !== undefined && Number(value) > max) return `is at most ${max}, not ${value}`;
  return undefined;
}

function repeatFault(
  token: OptionToken,
  option: Option,
  values: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const repeated = option.many !== true && option.kind !== 'flag' && values.has(token.name);
  return repeated ? 'was given more than once' : undefined;
}

function positionalFaults(
  { positionals }: Pick<Command, 'positionals'>,
  given: readonly string[],
): readonly string[] {
  const missing = positionals
    .slice(given.length)
    .filter((positional) => positional.required)
    .map(({ name, about }) => `${name} is missing: ${about}`);
  const extra = given.slice(positionals.length).map((word) => `nothing takes ${quoted(word)}`);
  return [...missing, ...extra];
}

function givenOf(
  values: ReadonlyMap<string, readonly string[]>,
  positionals: readonly string[],
): Given {
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  return {
    positionals,
    text: last,
    all: (name) => values.get(name) ?? [],
    number(name) {
      const value = last(name);
      return value === undefined ? undefined : Number(value);
    },
    flag: (name) => values.has(name),
  };
}

const MAX_SHOWN = 60;
function quoted(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return JSON.stringify(short);
}
