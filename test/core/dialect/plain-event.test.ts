/** The shortest way for a token agrees with the long one, and is taken only where the long one would see the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnswerStream,
  createAnswerStream,
  takePlainEvent,
} from '../../../src/core/dialect/answer-stream.ts';

const json = (content: string): string =>
  `{"choices":[{"index":0,"delta":{"content":"${content}"}}]}`;
const event = (content: string): string => `data: ${json(content)}\n\n`;

function learnt(...pieces: string[]): AnswerStream {
  const stream = createAnswerStream('chat', () => undefined, 'kind');
  for (const piece of [event('learn'), ...pieces]) stream.push(Buffer.from(piece));
  return stream;
}

function takes(stream: AnswerStream, text: string): boolean {
  const bytes = Buffer.from(`before${text}after`);
  return takePlainEvent(stream, bytes, 6, bytes.length - 5);
}

describe('one event of plain content', () => {
  it.each([
    ['as usual', event('a')],
    ['not in ASCII', event('é🚢')],
    ['without the blank', event('a').replace('data: ', 'data:')],
    ['with CRLF', `data: ${json('a')}\r\n\r\n`],
  ])('is taken and counted: %s', (_name, text) => {
    const stream = learnt();
    expect(takes(stream, text)).toBe(true);
    expect(stream.answer).toMatchObject({ eventCount: 2, chunkCount: 2 });
  });

  it.each([
    ['nothing', ''],
    ['another event', 'data: [DONE]\n\n'],
    ['no content', event('')],
    ['an escape', event('\\n')],
    ['a bare quote', event('a"')],
    ['a line end in the content', event('a\n')],
    ['two events', event('a') + event('b')],
    ['an event that has not ended', event('a').slice(0, -1)],
    ['mixed line ends', `data: ${json('a')}\n\r\n`],
    ['a field before it', `id: 1\n${event('a')}`],
    ['another field', event('a').replace('data', 'date')],
    ['a trailing blank', `data: ${json('a')} \n\n`],
    ['bytes more', `${event('a')}d`],
  ])('is not what this is: %s', (_name, text) => {
    const stream = learnt();
    expect(takes(stream, text)).toBe(false);
    expect(stream.answer).toMatchObject({ eventCount: 1, chunkCount: 1 });
  });

  it.each([
    ['in a line', ['da']],
    ['in an event', ['data: {"a":1}\n']],
    ['after a CR, whose LF may come', ['\r']],
    ['after garbage', ['data: garbage\n\n']],
    ['after a line beyond the limit', ['x'.repeat(70_000)]],
  ])('is not taken %s', (_name, pieces) => {
    expect(takes(learnt(...pieces), event('a'))).toBe(false);
  });

  it('is not taken before a shape was learnt, nor where texts are wanted', () => {
    const fresh = createAnswerStream('chat', () => undefined, 'kind');
    expect(takes(fresh, event('a'))).toBe(false);
    const texts = createAnswerStream('chat', () => undefined);
    texts.push(Buffer.from(event('learn')));
    expect(takes(texts, event('a'))).toBe(false);
  });

  it('is not taken when the shape was learnt of two lines', () => {
    const stream = createAnswerStream('chat', () => undefined, 'kind');
    const two = (content: string): string =>
      `data: {"choices":[{"index":0,\ndata: "delta":{"content":"${content}"}}]}\n\n`;
    stream.push(Buffer.from(two('a')));
    expect(takes(stream, `data: {"choices":[{"index":0,\n"delta":{"content":"b"}}]}\n\n`)).toBe(
      false,
    );
  });

  it('counts as reading it would', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }).map(event),
      fc.constantFrom(
        event('a'),
        event('é'),
        'data: [DONE]\n\n',
        '\n',
        ': c\n\n',
        'data: {"a":1}\n',
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const short = learnt();
        const long = learnt();
        for (const text of pieces) {
          if (!takes(short, text)) short.push(Buffer.from(text));
          long.push(Buffer.from(text));
        }
        short.end();
        long.end();
        expect(short.answer).toEqual(long.answer);
      }),
    );
  });
});
