/**
 * Before any load: is this an API that streams answers, which model, which server? Two tiny requests in
 * the very words that the load will use, through the `openai` package on pinned connections, so that
 * what is wrong shows here, once, and not in ten thousand failed requests.
 */
import OpenAI from 'openai';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Answer } from '../core/dialect/answer.ts';
import { createAnswerStream } from '../core/dialect/answer-stream.ts';
import { buildBatchBody } from '../core/dialect/batch-body.ts';
import { type Dialect, dialectNamed } from '../core/dialect/dialects.ts';
import {
  type EndpointKind,
  endpointPath,
  isWhole,
  type WholeEndpointKind,
} from '../core/dialect/endpoint.ts';
import { errorMessageInBody, isErrorBody } from '../core/dialect/error-message.ts';
import { outcomeOfAnswer } from '../core/dialect/outcome-rules.ts';
import { buildRequestBody } from '../core/dialect/request-body.ts';
import { readWholeAnswer } from '../core/dialect/whole-answer.ts';
import { FILLER_WORD } from '../core/workload/prompt-words.ts';
import type { PromptCalibration, PromptPlace } from '../core/workload/prompts.ts';
import { calibratePrompts, type PromptBefore } from './calibrate-prompts.ts';
import { endpointHeaders } from './generator/talk.ts';
import { identifyServer, type ModelEntry, modelEntries } from './identify-server.ts';
import { createPinnedFetch, type PinnedFetch } from './pinned-fetch.ts';
import type { LoadTarget, OutputCounting } from './port.ts';
import { faultOfError, type TargetFault, TargetFaultError } from './target-fault.ts';
import { openTokenizer } from './tokenizer-file.ts';

export interface TargetCandidate extends Omit<LoadTarget, 'model'> {
  /** Absent: asked of the target, which must name exactly one. */
  readonly model?: string;
  /** What the workload will use; Chat Completions when absent. */
  readonly endpoint?: EndpointKind;
  /** What the workload will put before its prompts; nothing when absent. */
  readonly place?: PromptPlace;
}

export interface TargetFacts {
  readonly model: string;
  readonly dialect: string;
  readonly info: Readonly<Record<string, string>>;
  /** Tokens that a request may hold, input and output, as far as the target says so. */
  readonly maxModelLen?: number;
  /** What our words cost in its tokens; absent when nobody counts them. */
  readonly prompts?: PromptCalibration;
  /** Who counts the tokens of its answers. */
  readonly outputCounting: OutputCounting;
}

export interface CheckDeadlines {
  readonly listMs: number;
  /** A cold model answers its first request late; one that takes longer than this is not ready. */
  readonly answerMs: number;
}

const DEADLINES: CheckDeadlines = { listMs: 10_000, answerMs: 60_000 };
const CHECK_OUTPUT_TOKENS = 4;
const MAX_NAMED_MODELS = 10;

export async function checkTarget(
  candidate: TargetCandidate,
  signal: AbortSignal,
  deadlines: CheckDeadlines = DEADLINES,
): Promise<Result<TargetFacts, TargetFault>> {
  const http = createPinnedFetch(candidate.pinnedAddress);
  const check: Check = {
    candidate,
    client: createClient(candidate, http, deadlines),
    signal,
    deadlines,
  };
  try {
    return ok(await inspect(check, http));
  } catch (error) {
    signal.throwIfAborted();
    return err(faultOfError(error, candidate.baseUrl.startsWith('https:')));
  } finally {
    await http.close();
  }
}

interface Check {
  readonly candidate: TargetCandidate;
  readonly client: OpenAI;
  readonly signal: AbortSignal;
  readonly deadlines: CheckDeadlines;
}

async function inspect(check: Check, http: PinnedFetch): Promise<TargetFacts> {
  const { candidate, signal } = check;
  const entries = await listModels(check);
  const model = candidate.model ?? onlyModel(entries);
  const entry = entries.find(({ id }) => id === model);
  const identity = await identifyServer(candidate.baseUrl, candidate.headers, entry, http, signal);
  const dialect = dialectNamed(candidate.dialect === 'auto' ? identity.dialect : candidate.dialect);
  if (dialect === undefined) {
    throw fault('dialect_unknown', `there is no dialect ${candidate.dialect}`);
  }
  const { prompts, tellsUsage } = await countWords(check, model, dialect);
  const { tokenizer } = candidate;
  return {
    model,
    dialect: dialect.name,
    info: identity.info,
    ...(identity.maxModelLen !== undefined && { maxModelLen: identity.maxModelLen }),
    ...(prompts !== undefined && { prompts }),
    outputCounting: tellsUsage ? 'usage' : tokenizer === undefined ? 'chunks' : 'tokenizer',
  };
}

/** Library defaults written out: no retry, no time-out of its own (it ends at the headers). */
function createClient(
  candidate: TargetCandidate,
  http: PinnedFetch,
  deadlines: CheckDeadlines,
): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    baseURL: candidate.baseUrl,
    maxRetries: 0,
    logLevel: 'off',
    defaultHeaders: {
      Authorization: null,
      ...endpointHeaders(candidate.endpoint ?? 'chat'),
      ...candidate.headers,
    },
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      const body = init?.body;
      return http.fetch(url, {
        method: init?.method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(init?.headers)),
        ...(typeof body === 'string' && { body }),
        signal: init?.signal ?? AbortSignal.timeout(deadlines.answerMs),
      });
    },
  });
}

