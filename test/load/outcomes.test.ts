/** Every way a request can end, each provoked by a real socket. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { LoadLimits } from '../../src/load/port.ts';
import { createOneSender, type OneSender } from './one-sender.ts';
import {
  chunk,
  content,
  DONE,
  event,
  FINISH,
  goodStream,
  LAST_CHUNK,
  ROLE,
  type Script,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
  usage,
  whole,
} from './scripted-target.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.stop();
});

async function against(
  script: Script,
  limits: Partial<LoadLimits> = {},
): Promise<{ target: ScriptedTarget; one: OneSender }> {
  const target = await startTarget(script);
  const one = createOneSender({ baseUrl: `http://127.0.0.1:${target.port}/v1`, limits });
  open.push({ stop: () => one.close() }, target);
  return { target, one };
}

function certificate(name: string): Buffer {
  return readFileSync(new URL(`./certificates/${name}.pem`, import.meta.url));
}

/** A script that writes these pieces, each in a packet of its own, and leaves the connection open. */
function writes(...pieces: (string | Buffer)[]): Script {
  return (socket) => {
    for (const piece of pieces) socket.write(piece);
  };
}

function stream(...events: string[]): Buffer {
  return Buffer.concat([Buffer.from(STREAM_HEAD), ...events.map((text) => chunk(text))]);
}

function endlessly(first: string | Buffer, again: string | Buffer): Script {
  return (socket) => {
    socket.write(first);
    const pump = (): void => {
      if (socket.destroyed) return;
      if (socket.write(again)) setImmediate(pump);
      else socket.once('drain', pump);
    };
    pump();
  };
}

function dripping(first: string, drop: string | Buffer, everyMs: number): Script {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(drop), everyMs);
    socket.on('close', () => clearInterval(timer));
  };
}

/** One short limit at a time: on a busy machine another one might strike first. */
const HASTY_MS = 300;
const HASTY_CONNECT: Partial<LoadLimits> = { connectTimeoutMs: HASTY_MS };
const HASTY_FIRST_TOKEN: Partial<LoadLimits> = { firstTokenTimeoutMs: HASTY_MS };
const HASTY_IDLE: Partial<LoadLimits> = { idleTimeoutMs: HASTY_MS };
const HASTY_TOTAL: Partial<LoadLimits> = { totalTimeoutMs: HASTY_MS };

describe('a good answer', () => {
  it('is recorded in full', async () => {
    const { one, target } = await against(writes(goodStream(3)));
    const exchange = await one.request();
    expect(exchange.outcome).toBe('ok');
    const { plan } = exchange;
    expect(plan.scheduledMs).toBeLessThanOrEqual(exchange.sentMs);
    expect(exchange.sentMs).toBeLessThanOrEqual(exchange.firstByteMs);
    expect(exchange.firstByteMs).toBeLessThanOrEqual(exchange.firstTokenMs);
    expect(exchange.firstTokenMs).toBeLessThanOrEqual(exchange.lastTokenMs);
    expect(exchange.lastTokenMs).toBeLessThanOrEqual(exchange.endMs);
    const records = one.records();
    expect(records.count).toBe(1);
    expect([records.chunkCount[0], records.inputTokens[0], records.outputTokens[0]]).toEqual([
      3, 7, 3,
    ]);
    expect([records.askedInputTokens[0], records.askedOutputTokens[0]]).toEqual([7, 3]);
    expect([records.gapStart[0], records.gapCount, records.httpStatus[0]]).toEqual([0, 2, 200]);
    const [request] = target.requests;
    expect(request?.head).toMatch(/^POST \/v1\/chat\/completions HTTP\/1\.1/);
    expect(request?.head).not.toMatch(/accept-encoding/i);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      max_completion_tokens: 3,
      stream: true,
    });
  });

  it('does not count the role chunk as the first token', async () => {
    const { one } = await against((socket) => {
      socket.write(stream(ROLE));
      setTimeout(
        () =>
          socket.write(
            Buffer.concat([chunk(content('x') + FINISH + DONE), Buffer.from(LAST_CHUNK)]),
          ),
        40,
      );
    });
    const exchange = await one.request();
    expect(exchange.outcome).toBe('ok');
    expect(exchange.firstTokenMs - exchange.firstByteMs).toBeGreaterThan(25);
  });

  it('survives every byte in a packet of its own', async () => {
    const bytes = Buffer.concat([
      stream(ROLE, content('wörld 🚢'), content('é')),
      chunk(FINISH),
      chunk(usage(7, 2)),
      chunk(DONE),
      Buffer.from(LAST_CHUNK),
    ]);
    const { one } = await against((socket) => {
      let at = 0;
      const next = (): void => {
        if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    });
    const exchange = await one.request();
    expect(exchange.outcome).toBe('ok');
    expect(exchange.stream.answer).toMatchObject({ chunkCount: 2, finishReason: 'length' });
  });

  it('may be preceded by an informational answer', async () => {
    const { one } = await against(
      writes('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', goodStream(2)),
    );
    expect((await one.request()).outcome).toBe('ok');
  });

  it('stands when the server said [DONE] and then holds the connection', async () => {
    const idleTimeoutMs = 2_000;
    const { one } = await against(writes(stream(content('x'), FINISH, DONE)), { idleTimeoutMs });
    const exchange = await one.request();
    expect(exchange.outcome).toBe('ok');
    expect(exchange.endMs - exchange.firstTokenMs).toBeLessThan(idleTimeoutMs / 2);
  });

  it('reuses its connection for the next request', async () => {
    const { one, target } = await against(writes(goodStream(2)));
    const first = await one.request();
    const second = await one.request();
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(target.opened).toBe(1);
  });
});

