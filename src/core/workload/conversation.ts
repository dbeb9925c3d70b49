/**
 * What every data source yields, drawn or read from a file: conversations. A single request is a
 * conversation of one turn. It says what is sent and how long it is, not when; texts that only a file
 * knows come along, everything else is made from the keys and lengths (`prompts.ts`).
 */

/**
 * A piece of prompt that others have, too: equal keys are equal texts, so that two prompts share a
 * prefix exactly as far as their blocks are equal. A trace's hash id is such a key.
 */
export interface PromptBlock {
  readonly key: string;
  readonly tokens: number;
}

export interface Turn {
  /** What this turn adds to the prompt; for the first one without the shared blocks. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How long the user waits after the answer of this turn. */
  readonly thinkMs: number;
  /** The very text of this turn, when a file gives it; else words of the asked number are made. */
  readonly text?: string;
}

export interface Conversation {
  /** Index in `partsOf(workload)`. */
  readonly part: number;
  /** Shared beginning of the first prompt, and so of all. */
  readonly shared: readonly PromptBlock[];
  /** At least one. */
  readonly turns: readonly Turn[];
  /** When its first turn was due in the recorded trace, ms; absent where nothing was recorded. */
  readonly atMs?: number;
}

/** One conversation after another, without end: a source that has an end begins again. */
export interface ConversationSource {
  next(): Conversation;
}

/** One request of a conversation, as whoever measures sees it. */
export interface RequestShape {
  readonly part: number;
  /** The whole prompt: shared beginning and history included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export function sharedTokens(conversation: Conversation): number {
  let tokens = 0;
  for (const block of conversation.shared) tokens += block.tokens;
  return tokens;
}
