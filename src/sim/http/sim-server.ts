/**
 * The HTTP face of the simulated server: every endpoint that load may go to as vLLM serves it, its
 * readiness and its metrics. For loopback only: it is a thing to try loads on, not a thing to serve others with.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIPv4 } from 'node:net';
import { createRandom } from '../../core/base/random.ts';
import { assert } from '../../core/base/result.ts';
import { createEngine } from '../engine.ts';
import type { ServerModel } from '../server-model.ts';
import { badRequest, notFound } from './api-error.ts';
import { handleBatch } from './batch-route.ts';
import { type CompletionRoute, handleCompletion, sendError } from './completion-route.ts';
import { createPacer } from './pacer.ts';
import { createServerMetrics } from './server-metrics.ts';

export interface SimServerOptions {
  readonly model: ServerModel;
  readonly host?: string;
  /** 0, the default: a free one. */
  readonly port?: number;
  readonly seed?: number | string;
  /** 10: ten times faster than the model says. */
  readonly speed?: number;
  /** Name in `/v1/models`; the model's own by default. */
  readonly modelName?: string;
  /** Adapters beside it: listed, and answered like the model itself. */
  readonly adapters?: readonly string[];
  readonly maxConnections?: number;
  readonly maxInFlight?: number;
  /** What a text costs, as a tokenizer would say; words by default. */
  readonly countTokens?: (text: string) => number;
}

export interface SimServer {
  /** `http://127.0.0.1:1234`, without `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly modelName: string;
  /** Cuts every stream and stops listening; repeatable. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 8_192;
const MAX_IN_FLIGHT = 8_192;
/** Must be longer than what clients keep idle sockets for, or they send into closed ones. */
const KEEP_ALIVE_MS = 65_000;
/** Slow senders are cut: header and body have to be there by then. */
const REQUEST_TIMEOUT_MS = 30_000;
/** What `/version` says: the shape is vLLM's, the server is not. */
const VERSION = '0.0.0-plimsoll-sim';

export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const { model, host = '127.0.0.1', port = 0, seed = 1, speed = 1 } = options;
  assert(isLoopback(host), `the simulated server binds to loopback only, not to ${host}`);
  assert(speed > 0 && Number.isFinite(speed), `a speed of ${speed}`);
  const modelName = options.modelName ?? model.name;
  const random = createRandom(seed);
  const engine = createEngine(model, random.fork('server'));
  const metrics = createServerMetrics(engine, modelName, speed);
  const pacer = createPacer(engine, speed, metrics.onStep);
  let answers = 0;
  const route: CompletionRoute = {
    engine,
    pacer,
    metrics,
    random: random.fork('answers'),
    modelName,
    adapters: options.adapters ?? [],
    maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
    ...(options.countTokens !== undefined && { countTokens: options.countTokens }),
    nextAnswer: () => {
      answers += 1;
      return answers;
    },
    onDeath: () => void close(),
  };
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      noDelay: true,
    },
    (request, response) => handle(route, request, response),
  );
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;

  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    closing ??= new Promise((resolve) => {
      pacer.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'a TCP server has an address');
  const hostInUrl = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${hostInUrl}:${address.port}`, port: address.port, modelName, close };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function handle(route: CompletionRoute, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  switch (`${request.method} ${path}`) {
    case 'POST /v1/chat/completions':
      handleCompletion(route, 'chat', request, response);
      break;
    case 'POST /v1/completions':
      handleCompletion(route, 'completions', request, response);
      break;
    case 'POST /v1/responses':
      handleCompletion(route, 'responses', request, response);
      break;
    case 'POST /v1/messages':
      handleCompletion(route, 'messages', request, response);
      break;
    case 'POST /v1/embeddings':
    case 'POST /embed':
      handleBatch(route, 'embeddings', request, response);
      break;
    case 'POST /v1/rerank':
    case 'POST /v2/rerank':
    case 'POST /rerank':
      handleBatch(route, 'rerank', request, response);
      break;
    case 'GET /v1/models':
      send(response, 'application/json', JSON.stringify(modelList(route)));
      break;
    case 'GET /health':
      send(response, 'text/plain', '');
      break;
    case 'GET /version':
      send(response, 'application/json', JSON.stringify({ version: VERSION }));
      break;
    case 'POST /reset_prefix_cache':
      send(response, 'application/json', JSON.stringify({ success: route.engine.resetCache() }));
      break;
    case 'POST /flush_cache':
    case 'GET /flush_cache':
      if (route.engine.resetCache()) send(response, 'text/plain', 'Cache flushed.\n');
      else sendError(response, badRequest('Requests are running or waiting.'));
      break;
    case 'GET /metrics':
      send(response, 'text/plain; version=0.0.4; charset=utf-8', route.metrics.text());
      break;
    default:
      request.resume();
      sendError(response, notFound(`No ${request.method} ${path.slice(0, 200)} here.`));
  }
}

function send(response: ServerResponse, contentType: string, text: string): void {
  response.writeHead(200, { 'content-type': contentType });
  response.end(text);
}

function modelList({
  modelName,
  adapters,
  engine,
}: CompletionRoute): Readonly<Record<string, unknown>> {
  const entry = (id: string, parent: string | null) => ({
    id,
    object: 'model',
    created: 0,
    owned_by: 'plimsoll-sim',
    root: modelName,
    parent,
    max_model_len: engine.model.maxModelLen,
  });
  return {
    object: 'list',
    data: [entry(modelName, null), ...adapters.map((name) => entry(name, modelName))],
  };
}
