/**
 * Writes one answer, as a stream of chunks or whole, in vLLM's shapes: the role chunk comes with the
 * first token, the last token's chunk carries the finish reason, then a usage chunk with `choices: []`
 * when asked, then `[DONE]`. The part of a chunk that never changes is made once per answer, and each
 * step writes once.
 */
import type { ServerResponse } from 'node:http';
import { PROMPT_WORDS } from '../../core/workload/prompt-words.ts';
import type { Endpoint } from './completion-request.ts';

export interface AnswerHead {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly modelName: string;
  readonly createdS: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `length` when the answer was cut by its limit. */
  readonly finishReason: 'length' | 'stop';
  readonly includeUsage: boolean;
  /** Prompt tokens found in the prefix cache; undefined where there is none. */
  readonly cachedTokens: () => number | undefined;
}

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
  const isChat = head.endpoint === 'chat';
  const object = isChat ? 'chat.completion.chunk' : 'text_completion';
  const common = `data: {"id":"${head.id}","object":"${object}","created":${head.createdS},"model":${JSON.stringify(head.modelName)},"choices":[`;
  const before = `${common}{"index":0,${isChat ? '"delta":{"content":"' : '"text":"'}`;
  const after = `"${isChat ? '}' : ''},"logprobs":null,"finish_reason":null}]}\n\n`;
  const afterLast = `"${isChat ? '}' : ''},"logprobs":null,"finish_reason":"${head.finishReason}","stop_reason":null}]}\n\n`;
  const role = `${common}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`;
  let sent = 0;

  const write = (text: string): void => {
    if (response.destroyed) return;
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    else if (text !== '') response.write(text, 'latin1');
  };
  const next = (): string => {
    sent += 1;
    return before + wordAt(head, sent) + (sent === head.outputTokens ? afterLast : after);
  };
  return {
    begin() {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
      response.flushHeaders();
    },
    firstToken: () => write((isChat ? role : '') + (head.outputTokens > 1 ? next() : '')),
    token: () => write(next()),
    end() {
      if (response.destroyed) return;
      const usage = head.includeUsage
        ? `${common}],"usage":${JSON.stringify(usageOf(head))}}\n\n`
        : '';
      response.end(`${next()}${usage}data: [DONE]\n\n`, 'latin1');
    },
  };
}

export function createWholeAnswer(head: AnswerHead, response: ServerResponse): Answer {
  return {
    begin() {},
    firstToken() {},
    token() {},
    end() {
      let text = '';
      for (let i = 1; i <= head.outputTokens; i++) text += wordAt(head, i);
      const isChat = head.endpoint === 'chat';
      const part = isChat ? { message: { role: 'assistant', content: text } } : { text };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          id: head.id,
          object: isChat ? 'chat.completion' : 'text_completion',
          created: head.createdS,
          model: head.modelName,
          choices: [
            {
              index: 0,
              ...part,
              logprobs: null,
              finish_reason: head.finishReason,
              stop_reason: null,
            },
          ],
          usage: usageOf(head),
        }),
      );
    },
  };
}

/** The i-th token of an answer: a word with a space before it, none that JSON would escape. */
function wordAt(head: AnswerHead, i: number): string {
  return answerWord(head.inputTokens, i);
}

export function answerWord(inputTokens: number, i: number): string {
  return ` ${PROMPT_WORDS[(inputTokens + i) % PROMPT_WORDS.length] ?? ''}`;
}

function usageOf(head: AnswerHead): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens } = head;
  const cached = head.cachedTokens();
  return {
    prompt_tokens: inputTokens,
    total_tokens: inputTokens + outputTokens,
    completion_tokens: outputTokens,
    prompt_tokens_details: cached === undefined ? null : { cached_tokens: cached },
  };
}
