/**
 * Reads the body of a completion request, as far as a server without a model needs it: how long the
 * prompt is, how long the answer may be, and how to answer. Unknown fields are ignored, as in vLLM.
 *
 * Prompt tokens are counted by one rule: words, whatever stands between two white spaces.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import { type ApiError, badRequest, notFound } from './api-error.ts';

export interface CompletionRequest {
  readonly inputTokens: number;
  /** Undefined: as long as the answer is, up to the model's length. */
  readonly maxTokens: number | undefined;
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** The fields that matter here, of a body, a message, a part of a message; nothing is known of them. */
interface Fields {
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
  readonly role?: unknown;
  readonly content?: unknown;
  readonly text?: unknown;
}

export type Endpoint = 'chat' | 'completions';

/** What the completions API gives when nothing is said. */
const COMPLETIONS_MAX_TOKENS = 16;

export function readCompletionRequest(
  text: string,
  endpoint: Endpoint,
  modelName: string,
): Result<CompletionRequest, ApiError> {
  const body = parseObject(text);
  if (body === undefined) return err(badRequest('The body is not a JSON object.'));
  if (typeof body.model !== 'string') return err(badRequest('A model is required.', 'model'));
  if (body.model !== modelName) {
    return err(notFound(`The model \`${body.model.slice(0, 200)}\` does not exist.`, 'model'));
  }
  const inputTokens = endpoint === 'chat' ? countMessages(body) : countPrompt(body);
  if (inputTokens === undefined) {
    const param = endpoint === 'chat' ? 'messages' : 'prompt';
    return err(badRequest(`\`${param}\` is missing or not understood.`, param));
  }
  const faulty = firstFault(body);
  if (faulty !== undefined) return err(faulty);
  const maxTokens = numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens);
  const streamOptions = body.stream_options;
  return ok({
    inputTokens,
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

function countMessages(body: Fields): number | undefined {
  const messages = body.messages;
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  let words = 0;
  for (const message of messages as readonly unknown[]) {
    if (!isFields(message) || typeof message.role !== 'string') return undefined;
    const counted = countContent(message.content);
    if (counted === undefined) return undefined;
    words += counted;
  }
  return Math.max(1, words);
}

function countContent(content: unknown): number | undefined {
  if (typeof content === 'string') return countWords(content);
  if (content === null) return 0;
  if (!Array.isArray(content)) return undefined;
  let words = 0;
  for (const part of content as readonly unknown[]) {
    if (!isFields(part) || typeof part.text !== 'string') return undefined;
    words += countWords(part.text);
  }
  return words;
}

/** A text, one text in a list, or a list of token numbers. */
function countPrompt(body: Fields): number | undefined {
  const prompt = body.prompt;
  if (typeof prompt === 'string') return Math.max(1, countWords(prompt));
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  const first: unknown = prompt[0];
  if (typeof first === 'string' && prompt.length === 1) return Math.max(1, countWords(first));
  return prompt.every(Number.isSafeInteger) ? prompt.length : undefined;
}

const SPACE = 0x20;

/** Words of a text, counted by their beginnings: no list of them is made. */
function countWords(text: string): number {
  let words = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const isSpace = text.charCodeAt(i) <= SPACE;
    if (!isSpace && !inside) words += 1;
    inside = !isSpace;
  }
  return words;
}

function parseObject(text: string): Fields | undefined {
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
