/** A fault inside an SLO text, with its place; it becomes a `Fault` once the pointer is known. */
import type { Fault } from '../base/fault.ts';

export interface SloFault {
  readonly code: string;
  readonly expected: string;
  readonly received: string;
  /** 0-based offset into the text. */
  readonly at: number;
}

const RECEIVED_MAX = 60;

export function sloFault(code: string, expected: string, received: string, at: number): SloFault {
  return { code, expected, received: shorten(received), at };
}

export function toFault(fault: SloFault, text: string, pointer: string): Fault {
  const before = text.slice(0, fault.at);
  const line = before.split('\n').length;
  const column = fault.at - before.lastIndexOf('\n');
  const { code, expected, received } = fault;
  return { pointer, code, expected, received, line, column };
}

/** One printable line of bounded length. */
export function shorten(text: string, max: number = RECEIVED_MAX): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
