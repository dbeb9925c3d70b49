/** Chunks that go past the HTTP parser: only whole plain ones, and never with another result than the parser's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/core/base/random.ts';
import { endsAChunk, takeWholeChunks } from '../../src/load/generator/whole-chunks.ts';
import { createOneSender, type OneSender } from './one-sender.ts';
import {
  chunk,
  content,
  DONE,
  FINISH,
  ROLE,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
  usage,
} from './scripted-target.ts';

function take(text: string, openFor = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(text, 'latin1');
  // Rubbish behind what was read, as in the shared buffer.
  const buffer = Buffer.concat([bytes, Buffer.from('5\r\nstale\r\n')]);
  const pieces: string[] = [];
  let stamps = 0;
  const end = takeWholeChunks(buffer, bytes.length, {
    get open() {
      return pieces.length < openFor;
    },
    stamp() {
      stamps += 1;
    },
    take(from, start, stop) {
      pieces.push(from.toString('latin1', start, stop));
    },
  });
  return { rest: text.slice(end), pieces, stamps };
}

describe('whole chunks at the start of a read', () => {
  it.each([
    ['3\r\nabc\r\n', ['abc'], ''],
    ['3\r\nabc\r\nA\r\n0123456789\r\n', ['abc', '0123456789'], ''],
    ['0003\r\nabc\r\n', ['abc'], ''],
    ['3\r\na\r\n\r\n', ['a\r\n'], ''],
    // The last chunk, and what only the parser may judge.
    ['3\r\nabc\r\n0\r\n\r\n', ['abc'], '0\r\n\r\n'],
    ['0\r\n\r\n', [], '0\r\n\r\n'],
    ['3;a=b\r\nabc\r\n', [], '3;a=b\r\nabc\r\n'],
    ['3 \r\nabc\r\n', [], '3 \r\nabc\r\n'],
    ['000003\r\nabc\r\n', [], '000003\r\nabc\r\n'],
    ['-3\r\nabc\r\n', [], '-3\r\nabc\r\n'],
    ['\r\nabc\r\n', [], '\r\nabc\r\n'],
    ['3\nabc\r\n', [], '3\nabc\r\n'],
    ['3\rxabc\r\n', [], '3\rxabc\r\n'],
    ['3\r\nabcd\r\n', [], '3\r\nabcd\r\n'],
    ['3\r\nabc\n\n', [], '3\r\nabc\n\n'],
    ['3\r\nabc\rx', [], '3\r\nabc\rx'],
    // What has not come whole.
    ['3\r\nabc\r\n4\r\nab', ['abc'], '4\r\nab'],
    ['3\r\nabc\r', [], '3\r\nabc\r'],
    ['3\r\nabc', [], '3\r\nabc'],
    ['3', [], '3'],
    ['FFFFF\r\nabc\r\n', [], 'FFFFF\r\nabc\r\n'],
  ])('%j', (text, pieces, rest) => {
    expect(take(text)).toMatchObject({ pieces, rest });
  });

  it('are stamped once a read, and not when there is none', () => {
    expect(take('1\r\na\r\n1\r\nb\r\n').stamps).toBe(1);
    expect(take('1\r\na').stamps).toBe(0);
  });

  it('are not read any more by a reader that closed, and nobody else reads the rest', () => {
    expect(take('1\r\na\r\n1\r\nb\r\n0\r\n\r\n', 1)).toMatchObject({ pieces: ['a'], rest: '' });
  });
});

describe('the parser stands between two chunks', () => {
  const fed = Buffer.from('xx3\r\nabc\r\n').subarray(2);
  it.each([
    ['after the line end behind the data', fed, fed.byteOffset + 6, true],
    ['not within data that looks like an end', fed, fed.byteOffset + 8, false],
    ['not when no data came', fed, -1, false],
    ['not behind the size of the next', Buffer.from('abc\r\n1\r\n'), 3, false],
  ])('%s', (_name, bytes, pieceEnd, expected) => {
    const at = bytes === fed || pieceEnd < 0 ? pieceEnd : bytes.byteOffset + pieceEnd;
    expect(endsAChunk(bytes, at)).toBe(expected);
  });
});

/** Lines that mean nothing to a reader of events and look like a chunk to a reader of chunks. */
const LURE = Buffer.from('2\r\n: \r\n');

