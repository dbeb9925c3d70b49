/**
 * The app on a socket, with every limit of Node's server written out, and refusals in our own form
 * also where Node would answer before the app is asked (headers too large, not HTTP, too slow).
 */
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { err, ok, type Result } from '../../core/base/result.ts';
import { MAX_HEADER_BYTES, PROBLEMS, type ProblemCode } from './errors.ts';
import { problemBody } from './problem.ts';

/** Time for all headers, then for the whole request, to arrive. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle time of common proxies' pools would cost sockets; shorter resets their calls. */
const KEEP_ALIVE_MS = 65_000;
/** Event streams, held calls and room for others. */
const MAX_CONNECTIONS = 5_000;
/** After that, connections that have not ended are cut. */
const CLOSE_GRACE_MS = 1_000;

export interface ListenPlan {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets running answers end for a moment, then cuts them. */
  close(): Promise<void>;
}

/** The text says what a person can do about it. */
export async function listen(plan: ListenPlan): Promise<Result<RunningServer, string>> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    // The process' own Request and Response stay as they are.
    getRequestListener(plan.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // An answer that is streamed for minutes is not a timeout.
  server.timeout = 0;
  server.on('clientError', refuseClient);
  const failure = await tryListen(server, plan);
  if (failure !== undefined) return err(failure);
  const { port } = addressOf(server);
  const host = plan.host.includes(':') ? `[${plan.host}]` : plan.host;
  return ok({ url: `http://${host}:${port}`, port, close: () => closeServer(server) });
}

function tryListen(server: Server, { host, port }: ListenPlan): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.on('error', (error: NodeJS.ErrnoException) => resolve(listenFailure(error, host, port)));
    server.listen({ host, port }, () => resolve(undefined));
  });
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken: stop what listens there, or set PLIMSOLL_PORT`;
    case 'EACCES':
      return `port ${port} on ${host} needs more rights: set PLIMSOLL_PORT to 1024 or above`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine: set PLIMSOLL_HOST`;
    default:
      return `cannot listen on ${host} port ${port}: ${error.message}`;
  }
}

function refuseClient(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = clientProblem(error);
  const { status } = PROBLEMS[code];
  const body = `${JSON.stringify(problemBody(code, {}, { instance: '', requestId: '' }))}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function clientProblem(error: NodeJS.ErrnoException): ProblemCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout';
    default:
      return 'malformed_http';
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address;
}
