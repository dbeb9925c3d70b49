/**
 * Reads the body of a request for an answer, as far as a server without a model needs it: how long the
 * prompt is, how long the answer may be, and how to answer. Unknown fields are ignored, as in vLLM.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import { type ApiError, badRequest, notFound } from './api-error.ts';
import { type Fields, isFields, parseObject } from './fields.ts';
import { type CountTokens, countWords, type Endpoint, readPrompt } from './read-prompt.ts';

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
  const prompt = readPrompt(endpoint, body, count);
  if (prompt === undefined) {
    const param = PROMPT_FIELDS[endpoint];
    return err(badRequest(`\`${param}\` is missing or not understood.`, param));
  }
  const faulty = firstFault(body);
  if (faulty !== undefined) return err(faulty);
  const maxTokens = boundOf(endpoint, body);
  if (endpoint === 'messages' && maxTokens === undefined) {
    return err(badRequest('`max_tokens` is required.', 'max_tokens'));
  }
  const streamOptions = body.stream_options;
  return ok({
    model: body.model,
    ...prompt,
    cacheSalt: typeof body.cache_salt === 'string' ? body.cache_salt : '',
    maxTokens,
    minTokens: numberOf(body.min_tokens) ?? 0,
    ignoreEos: body.ignore_eos === true,
    stream: body.stream === true,
    includeUsage: isFields(streamOptions) && streamOptions.include_usage === true,
  });
}

const PROMPT_FIELDS: Readonly<Record<Endpoint, string>> = {
  chat: 'messages',
  completions: 'prompt',
  responses: 'input',
  messages: 'messages',
};

/** Each API has its own word for the longest answer. */
function boundOf(endpoint: Endpoint, body: Fields): number | undefined {
  if (endpoint === 'responses') return numberOf(body.max_output_tokens);
  const bound = numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens);
  return bound ?? (endpoint === 'completions' ? COMPLETIONS_MAX_TOKENS : undefined);
}

const COUNTS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens', 'min_tokens'] as const;
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

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
