/**
 * What is learnt of one answer while its stream runs, in words that all endpoints share. Each
 * endpoint's reader writes into it; the outcome is decided from it when the stream has ended.
 */

/** Content that counts as a token: never the role chunk, never an empty string. */
export type ContentKind = 'content' | 'reasoning' | 'tool_call';

export interface Delta {
  readonly kind: ContentKind;
  /** Absent when nobody wanted it and the event was known without parsing. */
  readonly text: string | undefined;
}

export interface Usage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cachedTokens: number | undefined;
}

export interface Answer {
  /** As the server spells it. */
  finishReason: string | undefined;
  /** The last one seen: servers may send it on every chunk, growing. */
  usage: Usage | undefined;
  /** A usage that came as the closing message of its own (`choices: []`). */
  sawFinalUsage: boolean;
  /** The endpoint's own last word: `[DONE]`, `message_stop`, `response.completed`. */
  sawEnd: boolean;
  /** The server's own words, shortened: an error object in the stream. */
  errorMessage: string | undefined;
  /** Data that is not this protocol. */
  malformed: string | undefined;
  /** Events with data, `[DONE]` included. */
  eventCount: number;
  /** Content-bearing events. */
  chunkCount: number;
}

export function createAnswer(): Answer {
  return {
    finishReason: undefined,
    usage: undefined,
    sawFinalUsage: false,
    sawEnd: false,
    errorMessage: undefined,
    malformed: undefined,
    eventCount: 0,
    chunkCount: 0,
  };
}

/** Whether the server said all it had to say, whatever became of the connection afterwards. */
export function isComplete(answer: Answer): boolean {
  return answer.sawEnd || answer.finishReason !== undefined || answer.sawFinalUsage;
}

/**
 * Output tokens by the server's count. A zero beside content is a placeholder (Ollama sends zeroed
 * usage on completions chunks), not a count.
 */
export function outputTokensOf(answer: Answer): number | undefined {
  const tokens = answer.usage?.outputTokens;
  return tokens === 0 && answer.chunkCount > 0 ? undefined : tokens;
}

/** Longest message of a server that is kept: enough for people, no room for a flood. */
export const MAX_MESSAGE_CHARS = 300;
