import { expect, test } from 'vitest';
import { type GuardedStream, guardedStream } from '../../../src/service/http/guarded-stream.ts';

interface Seen {
  ends: number;
  errors: unknown[];
  aborted: boolean;
  made: number;
}

function open(change: Partial<GuardedStream> = {}): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly seen: Seen;
} {
  const seen: Seen = { ends: 0, errors: [], aborted: false, made: 0 };
  const stream = guardedStream({
    async *pieces(signal) {
      signal.addEventListener('abort', () => {
        seen.aborted = true;
      });
      for (const piece of ['one ', 'two ', 'three']) {
        seen.made += 1;
        yield piece;
      }
    },
    stallMs: 60_000,
    gone: new AbortController().signal,
    cut: undefined,
    onEnd: () => {
      seen.ends += 1;
    },
    onError: (error) => seen.errors.push(error),
    ...change,
  });
  return { stream, seen };
}

test('the pieces, then one end', async () => {
  const { stream, seen } = open();
  expect(await new Response(stream).text()).toBe('one two three');
  expect(seen).toMatchObject({ ends: 1, errors: [] });
});

test('nothing is made ahead of the reader', async () => {
  const { stream, seen } = open();
  const reader = stream.getReader();
  await reader.read();
  await Promise.resolve();
  expect(seen.made).toBe(1);
  await reader.cancel();
});

test('a reader that goes away ends the generator', async () => {
  const { stream, seen } = open();
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  expect(seen).toMatchObject({ ends: 1, aborted: true, made: 1 });
});

test('a reader that takes nothing more is cut', async () => {
  const { stream, seen } = open({ stallMs: 5 });
  const reader = stream.getReader();
  await reader.read();
  await expect.poll(() => seen.ends).toBe(1);
  expect(seen.aborted).toBe(true);
  await expect(reader.read()).rejects.toThrow('stalled');
});

test('on a socket the connection is cut, and the generator is ended where it stands', async () => {
  let cuts = 0;
  let left = false;
  const { stream, seen } = open({
    stallMs: 5,
    cut: () => {
      cuts += 1;
    },
    async *pieces() {
      try {
        for (;;) yield 'more';
      } finally {
        left = true;
      }
    },
  });
  await stream.getReader().read();
  await expect.poll(() => cuts).toBe(1);
  expect(seen.ends).toBe(1);
  await expect.poll(() => left).toBe(true);
});

test('a request that was aborted before the first piece leaves nothing open', async () => {
  const aborter = new AbortController();
  const { seen } = open({ gone: aborter.signal });
  aborter.abort();
  expect(seen.ends).toBe(1);
});

test('a fault cuts the stream: half of the data never looks whole', async () => {
  const { stream, seen } = open({
    async *pieces() {
      yield 'half';
      throw new Error('disk');
    },
  });
  await expect(new Response(stream).text()).rejects.toThrow('disk');
  expect(seen.errors).toHaveLength(1);
  expect(seen.ends).toBe(1);
});
