/** A whole command line: finds the command, reads its arguments, runs it, resolves with its exit code. */
import type { Options } from './args/command.ts';
import { EXIT_LINES, helpText } from './args/help-text.ts';
import { nearest } from './args/nearest.ts';
import { readOptions } from './args/read-options.ts';
import { COMMANDS } from './commands.ts';
import { CommandError, EXIT, say } from './exit.ts';
import { VERSION } from './version.ts';

/** Every command has them. */
const COMMON: Options = {
  help: { kind: 'flag', about: 'this text' },
  'no-color': { kind: 'flag', about: 'no colour (as NO_COLOR)' },
};

export async function runCommand(words: readonly string[]): Promise<number> {
  try {
    return await dispatch(words);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(error.message);
    return error.exitCode;
  }
}

async function dispatch([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(overview());
    return EXIT.pass;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.pass;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    say(`there is no command ${name}${nearest(name, Object.keys(COMMANDS))}\n`);
    process.stderr.write(overview());
    return EXIT.usage;
  }
  const { command } = await entry.load();
  const whole = { ...command, options: { ...command.options, ...COMMON } };
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText(name, whole));
    return EXIT.pass;
  }
  if (args.includes('--no-color')) process.env['NO_COLOR'] = '1';
  const given = readOptions(whole, args);
  if (!given.ok) {
    given.error.forEach(say);
    say(`\nplimsoll ${name} --help tells what it takes.`);
    return EXIT.usage;
  }
  return command.run(given.value);
}

function overview(): string {
  const names = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  return `Plimsoll finds the largest load that an LLM inference endpoint carries within its SLO.

Usage: plimsoll COMMAND [options]
${names.join('\n')}

plimsoll COMMAND --help tells what each takes. With PLIMSOLL_URL (and PLIMSOLL_TOKEN) set, commands talk to
that service; without, they start one of their own. ${EXIT_LINES}

Examples:
  plimsoll demo
  plimsoll search http://localhost:8000/v1
  plimsoll gate http://localhost:8000/v1 --at-least 64 --policy chat
`;
}
