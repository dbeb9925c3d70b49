/** One completion: from its body to a place in the engine, and from the engine's tokens to the client. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Random } from '../../core/base/random.ts';
import type { Engine, Refusal } from '../engine.ts';
import type { RequestOrigin } from '../sim-request.ts';
import { answerWord, createStreamAnswer, createWholeAnswer } from './answer.ts';
import type { AnswerHead } from './answer-head.ts';
import { type ApiError, badRequest, errorBody } from './api-error.ts';
import { type CompletionRequest, readCompletionRequest } from './completion-request.ts';
import type { Pacer, RequestListener } from './pacer.ts';
import { readBody } from './read-body.ts';
import type { CountTokens, Endpoint } from './read-prompt.ts';
import type { ServerMetrics } from './server-metrics.ts';
import { wordKeys } from './word-keys.ts';

export interface CompletionRoute {
  readonly engine: Engine;
  readonly pacer: Pacer;
  readonly metrics: ServerMetrics;
  readonly random: Random;
  readonly modelName: string;
  /** Other names that it answers to, as a server with adapters does. */
  readonly adapters: readonly string[];
  readonly maxInFlight: number;
  /** Absent: words. */
  readonly countTokens?: CountTokens;
  /** Numbers the answers. */
  readonly nextAnswer: () => number;
  /** The model died: no answer comes any more. */
  readonly onDeath: () => void;
}

export function sendError(response: ServerResponse, error: ApiError): void {
  const retry = error.retryAfterS === undefined ? {} : { 'retry-after': String(error.retryAfterS) };
  response.writeHead(error.status, { 'content-type': 'application/json', ...retry });
  response.end(errorBody(error));
}

export function handleCompletion(
  route: CompletionRoute,
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // A client that goes away in the middle of a write is told of by 'close'.
  response.on('error', () => {});
  readBody(request, (text) => {
    if (text === undefined) {
      response.shouldKeepAlive = false;
      sendError(response, { ...badRequest('The body is too large.'), status: 413 });
      return;
    }
    const isModel = (name: string): boolean =>
      name === route.modelName || route.adapters.includes(name);
    const parsed = readCompletionRequest(text, endpoint, isModel, route.countTokens);
    if (parsed.ok) run(route, endpoint, parsed.value, response);
    else sendError(response, parsed.error);
  });
}

function run(
  route: CompletionRoute,
  endpoint: Endpoint,
  wanted: CompletionRequest,
  response: ServerResponse,
): void {
  const { pacer, metrics, engine } = route;
  if (pacer.inFlight() >= route.maxInFlight) {
    sendError(response, overloaded(503, 'too many requests in flight'));
    return;
  }
  const length = answerLength(route, wanted);
  if (length === undefined) {
    sendError(response, tooLong(route, wanted));
    return;
  }
  // Known when it is taken; some shapes ask for the count before, for their first event.
  let taken: ReturnType<Pacer['submit']> | undefined;
  const head = headOf(route, endpoint, wanted, length, () =>
    typeof taken === 'object' && engine.model.prefixCacheTokens !== undefined
      ? taken.cachedTokens
      : undefined,
  );
  const answer = wanted.stream
    ? createStreamAnswer(head, response)
    : createWholeAnswer(head, response);
  let ended = false;
  const listener: RequestListener = {
    firstToken: () => answer.firstToken(),
    token: () => answer.token(),
    finished(finished) {
      ended = true;
      metrics.finished(finished, length.finishReason);
      answer.end();
    },
    lost() {
      ended = true;
      response.destroy();
      route.onDeath();
    },
  };
  const admitted = pacer.submit(
    wanted.inputTokens,
    length.outputTokens,
    listener,
    originOf(engine, wanted),
  );
  taken = admitted;
  if (typeof admitted === 'string') {
    if (admitted === 'gone') {
      response.destroy();
      route.onDeath();
    } else {
      if (admitted === 'overloaded') metrics.rejected();
      sendError(response, refusalError(admitted, engine, route, wanted));
    }
    return;
  }
  answer.begin();
  response.on('close', () => {
    if (ended) return;
    pacer.cancel(admitted);
    metrics.aborted();
  });
}