interface Case {
  readonly name: string;
  readonly script: Script;
  readonly outcome: string;
  readonly limits?: Partial<LoadLimits>;
  readonly status?: number;
  readonly retryAfterS?: number;
}

const reset = (socket: Socket): void => {
  socket.resetAndDestroy();
};

const CASES: readonly Case[] = [
  { name: 'reset before the first byte', script: reset, outcome: 'reset' },
  { name: 'closed before the first byte', script: (socket) => socket.end(), outcome: 'reset' },
  {
    name: 'reset after the first byte',
    script: (socket) => {
      socket.write(stream(content('x')), () => setTimeout(() => reset(socket), 20));
    },
    outcome: 'reset',
    status: 200,
  },
  {
    name: 'closed in the middle of the stream',
    script: (socket) => {
      socket.end(stream(content('x')));
    },
    outcome: 'reset',
  },
  {
    name: 'an end without finish_reason, usage or [DONE]',
    script: writes(stream(content('x')), LAST_CHUNK),
    outcome: 'truncated',
  },
  {
    name: 'a stream without a length that ends by closing',
    script: (socket) => {
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${content('x')}${FINISH}`,
      );
    },
    outcome: 'ok',
  },
  {
    name: 'no token in a good end',
    script: writes(stream(ROLE, FINISH, DONE), LAST_CHUNK),
    outcome: 'empty',
  },
  {
    name: 'an error in the stream, then [DONE]',
    script: writes(stream(content('x'), event({ error: { message: 'no' } }), DONE), LAST_CHUNK),
    outcome: 'stream_error',
  },
  {
    name: 'an error in the stream, then a cut',
    script: (socket) => {
      socket.end(stream(content('x'), event({ error: { message: 'no' } })));
    },
    outcome: 'stream_error',
  },
  {
    name: 'an error as the whole body at 200',
    script: writes(whole('200 OK', 'application/json', '{"error":{"message":"no"}}')),
    outcome: 'stream_error',
  },
  {
    name: 'the same under the name of a stream',
    script: writes(whole('200 OK', 'text/event-stream', '{"error":{"message":"no"}}')),
    outcome: 'stream_error',
  },
  {
    name: 'an answer that was not streamed',
    script: writes(
      whole('200 OK', 'application/json', '{"choices":[{"message":{"content":"x"}}]}'),
    ),
    outcome: 'malformed',
  },
  {
    name: 'a filter',
    script: writes(
      stream(content('x'), event({ choices: [{ delta: {}, finish_reason: 'content_filter' }] })),
      LAST_CHUNK,
    ),
    outcome: 'content_filtered',
  },
  { name: 'HTML', script: writes(whole('200 OK', 'text/html', '<html>')), outcome: 'malformed' },
  { name: 'no HTTP', script: writes('SSH-2.0-OpenSSH_9.9\r\n'), outcome: 'malformed' },
  {
    name: 'garbage in the stream',
    script: writes(stream('data: hello\n\n')),
    outcome: 'malformed',
  },
  {
    name: 'a giant line',
    script: endlessly(STREAM_HEAD, chunk('x'.repeat(10_000))),
    outcome: 'malformed',
  },
  {
    name: 'headers without end',
    script: endlessly('HTTP/1.1 200 OK\r\n', `x-${'y'.repeat(1_000)}: 1\r\n`),
    outcome: 'malformed',
  },
  {
    name: 'an error page without end',
    script: endlessly('HTTP/1.1 500 No\r\n\r\n', 'x'.repeat(10_000)),
    outcome: 'server_error',
    status: 500,
  },
  {
    name: 'a stream without end',
    script: dripping(STREAM_HEAD, chunk(content('x').repeat(20)), 5),
    outcome: 'total_timeout',
    limits: { totalTimeoutMs: 400 },
  },
  {
    name: 'a stream beyond the size of any answer',
    script: endlessly(STREAM_HEAD, chunk(`: ${'x'.repeat(60_000)}\n`)),
    outcome: 'malformed',
  },
  {
    name: 'bytes that are no UTF-8',
    script: writes(
      STREAM_HEAD,
      chunk(Buffer.from(content('wörld'), 'latin1')),
      chunk(FINISH),
      LAST_CHUNK,
    ),
    outcome: 'malformed',
  },
  {
    name: 'UTF-16',
    script: writes(STREAM_HEAD, chunk(Buffer.from(content('x') + FINISH, 'utf16le')), LAST_CHUNK),
    outcome: 'truncated',
  },
  {
    name: 'a packed bomb',
    script: writes(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n',
      chunk(gzipSync(Buffer.alloc(20_000_000))),
    ),
    outcome: 'malformed',
  },
  {
    name: '429',
    script: writes(whole('429 No', 'application/json', '{}', 'retry-after: 17\r\n')),
    outcome: 'rejected',
    status: 429,
    retryAfterS: 17,
  },
  {
    name: '503',
    script: writes(whole('503 No', 'text/plain', 'busy')),
    outcome: 'rejected',
    status: 503,
  },
  {
    name: '400',
    script: writes(whole('400 No', 'text/plain', '')),
    outcome: 'client_error',
    status: 400,
  },
  {
    name: '500',
    script: writes(whole('500 No', 'text/plain', '')),
    outcome: 'server_error',
    status: 500,
  },
  {
    name: 'a redirect',
    script: writes(whole('307 Away', 'text/plain', '', 'location: /v1/elsewhere\r\n')),
    outcome: 'redirect',
    status: 307,
  },
  {
    name: 'silence',
    script: () => undefined,
    outcome: 'first_token_timeout',
    limits: HASTY_FIRST_TOKEN,
  },
  {
    name: 'a role chunk and silence',
    script: writes(stream(ROLE)),
    outcome: 'first_token_timeout',
    limits: HASTY_FIRST_TOKEN,
  },
  {
    name: 'comments and never a token',
    script: dripping(STREAM_HEAD, chunk(': still here\n\n'), 30),
    outcome: 'first_token_timeout',
    limits: HASTY_FIRST_TOKEN,
  },
  {
    name: 'a line that drips byte by byte',
    script: dripping(STREAM_HEAD, chunk('x'), 10),
    outcome: 'first_token_timeout',
    limits: HASTY_FIRST_TOKEN,
  },
  {
    name: 'a token and silence',
    script: writes(stream(content('x'))),
    outcome: 'idle_timeout',
    limits: HASTY_IDLE,
  },
  {
    name: 'tokens that drip for ever',
    script: dripping(STREAM_HEAD, chunk(content('x')), 30),
    outcome: 'total_timeout',
    limits: HASTY_TOTAL,
  },
];

describe('a bad answer', () => {
  it.each(CASES)('$name: $outcome', async ({ script, outcome, limits, status, retryAfterS }) => {
    const { one, target } = await against(script, limits);
    const exchange = await one.request();
    expect(exchange.outcome).toBe(outcome);
    if (status !== undefined) expect(exchange.httpStatus).toBe(status);
    expect(exchange.retryAfterS).toBe(retryAfterS ?? -1);
    // Never again, nowhere else.
    expect(target.requests).toHaveLength(1);
    expect(one.sender.inFlight.size).toBe(0);
    const records = one.records();
    expect(records.count).toBe(1);
    expect(records.endMs[0]).toBe(exchange.endMs);
  });
});

describe('no connection', () => {
  it('refused', async () => {
    const target = await startTarget(() => undefined);
    await target.stop();
    const one = createOneSender({ baseUrl: `http://127.0.0.1:${target.port}/v1` });
    open.push({ stop: () => one.close() });
    expect((await one.request()).outcome).toBe('refused');
  });

  it('no such name', async () => {
    const one = createOneSender({
      baseUrl: 'http://no-such-host.invalid/v1',
      pinnedAddress: 'no-such-host.invalid',
    });
    open.push({ stop: () => one.close() });
    expect((await one.request()).outcome).toBe('dns_error');
  });

  it('no TLS on the other side', async () => {
    const target = await startTarget(writes('HTTP/1.1 400 No\r\n\r\n'));
    const one = createOneSender({ baseUrl: `https://127.0.0.1:${target.port}/v1` });
    // The script never sees a request: a TLS hello is none. Answer it as a plain server would.
    open.push({ stop: () => one.close() }, target);
    const answer = one.request();
    await expect.poll(() => target.opened).toBe(1);
    await target.stop();
    open.pop();
    expect((await answer).outcome).toBe('tls_error');
  });

  it('a certificate that nobody vouches for', async () => {
    const target = await startTarget(writes(goodStream(1)), {
      key: certificate('key'),
      cert: certificate('certificate'),
    });
    const one = createOneSender({ baseUrl: `https://inference.test:${target.port}/v1` });
    open.push({ stop: () => one.close() }, target);
    expect((await one.request()).outcome).toBe('tls_error');
    expect(target.requests).toHaveLength(0);
  });

  it('a handshake that never ends', async () => {
    const target = await startTarget(() => undefined);
    const one = createOneSender({
      baseUrl: `https://127.0.0.1:${target.port}/v1`,
      limits: HASTY_CONNECT,
    });
    open.push({ stop: () => one.close() }, target);
    const exchange = await one.request();
    expect(exchange.outcome).toBe('connect_timeout');
    expect(exchange.sentMs).toBeNaN();
    await expect.poll(() => target.closed).toBe(1);
  });
});

