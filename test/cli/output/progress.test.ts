import { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { createProgress } from '../../../src/cli/output/progress.ts';

/** A stream that keeps what is written, as a terminal of this width or as a pipe. */
function stream(columns?: number): { written: () => string; stream: WriteStream } {
  let written = '';
  const fake = Object.assign(Object.create(WriteStream.prototype), {
    write: (text: string) => {
      written += text;
      return true;
    },
  });
  Object.defineProperty(fake, 'isTTY', { value: columns !== undefined });
  Object.defineProperty(fake, 'columns', { value: columns });
  return { written: () => written, stream: fake };
}

const LINES = [
  { kind: 'note', text: 'Needs 600 requests.' },
  { kind: 'probe', text: 'probe 0 load 16 pass at least 16' },
  { kind: 'live', text: 'probe 1 load 32' },
  { kind: 'probe', text: 'probe 1 load 32 fail at least 16, 32 fails and much more' },
] as const;

test('a pipe gets a line for each', () => {
  const pipe = stream();
  const progress = createProgress(pipe.stream, false);
  LINES.forEach(progress.show);
  progress.end();
  const ended = LINES.filter(({ kind }) => kind !== 'live').map(({ text }) => text);
  expect(pipe.written()).toBe(`${ended.join('\n')}\n`);
});

test('a terminal gets one line that is drawn again, no wider than it is, and gone at the end', () => {
  const terminal = stream(30);
  const progress = createProgress(terminal.stream, false);
  LINES.forEach(progress.show);
  progress.end();
  const [note, ...drawn] = terminal.written().split('\r\u001b[2K');
  expect(note).toMatch(/^Needs 600 requests\.\n.*probe 0/s);
  expect(drawn).toHaveLength(3);
  expect(drawn[0]).toBe('probe 1 load 32');
  // Colour takes no room.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of a terminal
  expect(drawn[1]?.replaceAll(/\u001b\[\d+m/g, '')).toBe('probe 1 load 32 fail at least');
  expect(drawn[2]).toBe('');
});

test('quiet is quiet', () => {
  const pipe = stream();
  LINES.forEach(createProgress(pipe.stream, true).show);
  expect(pipe.written()).toBe('');
});
