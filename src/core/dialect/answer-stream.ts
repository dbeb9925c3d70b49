/**
 * Bytes of one answer in, contents out: splits the stream into events and reads each with the rules of
 * its endpoint. One instance per request; the caller stamps the time, this only says what came.
 */
import { isUtf8 } from 'node:buffer';
import { type Answer, createAnswer, type Delta } from './answer.ts';
import { readChatEvent, readCompletionsEvent } from './chat-reader.ts';
import type { StreamEndpointKind } from './endpoint.ts';
import { errorMessageIn, errorMessageInBody, shortened } from './error-message.ts';
import { isObject, type JsonObject } from './json-value.ts';
import { createShapeLearner, isPlain, type PlainShape } from './learned-shape.ts';
import { readMessagesEvent } from './messages-reader.ts';
import { readResponsesEvent } from './responses-reader.ts';
import {
  createSseSplitter,
  loneDataEnd,
  loneDataStart,
  MAX_SSE_LINE_BYTES,
} from './sse-splitter.ts';

export interface AnswerStream {
  push(piece: Buffer): void;
  /** The body ended as HTTP says it should. */
  end(): void;
  readonly answer: Answer;
  /** For `takePlainEvent`: what plain content looks like, when the next byte begins an event. */
  readonly plain: PlainShape | undefined;
}

/**
 * The usual piece by the shortest way: true when the range is one whole event of plain content, which is
 * then counted and not told to `onContent`; false when it may be anything, and nothing was done. Not a
 * closure of each stream, because with thousands of streams what costs is the memory that is touched.
 */
export function takePlainEvent(
  stream: AnswerStream,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  const { plain, answer } = stream;
  if (plain === undefined || end - start > MAX_SSE_LINE_BYTES) return false;
  const dataStart = loneDataStart(bytes, start, end);
  if (dataStart < 0 || !isPlain(plain, bytes, dataStart, loneDataEnd(bytes, start, end))) {
    return false;
  }
  answer.eventCount += 1;
  answer.chunkCount += 1;
  return true;
}

type EventReader = (event: JsonObject, answer: Answer) => Delta | undefined;

const READERS: Readonly<Record<StreamEndpointKind, EventReader>> = {
  chat: readChatEvent,
  completions: readCompletionsEvent,
  responses: readResponsesEvent,
  messages: readMessagesEvent,
};

/** `response.completed` repeats the whole answer in one event: a million bytes hold 100,000 tokens. */
const MAX_RESPONSES_LINE_BYTES = 1_048_576;

const PLAIN_CONTENT: Delta = { kind: 'content', text: undefined };
const DONE = Buffer.from('[DONE]');
const REPLACEMENT = '\uFFFD';

/** `needs: 'kind'` lets plain contents go unparsed; they then come without their text. */
export function createAnswerStream(
  endpoint: StreamEndpointKind,
  onContent: (delta: Delta) => void,
  needs: 'text' | 'kind' = 'text',
): AnswerStream {
  const answer = createAnswer();
  const readEvent = READERS[endpoint];
  const hasShape = endpoint === 'chat' || endpoint === 'completions';
  const learner =
    needs === 'kind' && hasShape ? createShapeLearner(readEvent, parseObject) : undefined;
  let shape: PlainShape | undefined;

  const onData = (bytes: Buffer, start: number, end: number): void => {
    // What follows garbage is not read, in whatever pieces it comes.
    if (answer.malformed !== undefined) return;
    answer.eventCount += 1;
    if (shape !== undefined && isPlain(shape, bytes, start, end)) {
      answer.chunkCount += 1;
      onContent(PLAIN_CONTENT);
      return;
    }
    if (isDone(bytes, start, end)) {
      answer.sawEnd = true;
      return;
    }
    const event = parseEvent(bytes, start, end);
    if (event === undefined) {
      answer.malformed ??= shortened(
        `not a JSON object: ${bytes.toString('latin1', start, Math.min(end, start + 80))}`,
      );
      return;
    }
    answer.errorMessage ??= errorMessageIn(event);
    const delta = readEvent(event, answer);
    if (delta === undefined) return;
    answer.chunkCount += 1;
    shape = learner?.learn(bytes, start, end, delta) ?? shape;
    onContent(delta);
  };

  const splitter = createSseSplitter(
    {
      onData,
      onOverflow: () => {
        answer.malformed ??= 'a line or event is longer than the limit';
      },
      onErrorLine: (bytes, start, end) => {
        if (answer.malformed !== undefined) return;
        answer.errorMessage ??= errorMessageInBody(bytes.toString('utf8', start, end)) ?? 'error';
      },
    },
    endpoint === 'responses' ? MAX_RESPONSES_LINE_BYTES : MAX_SSE_LINE_BYTES,
  );

  const stream: { -readonly [K in keyof AnswerStream]: AnswerStream[K] } = {
    answer,
    push(piece) {
      splitter.push(piece);
      const ready = answer.malformed === undefined && splitter.isBetweenEvents();
      stream.plain = ready && shape?.isOneLine === true ? shape : undefined;
    },
    end: splitter.end,
    plain: undefined,
  };
  return stream;
}

function isDone(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== DONE.length) return false;
  for (let i = 0; i < DONE.length; i++) if (bytes[start + i] !== DONE[i]) return false;
  return true;
}

/** Undefined for anything that is no JSON object in UTF-8. */
function parseEvent(bytes: Buffer, start: number, end: number): JsonObject | undefined {
  const text = bytes.toString('utf8', start, end);
  // Decoding replaces bad bytes in silence; a replacement character may also be the model's own.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) return undefined;
  return parseObject(text);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(text);
    return isObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}
