/**
 * The prompt of a request, wherever its endpoint keeps it: how many tokens, and which texts. Tokens are
 * counted by one rule, unless the server is given another: words, whatever stands between two white spaces.
 */
import { type Fields, isFields } from './fields.ts';
import { mediaTokens } from './media-tokens.ts';

/** Tokens of a text. */
export type CountTokens = (text: string) => number;

/** Endpoints that answer in words. */
export type Endpoint = 'chat' | 'completions' | 'responses' | 'messages';

export interface ReadPrompt {
  readonly inputTokens: number;
  readonly texts: readonly string[];
}

/** Undefined when the endpoint's field is missing or not understood. */
export function readPrompt(
  endpoint: Endpoint,
  body: Fields,
  count: CountTokens,
): ReadPrompt | undefined {
  switch (endpoint) {
    case 'chat':
      return readMessages(undefined, body.messages, count);
    case 'completions':
      return readBarePrompt(body.prompt, count);
    case 'responses':
      return typeof body.input === 'string'
        ? readMessages(body.instructions, [{ role: 'user', content: body.input }], count)
        : readMessages(body.instructions, body.input, count);
    case 'messages':
      return readMessages(body.system, body.messages, count);
  }
}

/** `before`: what stands outside of the list and before it, as a system message does elsewhere. */
function readMessages(
  before: unknown,
  messages: unknown,
  count: CountTokens,
): ReadPrompt | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const texts: string[] = [];
  let media = 0;
  const opening = before === undefined ? [] : [{ role: 'system', content: before }];
  for (const message of [...opening, ...(messages as readonly unknown[])]) {
    if (!isFields(message) || typeof message.role !== 'string') return undefined;
    const read = readContent(message.content);
    if (read === undefined) return undefined;
    texts.push(...read.texts);
    media += read.mediaTokens;
  }
  const { inputTokens } = promptOf(texts, count);
  return { inputTokens: inputTokens + media, texts };
}

interface ReadContent {
  readonly texts: readonly string[];
  readonly mediaTokens: number;
}

function readContent(content: unknown): ReadContent | undefined {
  if (typeof content === 'string') return { texts: [content], mediaTokens: 0 };
  if (content === null) return { texts: [], mediaTokens: 0 };
  if (!Array.isArray(content)) return undefined;
  const texts: string[] = [];
  let tokens = 0;
  for (const part of content as readonly unknown[]) {
    if (!isFields(part)) return undefined;
    if (typeof part.text === 'string') {
      texts.push(part.text);
      continue;
    }
    const found = mediaTokens({ ...part });
    if (found === undefined) return undefined;
    tokens += found;
  }
  return { texts, mediaTokens: tokens };
}

/** A text, one text in a list, or a list of token numbers. */
function readBarePrompt(prompt: unknown, count: CountTokens): ReadPrompt | undefined {
  if (typeof prompt === 'string') return promptOf([prompt], count);
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  const first: unknown = prompt[0];
  if (typeof first === 'string' && prompt.length === 1) return promptOf([first], count);
  return prompt.every(Number.isSafeInteger) ? { inputTokens: prompt.length, texts: [] } : undefined;
}

function promptOf(texts: readonly string[], count: CountTokens): ReadPrompt {
  const words = texts.reduce((sum, text) => sum + count(text), 0);
  return { inputTokens: Math.max(1, words), texts };
}

const SPACE = 0x20;

/** Words of a text, counted by their beginnings: no list of them is made. */
export function countWords(text: string): number {
  let words = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const isSpace = text.charCodeAt(i) <= SPACE;
    if (!isSpace && !inside) words += 1;
    inside = !isSpace;
  }
  return words;
}