async function listModels({ client, candidate, signal, deadlines }: Check): Promise<ModelEntry[]> {
  try {
    const page = await client.models.list(within(signal, deadlines.listMs));
    return modelEntries({ data: page.data });
  } catch (error) {
    const found = faultOfError(error, candidate.baseUrl.startsWith('https:'));
    // A server need not list its models when the question names one; anything else is in the way.
    if (candidate.model !== undefined && found.reason === 'target_not_found') return [];
    throw error;
  }
}

function onlyModel(entries: readonly ModelEntry[]): string {
  const [first, second] = entries;
  if (first === undefined) {
    throw fault('target_without_models', 'the target lists no model; name one');
  }
  if (second !== undefined) {
    const names = entries.slice(0, MAX_NAMED_MODELS).map(({ id }) => id);
    throw fault('target_with_many_models', `name one of its models: ${names.join(', ')}`);
  }
  return first.id;
}

/**
 * The first answer must be one, and so must those to a system message and to a second turn, which the
 * load will send. The others only count: a prompt that the target takes for too long leaves our words
 * uncounted, and the result says so.
 */
async function countWords(
  check: Check,
  model: string,
  dialect: Dialect,
): Promise<{ readonly prompts?: PromptCalibration; readonly tellsUsage: boolean }> {
  let asked = 0;
  let tellsUsage = false;
  const count = async (prompt: string, before?: PromptBefore): Promise<number | undefined> => {
    asked += 1;
    try {
      const answer = await askOnce(check, model, dialect, prompt, before);
      tellsUsage ||= answer.usage !== undefined;
      return answer.usage?.inputTokens;
    } catch (error) {
      check.signal.throwIfAborted();
      if (asked === 1 || before !== undefined) throw error;
      return undefined;
    }
  };
  const { tokenizer, place } = check.candidate;
  const byUsage = await calibratePrompts(count, 'usage', place);
  if (byUsage !== undefined || tokenizer === undefined) {
    return { tellsUsage, ...(byUsage !== undefined && { prompts: byUsage }) };
  }
  const opened = await openTokenizer(tokenizer.folder, tokenizer.path);
  if (!opened.ok) {
    const { code, expected, received } = opened.error;
    throw fault('tokenizer_unusable', `${code}: ${received}, not ${expected}`);
  }
  const prompts = await calibratePrompts(async (text) => opened.value.count(text), 'tokenizer');
  return { tellsUsage, ...(prompts !== undefined && { prompts }) };
}

async function askOnce(
  check: Check,
  model: string,
  dialect: Dialect,
  prompt: string,
  before: PromptBefore = {},
): Promise<Answer> {
  const { client, candidate, signal, deadlines } = check;
  const endpoint = candidate.endpoint ?? 'chat';
  const whole = isWhole(endpoint);
  const body = whole
    ? buildBatchBody({ endpoint, dialect, model, documents: [prompt], query: FILLER_WORD })
    : buildRequestBody({
        endpoint,
        dialect,
        model,
        prompt,
        ...before,
        outputTokens: CHECK_OUTPUT_TOKENS,
      });
  const response = await client
    .post(endpointPath(endpoint, dialect), {
      body: JSON.parse(body),
      stream: !whole,
      ...within(signal, deadlines.answerMs),
    })
    .asResponse();
  const contentType = response.headers.get('content-type') ?? '';
  if (whole) return wholeAnswer(endpoint, Buffer.from(await response.arrayBuffer()));
  if (contentType.includes('json')) throw notStreamed(await response.text());
  const stream = createAnswerStream(endpoint, () => undefined);
  for await (const piece of response.body ?? []) stream.push(Buffer.from(piece));
  stream.end();
  requireAnswer(stream.answer, contentType);
  return stream.answer;
}

function wholeAnswer(endpoint: WholeEndpointKind, body: Buffer): Answer {
  const answer = readWholeAnswer(endpoint, body, 1);
  if (answer.errorMessage !== undefined) throw fault('target_stream_error', answer.errorMessage);
  if (answer.malformed !== undefined) throw fault('target_garbage_answer', answer.malformed);
  return answer;
}

/** An answer without a token is allowed: a few tokens may be hidden reasoning. */
function requireAnswer(answer: Answer, contentType: string): void {
  const outcome = outcomeOfAnswer(answer);
  if (answer.eventCount === 0) {
    throw fault('target_garbage_stream', `the answer is no event stream (${contentType})`);
  }
  if (outcome === 'malformed') {
    throw fault('target_garbage_stream', answer.malformed ?? 'the stream cannot be read');
  }
  if (outcome === 'stream_error') {
    throw fault('target_stream_error', answer.errorMessage ?? `it ended by ${answer.finishReason}`);
  }
  if (outcome === 'truncated') {
    throw fault('target_truncated', 'the stream ended without finish_reason, usage or [DONE]');
  }
}

function notStreamed(body: string): TargetFaultError {
  return isErrorBody(body)
    ? fault('target_stream_error', errorMessageInBody(body) ?? 'an error without a message')
    : fault(
        'target_garbage_stream',
        'the target answered in one piece although a stream was asked',
      );
}

function within(signal: AbortSignal, timeoutMs: number): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) };
}

function fault(reason: TargetFault['reason'], detail: string): TargetFaultError {
  return new TargetFaultError({ reason, detail });
}
