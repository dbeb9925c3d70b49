/**
 * A short way for the events that a stream is mostly made of. Within one answer they differ in nothing
 * but the content string, so once the bytes before and after it are known, an event with the same bytes
 * around another string *is* plain content, and need not be parsed.
 *
 * The shape is proven before it is used: the event is parsed again with another string in that place,
 * and must give exactly this string as its content and nothing else. Whatever does not match in every
 * byte is parsed, and so is a string with anything in it that could end it or be no text.
 */
import { isUtf8 } from 'node:buffer';
import { type Answer, createAnswer, type Delta } from './answer.ts';
import type { JsonObject } from './json-value.ts';

export interface PlainShape {
  /** The bytes before and after the content, one behind the other: they are read for every token. */
  readonly around: Buffer;
  readonly beforeBytes: number;
  /** No line end in it: then no event that matches has one. */
  readonly isOneLine: boolean;
}

export interface ShapeLearner {
  /** Looks at an event that was parsed and gave `delta`; the shape if one can be learnt from it. */
  learn(bytes: Buffer, start: number, end: number, delta: Delta): PlainShape | undefined;
}

type EventReader = (event: JsonObject, answer: Answer) => Delta | undefined;

/** How a content string begins in the endpoints that have this shape. */
const OPENINGS = ['"content":"', '"content": "', '"text":"', '"text": "'].map((text) =>
  Buffer.from(text),
);
/** No server's text: if it comes back as the content, its place is the content's. */
const SENTINEL = 'plimsoll-shape-7c1f';
/** An event that cannot be learnt (usage on each chunk) is tried this often, then never again. */
const MAX_ATTEMPTS = 4;

const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const FIRST_NOT_ASCII = 128;

/** Whether the event is plain, non-empty content by its bytes alone. */
export function isPlain(shape: PlainShape, bytes: Buffer, start: number, end: number): boolean {
  const { around, beforeBytes } = shape;
  const from = start + beforeBytes;
  const to = end - (around.length - beforeBytes);
  if (to <= from) return false;
  // Loops: a call out of JavaScript costs more than these few bytes.
  for (let i = 0; i < beforeBytes; i++) if (bytes[start + i] !== around[i]) return false;
  const shift = to - beforeBytes;
  for (let i = beforeBytes; i < around.length; i++) {
    if (bytes[shift + i] !== around[i]) return false;
  }
  return isPlainText(bytes, from, to);
}

export function createShapeLearner(
  readEvent: EventReader,
  parse: (text: string) => JsonObject | undefined,
): ShapeLearner {
  let attempts = 0;
  return {
    learn(bytes, start, end, delta) {
      if (attempts >= MAX_ATTEMPTS || delta.kind !== 'content' || delta.text === undefined) return;
      attempts += 1;
      const place = findText(bytes.subarray(start, end), delta.text);
      if (place === undefined) return;
      const head = bytes.toString('utf8', start, start + place.from);
      const tail = bytes.toString('utf8', start + place.to, end);
      if (!isProven(head + SENTINEL + tail)) return;
      return {
        around: Buffer.concat([
          bytes.subarray(start, start + place.from),
          bytes.subarray(start + place.to, end),
        ]),
        beforeBytes: place.from,
        isOneLine: !/[\r\n]/.test(head + tail),
      };
    },
  };

  function isProven(text: string): boolean {
    const event = parse(text);
    if (event === undefined) return false;
    const answer = createAnswer();
    const delta = readEvent(event, answer);
    return (
      delta?.kind === 'content' &&
      delta.text === SENTINEL &&
      answer.finishReason === undefined &&
      answer.usage === undefined &&
      !answer.sawEnd
    );
  }
}

/** Where the string lies between its quotes, if it stands there as it is, without escapes. */
function findText(event: Buffer, text: string): { from: number; to: number } | undefined {
  const wanted = Buffer.from(text);
  for (const opening of OPENINGS) {
    const at = event.indexOf(opening);
    const from = at + opening.length;
    const to = from + wanted.length;
    if (at >= 0 && event[to] === QUOTE && wanted.equals(event.subarray(from, to))) {
      return { from, to };
    }
  }
  return undefined;
}

function isPlainText(bytes: Buffer, from: number, to: number): boolean {
  let ascii = true;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < FIRST_PRINTABLE || byte === QUOTE || byte === BACKSLASH) return false;
    if (byte >= FIRST_NOT_ASCII) ascii = false;
  }
  return ascii || isUtf8(bytes.subarray(from, to));
}
