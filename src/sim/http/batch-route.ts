/**
 * Embeddings and rankings of the simulated server, in every shape that the routes of real ones have:
 * each text is a sequence of its own in the engine, read and done (its prefill is all its work), and
 * the answer goes out in one piece when the last of them is.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SimRequest } from '../sim-request.ts';
import { type ApiError, badRequest, notFound } from './api-error.ts';
import { type CompletionRoute, overloaded, sendError } from './completion-route.ts';
import { type Fields, parseObject } from './fields.ts';
import { readBody } from './read-body.ts';
import { countWords } from './read-prompt.ts';

/** `openai`: an object with `data` or `results` and usage; `tei`: the bare list. */
export type BatchShape = 'openai' | 'tei';
export type BatchEndpoint = 'embeddings' | 'rerank';

/** As many numbers as a small model gives. */
const VECTOR_SIZE = 64;
/** TEI's own default is 32, vLLM's the number of its sequences. */
const MAX_TEXTS = 2_048;

interface BatchRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly query: string;
  readonly topN: number;
}

export function handleBatch(
  route: CompletionRoute,
  endpoint: BatchEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.on('error', () => {});
  readBody(request, (text) => {
    const body = text === undefined ? undefined : parseObject(text);
    if (body === undefined) {
      sendError(response, badRequest('The body is too large or not a JSON object.'));
      return;
    }
    const shape: BatchShape =
      body.inputs !== undefined || body.texts !== undefined ? 'tei' : 'openai';
    const wanted = readBatch(route, endpoint, shape, body);
    if ('status' in wanted) sendError(response, wanted);
    else run(route, endpoint, shape, wanted, response);
  });
}

function readBatch(
  { modelName, adapters }: CompletionRoute,
  endpoint: BatchEndpoint,
  shape: BatchShape,
  body: Fields,
): BatchRequest | ApiError {
  const { model = modelName, query = '', top_n: topN } = body;
  if (typeof model !== 'string') return badRequest('`model` must be a text.', 'model');
  if (model !== modelName && !adapters.includes(model)) {
    return notFound(`The model \`${model.slice(0, 200)}\` does not exist.`, 'model');
  }
  const [name, given] =
    endpoint === 'embeddings'
      ? shape === 'tei'
        ? ['inputs', body.inputs]
        : ['input', body.input]
      : shape === 'tei'
        ? ['texts', body.texts]
        : ['documents', body.documents];
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (texts.length === 0 || texts.length > MAX_TEXTS || !texts.every(isText)) {
    return badRequest(`\`${name}\` must be a text or up to ${MAX_TEXTS} of them.`, String(name));
  }
  if (typeof query !== 'string' || (endpoint === 'rerank' && query === '')) {
    return badRequest('A `query` is required.', 'query');
  }
  const top = typeof topN === 'number' && topN > 0 ? topN : texts.length;
  return { model, texts, query, topN: Math.min(top, texts.length) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function run(
  route: CompletionRoute,
  endpoint: BatchEndpoint,
  shape: BatchShape,
  wanted: BatchRequest,
  response: ServerResponse,
): void {
  const { pacer, metrics, countTokens: count = countWords } = route;
  const queryTokens = count(wanted.query);
  const lengths = wanted.texts.map((text) => Math.max(1, count(text) + queryTokens));
  const running = new Set<SimRequest>();
  let over = false;
  const end = (error?: ApiError): void => {
    if (over) return;
    over = true;
    for (const request of running) pacer.cancel(request);
    if (error !== undefined) sendError(response, error);
  };
  if (pacer.inFlight() + lengths.length > route.maxInFlight) {
    end(overloaded(503, 'too many requests in flight'));
    return;
  }
  let left = lengths.length;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  for (const length of lengths) {
    const taken = pacer.submit(length, 1, {
      firstToken() {},
      token() {},
      finished(request) {
        running.delete(request);
        metrics.finished(request, 'stop');
        left -= 1;
        if (left > 0 || over) return;
        over = true;
        send(response, answerOf(endpoint, shape, wanted, tokens));
      },
      lost() {
        over = true;
        response.destroy();
        route.onDeath();
      },
    });
    if (typeof taken === 'object') {
      running.add(taken);
      continue;
    }
    if (taken === 'overloaded') metrics.rejected();
    end(refusalOf(taken, route, length));
    return;
  }
  response.on('close', () => {
    if (over) return;
    end();
    metrics.aborted();
  });
}

function refusalOf(
  taken: 'overloaded' | 'too_long' | 'failed' | 'gone',
  { engine }: CompletionRoute,
  length: number,
): ApiError {
  const { status = 503, retryAfterS } = engine.model.admission ?? {};
  switch (taken) {
    case 'overloaded':
      return overloaded(status, 'too many requests wait', retryAfterS);
    case 'too_long':
      return badRequest(`A text has ${length} tokens, at most ${engine.model.maxModelLen}.`);
    case 'failed':
    case 'gone':
      return { status: 500, type: 'InternalServerError', message: 'It failed.', param: null };
  }
}

function answerOf(
  endpoint: BatchEndpoint,
  shape: BatchShape,
  { model, texts, topN }: BatchRequest,
  tokens: number,
): unknown {
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  if (endpoint === 'embeddings') {
    const vectors = texts.map((text) => vectorOf(text));
    if (shape === 'tei') return vectors;
    const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
    return { object: 'list', data, model, usage };
  }
  const scores = texts.map((text, index) => ({ index, score: vectorOf(text)[0] ?? 0, text }));
  scores.sort((a, b) => b.score - a.score);
  if (shape === 'tei') return scores.map(({ index, score }) => ({ index, score }));
  const results = scores.slice(0, topN).map(({ index, score, text }) => ({
    index,
    document: { text },
    relevance_score: score,
  }));
  return { id: 'rerank-sim', model, results, usage };
}

/** Numbers that depend on the text alone; they mean nothing. */
function vectorOf(text: string): number[] {
  let seed = text.length;
  for (let i = 0; i < Math.min(text.length, VECTOR_SIZE); i++) {
    seed = (seed * 31 + text.charCodeAt(i)) % 9_973;
  }
  return Array.from({ length: VECTOR_SIZE }, (_, i) => ((seed * (i + 7)) % 1_009) / 1_009);
}

function send(response: ServerResponse, value: unknown): void {
  if (response.destroyed) return;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