interface AnswerLength {
  readonly outputTokens: number;
  readonly finishReason: 'length' | 'stop';
}

/** An answer that nothing forces ends by itself, at a length drawn from this log-normal law. */
const NATURAL_MEDIAN = 120;
const NATURAL_LN_SIGMA = 0.7;

/** Undefined when prompt and answer do not fit the model. */
function answerLength(
  { engine, random }: CompletionRoute,
  { inputTokens, maxTokens, minTokens, ignoreEos }: CompletionRequest,
): AnswerLength | undefined {
  const room = engine.model.maxModelLen - inputTokens;
  const limit = maxTokens ?? room;
  if (limit > room || room < 1) return undefined;
  const drawn = Math.exp(Math.log(NATURAL_MEDIAN) + NATURAL_LN_SIGMA * random.normal());
  const natural = Math.max(1, Math.round(drawn), minTokens);
  if (ignoreEos || natural >= limit) return { outputTokens: limit, finishReason: 'length' };
  return { outputTokens: natural, finishReason: 'stop' };
}

/** Each adapter has a cache of its own: their keys and values differ for the same words. */
function originOf({ model }: Engine, wanted: CompletionRequest): RequestOrigin {
  if (model.prefixCacheTokens === undefined || wanted.texts.length === 0) return {};
  const word = (i: number): string => answerWord(wanted.inputTokens, i);
  return { prompt: wordKeys(wanted.texts, word, `${wanted.model} ${wanted.cacheSalt}`) };
}

const ID_PREFIXES: Readonly<Record<Endpoint, string>> = {
  chat: 'chatcmpl-',
  completions: 'cmpl-',
  responses: 'resp_',
  messages: 'msg_',
};

function headOf(
  route: CompletionRoute,
  endpoint: Endpoint,
  wanted: CompletionRequest,
  length: AnswerLength,
  cachedTokens: AnswerHead['cachedTokens'],
): AnswerHead {
  return {
    id: `${ID_PREFIXES[endpoint]}${route.nextAnswer().toString(16).padStart(8, '0')}`,
    endpoint,
    modelName: wanted.model,
    createdS: Math.floor(Date.now() / 1_000),
    inputTokens: wanted.inputTokens,
    ...length,
    includeUsage: wanted.includeUsage,
    cachedTokens,
  };
}

function tooLong({ engine }: CompletionRoute, wanted: CompletionRequest): ApiError {
  const { maxModelLen } = engine.model;
  const asked = wanted.inputTokens + (wanted.maxTokens ?? 1);
  return badRequest(
    `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${asked} tokens (${wanted.inputTokens} in the messages, ${asked - wanted.inputTokens} in the completion).`,
    'max_tokens',
  );
}

export function overloaded(status: number, why: string, retryAfterS?: number): ApiError {
  const type = status === 429 ? 'RateLimitError' : 'ServiceUnavailableError';
  const message = `The server is overloaded: ${why}.`;
  const retry = retryAfterS === undefined ? {} : { retryAfterS };
  return { status, type, message, param: null, ...retry };
}

function refusalError(
  refusal: Exclude<Refusal, 'gone'>,
  { model }: Engine,
  route: CompletionRoute,
  wanted: CompletionRequest,
): ApiError {
  if (refusal === 'too_long') return tooLong(route, wanted);
  if (refusal === 'failed') {
    return {
      status: 500,
      type: 'InternalServerError',
      message: 'The request failed.',
      param: null,
    };
  }
  const { status = 503, retryAfterS } = model.admission ?? {};
  return overloaded(status, 'too many requests wait', retryAfterS);
}
