/** The help of a command, made of the same data that its arguments are read by. */
import { EXIT } from '../exit.ts';
import type { Command, Option } from './command.ts';

export const EXIT_LINES = `Exit codes: ${EXIT.pass} pass or answered, ${EXIT.fail} fail, ${EXIT.usage} usage, \
${EXIT.inconclusive} inconclusive, ${EXIT.targetOrService} target or service, ${EXIT.interrupted} interrupted.`;

const GUTTER = 2;

export function helpText(name: string, command: Command): string {
  const words = command.positionals.map((one) => (one.required ? one.name : `[${one.name}]`));
  const usage = ['plimsoll', name, ...words, '[options]'].join(' ');
  const rows: (readonly [string, string])[] = [
    ...command.positionals.map((one) => [one.name, one.about] as const),
    ...Object.entries(command.options).map(([key, option]) => optionRow(key, option)),
  ];
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + GUTTER;
  return [
    command.about,
    '',
    `Usage: ${usage}`,
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    ...(command.notes === undefined ? [] : ['', command.notes]),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...command.examples.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function optionRow(name: string, option: Option): readonly [string, string] {
  const value = option.kind === 'flag' ? '' : ` ${option.value ?? 'TEXT'}`;
  const choices = option.choices === undefined ? '' : ` (${option.choices.join(', ')})`;
  const many = option.many === true ? '; may be repeated' : '';
  return [`--${name}${value}`, `${option.about}${choices}${many}`];
}
