/**
 * How commands end: the exit codes that pipelines act on, and the error that carries one. Whatever
 * nobody expected ends with 4, never with 1: Node's own code for a crash would read as a failed gate.
 */
import { EXIT_CODES } from '../view/summary.ts';

export const EXIT = {
  ...EXIT_CODES,
  usage: 2,
  interrupted: 130,
  terminated: 143,
} as const;

/** An end that a person can do something about: its message is all that is shown. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** stderr is for people; stdout belongs to results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
