import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseSplitter, MAX_SSE_LINE_BYTES } from '../../../src/core/dialect/sse-splitter.ts';
import { cutAt } from './read-example.ts';

interface Split {
  readonly events: readonly string[];
  readonly errors: readonly string[];
  readonly overflowed: boolean;
}

/** Wipes each piece after it was pushed, as the owner of a shared read buffer does. */
function split(pieces: readonly Buffer[], maxLineBytes?: number): Split {
  const events: string[] = [];
  const errors: string[] = [];
  let overflowed = false;
  const splitter = createSseSplitter(
    {
      onData: (bytes, start, end) => events.push(bytes.toString('utf8', start, end)),
      onOverflow: () => {
        overflowed = true;
      },
      onErrorLine: (bytes, start, end) => errors.push(bytes.toString('utf8', start, end)),
    },
    maxLineBytes,
  );
  for (const piece of pieces) {
    splitter.push(piece);
    piece.fill(0xff);
  }
  splitter.end();
  return { events, errors, overflowed };
}

const of = (text: string): Split => split([Buffer.from(text)]);

describe('the splitter', () => {
  it.each([
    ['two events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['no blank after the colon', 'data:a\n\n', ['a']],
    ['one blank is dropped, the next is data', 'data:  a\n\n', [' a']],
    ['trailing spaces', 'data: {"a":1} \n\n', ['{"a":1}']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR alone', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['comments', ': hi\n\ndata: a\n: there\n\n:\n\n', ['a']],
    ['other fields', 'event: x\nid: 1\nretry: 5\nnonsense\ndata: a\n\n', ['a']],
    ['several data lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['an empty data line among others', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
    ['empty data alone', 'data:\n\ndata\n\n', []],
    ['no blank line at the end', 'data: a', ['a']],
    ['a name that only begins like data', 'database: a\n\n', []],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['nothing', '', []],
  ])('%s', (_, text, events) => {
    expect(of(text).events).toEqual(events);
  });

  it('hands on bare error lines', () => {
    expect(of('data: a\n\nerror: {"code":500}\n\n')).toMatchObject({
      events: ['a'],
      errors: ['{"code":500}'],
    });
  });

  it('gives the same events for every way to cut a text into up to three pieces', () => {
    const text = Buffer.from(
      ': c\r\n\r\ndata: {"x":"é🚢"}\r\n\r\ndata:y\n\nevent: e\rdata: 1\rdata: 2\r\r\ndata: [DONE]',
    );
    const whole = split([Buffer.from(text)]);
    expect(whole.events).toEqual(['{"x":"é🚢"}', 'y', '1\n2', '[DONE]']);
    for (let a = 0; a <= text.length; a++) {
      for (let b = a; b <= text.length; b++) expect(split(cutAt(text, [a, b]))).toEqual(whole);
    }
  });

  it('agrees with a parser of the standard', () => {
    const line = fc.oneof(
      fc.constantFrom('', '', 'data', 'data:', ': c', 'event: e', 'id: 7', 'data: é🚢', 'x'),
      fc.string({ maxLength: 12 }).map((s) => `data: ${s.replace(/[\r\n]/g, '').trimEnd()}`),
    );
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(300), { maxLength: 5 }), (lines, places) => {
        // `\r` before an empty line ended by `\n` would be read as one CRLF by everybody.
        const text = lines.map(([a, b]) => a + b).join('');
        const reference: string[] = [];
        const parser = createParser({ onEvent: (event) => reference.push(event.data) });
        parser.feed(`${text}\n\n`);
        const bytes = Buffer.from(text);
        const pieces = cutAt(
          bytes,
          places.map((place) => Math.min(place, bytes.length)),
        );
        expect(split([...pieces, Buffer.from('\n\n')]).events).toEqual(
          reference.filter((data) => data !== ''),
        );
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('stops at a line over the limit, however it comes', () => {
    const long = Buffer.from(`data: ${'x'.repeat(100)}`);
    expect(split([Buffer.from(long)], 50).overflowed).toBe(true);
    expect(split([Buffer.concat([long, Buffer.from('\n\n')])], 50).overflowed).toBe(true);
    const single = Array.from(long, (_, i) => Buffer.from(long.subarray(i, i + 1)));
    expect(split(single, 50)).toEqual({ events: [], errors: [], overflowed: true });
  });

  it('bounds an event of many lines too', () => {
    const pieces = Array.from({ length: 100 }, () => Buffer.from('data: 1234567890\n'));
    expect(split(pieces, 500).overflowed).toBe(true);
  });

  it('takes a line of the full length byte by byte without quadratic work', () => {
    const line = Buffer.from(`data: ${'x'.repeat(MAX_SSE_LINE_BYTES - 6)}\n\n`);
    const single = Array.from(line, (_, i) => Buffer.from(line.subarray(i, i + 1)));
    const { events } = split(single);
    expect(events[0]).toHaveLength(MAX_SSE_LINE_BYTES - 6);
  });
});
