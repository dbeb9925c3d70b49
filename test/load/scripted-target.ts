/**
 * A target whose every byte the test decides: raw TCP (or TLS), because an HTTP library would refuse to
 * send most of what hostile servers send.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface SeenRequest {
  /** 0-based, over all connections. */
  readonly number: number;
  /** 0-based, on this connection. */
  readonly onConnection: number;
  readonly head: string;
  readonly body: string;
}

export type Script = (socket: Socket, request: SeenRequest) => void;

export interface ScriptedTarget {
  readonly port: number;
  readonly requests: SeenRequest[];
  /** Connections opened and closed so far. */
  opened: number;
  closed: number;
  stop(): Promise<void>;
}

export async function startTarget(script: Script, tls?: TlsOptions): Promise<ScriptedTarget> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    target.opened += 1;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      target.closed += 1;
      sockets.delete(socket);
    });
    readRequests(socket, (head, body, onConnection) => {
      const request = { number: target.requests.length, onConnection, head, body };
      target.requests.push(request);
      script(socket, request);
    });
  };
  const server: Server =
    tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const target: ScriptedTarget = {
    port: address.port,
    requests: [],
    opened: 0,
    closed: 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return target;
}

function readRequests(
  socket: Socket,
  onRequest: (head: string, body: string, onConnection: number) => void,
): void {
  let bytes = Buffer.alloc(0);
  let count = 0;
  socket.on('data', (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = bytes.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return;
      const body = bytes.toString('utf8', end + 4, end + 4 + length);
      bytes = bytes.subarray(end + 4 + length);
      onRequest(head, body, count++);
    }
  });
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

/** One HTTP chunk. */
export function chunk(bytes: string | Buffer): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

export function content(text: string): string {
  return event({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
}

export const ROLE = event({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] });
export const FINISH = event({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] });
export const DONE = event('[DONE]');

export function usage(input: number, output: number): string {
  return event({ choices: [], usage: { prompt_tokens: input, completion_tokens: output } });
}

/** An answer in one piece, with a length. */
export function whole(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** A whole good stream of `count` tokens, at once. */
export function goodStream(count: number): Buffer {
  const tokens = Array.from({ length: count }, (_, i) => chunk(content(`t${i} `)));
  return Buffer.concat([
    Buffer.from(STREAM_HEAD),
    chunk(ROLE),
    ...tokens,
    chunk(FINISH),
    chunk(usage(7, count)),
    chunk(DONE),
    Buffer.from(LAST_CHUNK),
  ]);
}
