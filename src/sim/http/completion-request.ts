/**
 * Reads the body of a completion request, as far as a server without a model needs it: how long the
 * prompt is, how long the answer may be, and how to answer. Unknown fields are ignored, as in vLLM.
 *
 * Prompt tokens are counted by one rule, unless the server is given another: words, whatever stands
 * between two white spaces.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import { type ApiError, badRequest, notFound } from './api-error.ts';
import { mediaTokens } from './media-tokens.ts';

export interface CompletionRequest {
  readonly model: string;
  readonly inputTokens: number;
  /** The prompt's words, message by message; empty for a prompt of token numbers. */
  readonly texts: readonly string[];
  /** Caches of different salts share nothing. */
  readonly cacheSalt: string;
  /** Undefined: as long as the answer is, up to the model's length. */
  readonly maxTokens: number | undefined;
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** The fields that matter here, of a body, a message, a part of a message; nothing is known of them. */
export interface Fields {
  readonly model?: unknown;
  readonly messages?: unknown;
  readonly prompt?: unknown;
  readonly max_completion_tokens?: unknown;
  readonly max_tokens?: unknown;
  readonly min_tokens?: unknown;
  readonly ignore_eos?: unknown;
  readonly stream?: unknown;
  readonly stream_options?: unknown;
  readonly include_usage?: unknown;
  readonly n?: unknown;
  readonly cache_salt?: unknown;
  readonly role?: unknown;
  readonly content?: unknown;
  readonly text?: unknown;
  readonly input?: unknown;
  readonly inputs?: unknown;
  readonly query?: unknown;
  readonly documents?: unknown;
  readonly texts?: unknown;
  readonly top_n?: unknown;
}

/** Tokens of a text. */
export type CountTokens = (text: string) => number;

export type Endpoint = 'chat' | 'completions';

/** What the completions API gives when nothing is said. */
const COMPLETIONS_MAX_TOKENS = 16;

export function readCompletionRequest(
  text: string,
  endpoint: Endpoint,
  isModel: (name: string) => boolean,
  count: CountTokens = countWords,
): Result<CompletionRequest, ApiError> {
  const body = parseObject(text);
  if (body === undefined) return err(badRequest('The body is not a JSON object.'));
  if (typeof body.model !== 'string') return err(badRequest('A model is required.', 'model'));
  if (!isModel(body.model)) {
    return err(notFound(`The model \`${body.model.slice(0, 200)}\` does not exist.`, 'model'));
  }
  const prompt = endpoint === 'chat' ? readMessages(body, count) : readPrompt(body, count);
  if (prompt === undefined) {
    const param = endpoint === 'chat' ? 'messages' : 'prompt';
    return err(badRequest(`\`${param}\` is missing or not understood.`, param));
  }
  const faulty = firstFault(body);
  if (faulty !== undefined) return err(faulty);
  const maxTokens = numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens);
  const streamOptions = body.stream_options;
  return ok({
    model: body.model,
    ...prompt,
    cacheSalt: typeof body.cache_salt === 'string' ? body.cache_salt : '',
    maxTokens: maxTokens ?? (endpoint === 'completions' ? COMPLETIONS_MAX_TOKENS : undefined),
    minTokens: numberOf(body.min_tokens) ?? 0,
    ignoreEos: body.ignore_eos === true,
    stream: body.stream === true,
    includeUsage: isFields(streamOptions) && streamOptions.include_usage === true,
  });
}

const COUNTS = ['max_completion_tokens', 'max_tokens', 'min_tokens'] as const;
const FLAGS = ['stream', 'ignore_eos'] as const;

function firstFault(body: Fields): ApiError | undefined {
  for (const name of COUNTS) {
    const value = body[name] ?? undefined;
    if (value === undefined) continue;
    const least = name === 'min_tokens' ? 0 : 1;
    if (!Number.isSafeInteger(value) || Number(value) < least) {
      return badRequest(`\`${name}\` must be an integer of at least ${least}.`, name);
    }
  }
  for (const name of FLAGS) {
    const value = body[name] ?? undefined;
    if (value !== undefined && typeof value !== 'boolean') {
      return badRequest(`\`${name}\` must be true or false.`, name);
    }
  }
  if ((body.stream_options ?? undefined) !== undefined && body.stream !== true) {
    return badRequest('Stream options can only be defined when `stream=True`.', 'stream_options');
  }
  if (body.n !== undefined && body.n !== 1) return badRequest('`n` must be 1.', 'n');
  return undefined;
}

interface ReadPrompt {
  readonly inputTokens: number;
  readonly texts: readonly string[];
}

function readMessages(body: Fields, count: CountTokens): ReadPrompt | undefined {
  const messages = body.messages;
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const texts: string[] = [];
  let media = 0;
  for (const message of messages as readonly unknown[]) {
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
function readPrompt(body: Fields, count: CountTokens): ReadPrompt | undefined {
  const prompt = body.prompt;
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

export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
