/**
 * Writes one answer, as a stream or whole: a word for each token, in the shape of its endpoint. Each step
 * of the engine writes once.
 */
import type { ServerResponse } from 'node:http';
import { PROMPT_WORDS } from '../../core/workload/prompt-words.ts';
import type { AnswerHead } from './answer-head.ts';
import { streamShape, wholeAnswer } from './answer-shapes.ts';

export interface Answer {
  /** The request was taken: what can be sent before the first token. */
  begin(): void;
  firstToken(): void;
  token(): void;
  end(): void;
}

/** A reader that leaves this much unread is cut: it would fill the memory. */
const MAX_UNREAD_BYTES = 1_048_576;

export function createStreamAnswer(head: AnswerHead, response: ServerResponse): Answer {
  const shape = streamShape(head);
  let sent = 0;

  const write = (text: string): void => {
    if (response.destroyed) return;
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    else if (text !== '') response.write(text, 'latin1');
  };
  const next = (): string => {
    sent += 1;
    return shape.word(wordAt(head, sent), sent === head.outputTokens);
  };
  return {
    begin() {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
      response.flushHeaders();
      write(shape.accepted);
    },
    firstToken: () => write(shape.opening() + (head.outputTokens > 1 ? next() : '')),
    token: () => write(next()),
    end() {
      if (response.destroyed) return;
      response.end(next() + shape.closing(() => textOf(head)), 'latin1');
    },
  };
}

export function createWholeAnswer(head: AnswerHead, response: ServerResponse): Answer {
  return {
    begin() {},
    firstToken() {},
    token() {},
    end() {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(wholeAnswer(head, textOf(head))));
    },
  };
}

function textOf(head: AnswerHead): string {
  let text = '';
  for (let i = 1; i <= head.outputTokens; i++) text += wordAt(head, i);
  return text;
}

/** The i-th token of an answer: a word with a space before it, none that JSON would escape. */
function wordAt(head: AnswerHead, i: number): string {
  return answerWord(head.inputTokens, i);
}

export function answerWord(inputTokens: number, i: number): string {
  return ` ${PROMPT_WORDS[(inputTokens + i) % PROMPT_WORDS.length] ?? ''}`;
}
