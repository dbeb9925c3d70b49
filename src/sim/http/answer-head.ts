/** What is known of an answer before its first token, and what stands around its words in a stream. */
import type { Endpoint } from './read-prompt.ts';

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

export interface StreamShape {
  /** When the request is taken, before anything is known of the answer. */
  readonly accepted: string;
  /** Beside the first token and before it. */
  opening(): string;
  /** The text holds nothing that JSON would escape. */
  word(text: string, isLast: boolean): string;
  /** After the last token; `textOf` makes the whole answer, which most shapes do not repeat. */
  closing(textOf: () => string): string;
}

export function isCut({ finishReason }: AnswerHead): boolean {
  return finishReason === 'length';
}

type ServerEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** A server-sent event that carries its own name, as Responses and Messages have them. */
export function eventText(event: ServerEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
