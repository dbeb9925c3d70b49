#!/usr/bin/env node
/**
 * `plimsoll`, the program. Imports nothing before it can catch: Node ends with 1 on whatever nobody
 * caught, a package that is missing included, and 1 would read as a failed gate. Here it is 4.
 */
const UNEXPECTED = 4;

function endUnexpectedly(error: unknown): never {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${words}\n`);
  process.exit(UNEXPECTED);
}

process.on('uncaughtException', endUnexpectedly);
process.on('unhandledRejection', endUnexpectedly);
const { runCommand } = await import('./run-command.ts').catch(endUnexpectedly);
process.exitCode = await runCommand(process.argv.slice(2)).catch(endUnexpectedly);
