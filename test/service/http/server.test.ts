/** The app on a real socket: what only shows there. */
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApp } from '../../../src/service/http/app.ts';
import type { HttpParts } from '../../../src/service/http/ports.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { listen, type RunningServer } from '../../../src/service/http/server.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

const HOST = '127.0.0.1';

let rig: HttpRig;
let server: RunningServer;

async function serve(parts: HttpParts = rig.parts): Promise<RunningServer> {
  const timing = { heartbeatMs: 20, stallMs: 300, retryMs: 2_000 };
  const app = createApp({ ...parts, timing });
  const listening = await listen({ host: HOST, port: 0, fetch: app.fetch });
  if (!listening.ok) throw new Error(listening.error);
  return listening.value;
}

beforeEach(async () => {
  rig = await createHttpRig();
  server = await serve();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await server.close();
  await rig.dispose();
});

/** Sends bytes as they are and gives back all that comes until the other side closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, HOST, () => socket.write(text));
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

function problemIn(answer: string) {
  expect(answer).toContain('content-type: application/problem+json');
  return problemSchema.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
}

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 'malformed_http'],
  [
    'a header bomb',
    `GET / HTTP/1.1\r\nHost: x\r\n${'x: y\r\n'.repeat(10_000)}\r\n`,
    'headers_too_large',
  ],
  [
    'one giant header',
    `GET / HTTP/1.1\r\nHost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    'headers_too_large',
  ],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'malformed_http',
  ],
])('%s', async (_name, text, code) => {
  expect(problemIn(await raw(text)).code).toBe(code);
});

test('a body that is too large is refused while it comes, and the next call works', async () => {
  const large = await fetch(`${server.url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(3_000_000),
  });
  expect(large.status).toBe(413);
  expect(problemSchema.parse(await large.json()).code).toBe('body_too_large');
  const healthy = await fetch(`${server.url}/healthz`);
  expect(healthy.status).toBe(200);
});

test('a search from start to answer', async () => {
  const created = await fetch(`${server.url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=55' },
    body: JSON.stringify(searchBody()),
  });
  const id = await idOf(created);
  const events = await fetch(`${server.url}/v1/searches/${id}/events`);
  expect(await events.text()).toContain('event: search.done');
  const answer = await fetch(`${server.url}/v1/searches/${id}/summary`);
  expect(await answer.json()).toMatchObject({ state: 'done', verdict: 'none', exit_code: 0 });
});

test('a reader that takes nothing is cut, and others are served meanwhile', async () => {
  const id = await idOf(
    await fetch(`${server.url}/v1/searches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(searchBody()),
    }),
  );
  let ended = false;
  // More rows than any kernel holds for a reader: the records of a very long search.
  async function* endless(): AsyncGenerator<Readonly<Record<string, unknown>>> {
    try {
      for (;;) yield { padding: 'x'.repeat(10_000) };
    } finally {
      ended = true;
    }
  }
  const long = await serve({ ...rig.parts, searches: { ...rig.runner, requests: endless } });
  const socket = connect(long.port, HOST);
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET /v1/searches/${id}/requests HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const other = await fetch(`${long.url}/healthz`);
  expect(other.status).toBe(200);
  await expect.poll(() => ended).toBe(true);
  socket.destroy();
  await long.close();
});

test('a taken port is said in words', async () => {
  const app = createApp(rig.parts);
  const second = await listen({ host: HOST, port: server.port, fetch: app.fetch });
  expect(second).toEqual({ ok: false, error: expect.stringContaining('is taken') });
});

test('closing cuts streams that would go on', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const created = await fetch(`${server.url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(searchBody()),
  });
  const id = await idOf(created);
  const events = await fetch(`${server.url}/v1/searches/${id}/events`);
  const reading = events.text().catch(() => 'cut');
  await server.close();
  expect(await reading).toBe('cut');
  resolve();
});