/** Events in chunks as servers and proxies cut them: mostly one in each, some torn, some together. */
function randomChunks(random: Random): Buffer[] {
  const tokens = Array.from({ length: 1 + random.integer(12) }, (_, i) => content(`é${i} `));
  const events = [ROLE, ...tokens, FINISH, usage(7, tokens.length), DONE].map((text) =>
    Buffer.from(text),
  );
  const chunks: Buffer[] = [];
  for (const event of events) {
    const at = random.integer(event.length);
    const torn = random.integer(6) === 0 && at > 0;
    if (random.integer(6) === 0) {
      // One chunk in two writes, the second of which must not be taken for another chunk.
      const lured = chunk(Buffer.concat([event, LURE]));
      const second = lured.length - LURE.length - 2;
      chunks.push(lured.subarray(0, second), lured.subarray(second));
      continue;
    }
    const parts = torn ? [event.subarray(0, at), event.subarray(at)] : [event];
    for (const part of parts) chunks.push(random.integer(8) === 0 ? oddChunk(part) : chunk(part));
  }
  return [...chunks, Buffer.from(random.integer(4) === 0 ? '0\r\nx-t: 1\r\n\r\n' : '0\r\n\r\n')];
}

function oddChunk(data: Buffer): Buffer {
  const size = `000${data.length.toString(16).toUpperCase()};ext=1`;
  return Buffer.concat([Buffer.from(`${size}\r\n`), data, Buffer.from('\r\n')]);
}

/** One of the bytes of the framing, or any, is changed, lost or doubled. */
function spoil(bytes: Buffer, random: Random): Buffer {
  const cr = bytes.indexOf('\r', random.integer(bytes.length));
  const at =
    cr >= 0 && random.integer(3) > 0
      ? Math.max(0, cr - 2 + random.integer(5))
      : random.integer(bytes.length);
  const put = Buffer.from(random.integer(2) === 0 ? [random.integer(256)] : '\r\n0a'.slice(0, 2));
  const lost = random.integer(2);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + lost)]);
}

/** Mostly where a chunk ends, as a server's writes do. */
function randomWrites(chunks: readonly Buffer[], random: Random): Buffer[] {
  const writes: Buffer[] = [Buffer.from(STREAM_HEAD)];
  for (const bytes of chunks) {
    const last = writes.at(-1) ?? Buffer.alloc(0);
    const at = random.integer(bytes.length);
    const way = random.integer(5);
    if (way === 0) writes.push(bytes.subarray(0, at), bytes.subarray(at));
    else if (way === 1) writes[writes.length - 1] = Buffer.concat([last, bytes]);
    else writes.push(bytes);
  }
  return writes.filter((bytes) => bytes.length > 0);
}

describe('answers in many reads', () => {
  const RUNS = 150;
  let writes: readonly Buffer[] = [];
  let endAfter = false;
  let target: ScriptedTarget;
  const senders: OneSender[] = [];
  const connect = (): OneSender => {
    const one = createOneSender({ baseUrl: `http://127.0.0.1:${target.port}/v1` });
    senders.push(one);
    return one;
  };
  beforeAll(async () => {
    target = await startTarget((socket) => {
      const mine = [...writes];
      const next = (): void => {
        const bytes = mine.shift();
        // A turn of the loop in between, so that each write tends to be a read of its own.
        if (bytes !== undefined) socket.write(bytes, () => setImmediate(next));
        else if (endAfter) socket.end();
      };
      next();
    });
  });
  afterAll(async () => {
    for (const one of senders) await one.close();
    await target.stop();
  });

  async function told(one: OneSender, bytes: readonly Buffer[], end: boolean) {
    writes = bytes;
    endAfter = end;
    const { outcome, stream, httpStatus, gapCount } = await one.request();
    const { chunkCount, eventCount, finishReason, usage } = stream.answer;
    return { outcome, httpStatus, gapCount, chunkCount, eventCount, finishReason, usage };
  }

  it('are the same as in one, on a connection that serves on', async () => {
    const one = connect();
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = createRandom(seed);
      const chunks = randomChunks(random);
      const whole = await told(one, [Buffer.concat([Buffer.from(STREAM_HEAD), ...chunks])], false);
      expect(whole, `seed ${seed}`).toMatchObject({ outcome: 'ok', finishReason: 'length' });
      expect(await told(one, randomWrites(chunks, random), false), `seed ${seed}`).toEqual(whole);
    }
    expect(target.opened).toBe(1);
  });

  it('are the same as in one when their framing is broken', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = createRandom(1_000 + seed);
      const chunks = randomChunks(random);
      const at = random.integer(chunks.length);
      chunks[at] = spoil(chunks[at] ?? Buffer.alloc(0), random);
      const head = Buffer.from(STREAM_HEAD);
      const whole = await told(connect(), [Buffer.concat([head, ...chunks])], true);
      expect(await told(connect(), randomWrites(chunks, random), true), `seed ${seed}`).toEqual(
        whole,
      );
      outcomes.add(whole.outcome);
    }
    expect(outcomes).toContain('malformed');
    expect(outcomes).toContain('ok');
  });
});
