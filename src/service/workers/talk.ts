/**
 * What the service and a worker say to each other: the generator's own protocol with the session that it
 * is about. All times in it are the database's.
 */
import type { Command, Reply } from '../../load/protocol.ts';
import { shiftColumns } from './database-clock.ts';

export interface Order {
  readonly session: string;
  readonly index: number;
  readonly command: Command;
}

export interface Answer {
  readonly index: number;
  readonly reply: Reply | { readonly kind: 'closed' };
}

export function workerBox(worker: string): string {
  return `worker:${worker}`;
}

export function sessionBox(session: string): string {
  return `session:${session}`;
}

export function shiftCommand(command: Command, byMs: number): Command {
  if (command.kind !== 'load') return command;
  return {
    ...command,
    startAtMs: command.startAtMs + byMs,
    windowStartMs: command.windowStartMs + byMs,
  };
}

/** The columns of a look are its own copy and are changed in place. */
export function shiftReply(reply: Answer['reply'], byMs: number): Answer['reply'] {
  if (reply.kind !== 'look') return reply;
  shiftColumns(reply.ended, byMs);
  shiftColumns(reply.pending, byMs);
  return { ...reply, nowMs: reply.nowMs + byMs };
}