describe('a connection that was idle', () => {
  it('and is reset by the server is not the fault of the target', async () => {
    const { one } = await against((socket, { onConnection }) => {
      if (onConnection === 0) socket.write(goodStream(1));
      else reset(socket);
    });
    expect((await one.request()).outcome).toBe('ok');
    expect((await one.request()).outcome).toBe('stale_connection');
    expect(one.measure.read().staleConnections).toBe(1);
    // The next request has a connection of its own.
    expect((await one.request()).outcome).toBe('ok');
  });

  it('is not used again once the server was seen to close them after each answer', async () => {
    const { one } = await against((socket, { onConnection }) => {
      if (onConnection === 0) socket.write(goodStream(1));
      else reset(socket);
    });
    const outcomes: string[] = [];
    for (let i = 0; i < 20; i++) outcomes.push((await one.request()).outcome);
    expect(outcomes.filter((outcome) => outcome === 'stale_connection')).toHaveLength(3);
    expect(outcomes.slice(6)).toEqual(new Array(14).fill('ok'));
  });
});

describe('ending from our side', () => {
  it('closes the sockets of all that is in flight, sent or not', async () => {
    const { one, target } = await against(writes(stream(content('x'))));
    for (let i = 0; i < 100; i++) one.sender.send(one.clock.nowMs());
    await expect.poll(() => target.requests.length).toBe(100);
    one.sender.send(one.clock.nowMs());
    await one.close();
    await expect.poll(() => target.closed).toBe(target.opened);
    const records = one.records();
    expect(records.count).toBe(101);
    expect(one.sender.send(one.clock.nowMs())).toBe('exhausted');
  });

  it('holds the limits of the plan', async () => {
    const { one } = await against(writes(stream(content('x'))), { maxInFlight: 3, maxRequests: 4 });
    const send = (): string => one.sender.send(one.clock.nowMs());
    expect([send(), send(), send(), send()]).toEqual(['sent', 'sent', 'sent', 'full']);
    for (const exchange of [...one.sender.inFlight]) exchange.cut('cancelled');
    expect([send(), send()]).toEqual(['sent', 'exhausted']);
  });
});
