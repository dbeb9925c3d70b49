/** Calls against a real socket whose answers are a script: what is tried again, what is not, and for how long. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { followEvents } from '../../../src/cli/client/follow-events.ts';
import { createServiceClient, type ServiceClient } from '../../../src/cli/client/service-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Each answer once, the last one for ever. */
async function scripted(
  answers: readonly Answer[],
  plan: { patienceMs?: number; embedded?: boolean; token?: string } = {},
): Promise<{ client: ServiceClient; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  server = createServer((request, response) => {
    asked.push(request);
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const client = createServiceClient({ url, token: undefined, embedded: false, ...plan });
  return { client, asked };
}

const status =
  (code: number, body: unknown = {}, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, headers).end(JSON.stringify(body));
  };
const cut: Answer = (request) => request.socket.destroy();
const GET = { method: 'GET', path: '/v1/x' } as const;

test('what passes by itself is asked again: a cut connection, a full queue, a proxy without upstream', async () => {
  const retryNow = { 'retry-after': '0' };
  const answers = [
    cut,
    status(429, {}, retryNow),
    status(502, {}, retryNow),
    status(200, { a: 1 }),
  ];
  const { client, asked } = await scripted(answers, { token: 'secret' });
  expect(await client.json(GET)).toEqual({ a: 1 });
  expect(asked).toHaveLength(4);
  expect(asked[3]?.headers.authorization).toBe('Bearer secret');
});

test.each([
  [400, 2],
  [422, 2],
  [401, 4],
  [404, 4],
  [409, 4],
  [500, 4],
])('%i is asked once and ends with %i', async (code, exitCode) => {
  const { client, asked } = await scripted([status(code, { code: 'why', title: 'Because' })]);
  await expect(client.json(GET)).rejects.toMatchObject({ exitCode, code: 'why' });
  expect(asked).toHaveLength(1);
});

test('patience ends, and with a service of its own there is none', async () => {
  const full = status(503, { code: 'not_ready', detail: 'starting' }, { 'retry-after': '0' });
  // Long enough for a second question on a machine that does other things.
  const patient = await scripted([full], { patienceMs: 600 });
  await expect(patient.client.json(GET)).rejects.toThrow('starting');
  expect(patient.asked.length).toBeGreaterThan(1);
  // A pause of 50 ms at least, though the answer asks for none.
  expect(patient.asked.length).toBeLessThanOrEqual(600 / 50 + 1);
  const own = await scripted([cut], { embedded: true });
  await expect(own.client.json(GET)).rejects.toMatchObject({ exitCode: 4 });
  expect(own.asked).toHaveLength(1);
});

test('a redirect is not followed: the key would go along', async () => {
  const { client } = await scripted([status(302, {}, { location: 'http://elsewhere/' })], {
    patienceMs: 0,
  });
  await expect(client.json(GET)).rejects.toMatchObject({ exitCode: 4 });
});

test('events go on after a cut where they were, each once, until the service says that it was the last', async () => {
  const event = (id: number): string => `id: ${id}\ndata: ${JSON.stringify({ id, type: 't' })}\n\n`;
  const half: Answer = (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`${event(1)}${event(2)}data: {"id":3,`, () => request.socket.destroy());
  };
  const rest: Answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`: heartbeat\n\n${event(2)}${event(3)}`);
  };
  const { client, asked } = await scripted([half, rest, status(204)]);
  const seen: unknown[] = [];
  await followEvents(
    client,
    '/v1/x/events',
    (one) => seen.push(Object(one).id),
    new AbortController().signal,
  );
  expect(seen).toEqual([1, 2, 3]);
  expect(asked.map((request) => request.headers['last-event-id'])).toEqual(['0', '2', '3']);
});
