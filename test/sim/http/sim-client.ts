/** What tests of the HTTP face share: models that take milliseconds, a client, a reader of streams. */
import { afterEach, expect } from 'vitest';
import {
  type SimServer,
  type SimServerOptions,
  startSimServer,
} from '../../../src/sim/http/sim-server.ts';
import { type ServerModel, serverModel } from '../../../src/sim/server-model.ts';

export const quick: ServerModel = serverModel({
  name: 'quick',
  baseMs: 1,
  decodeMs: 0.01,
  prefillMs: 0.001,
  tokenBudget: 4_096,
  maxSeqs: 64,
  kvTokens: 64_000,
});
/** One slot, steps of 20 ms: a request of 1,000 tokens holds it until somebody lets go. */
export const oneSlot: ServerModel = { ...quick, name: 'one-slot', baseMs: 20, maxSeqs: 1 };

const open: SimServer[] = [];
export async function start(
  model: ServerModel = quick,
  more: Partial<SimServerOptions> = {},
): Promise<SimServer> {
  const server = await startSimServer({ model, ...more });
  open.push(server);
  return server;
}
/** Each test file calls it: every server that a test started is closed after that test. */
export function closeServersAfterEach(): void {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
}

export const chatBody = (
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  model: 'quick',
  messages: [{ role: 'user', content: 'one two  three\nfour' }],
  max_tokens: 5,
  ignore_eos: true,
  ...more,
});
export function post(
  server: SimServer,
  body: unknown,
  path: string = '/v1/chat/completions',
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal,
  });
}
export const get = (server: SimServer, path: string): Promise<Response> =>
  fetch(`${server.url}${path}`);

export interface Chunk {
  readonly choices: readonly {
    readonly delta?: { readonly role?: string; readonly content?: string };
    readonly text?: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Readonly<Record<string, unknown>>;
}
/** The events of a stream: parsed chunks, and the literal `[DONE]`. */
export async function eventsOf(response: Response): Promise<(Chunk | '[DONE]')[]> {
  const text = await response.text();
  expect(text.endsWith('\n\n')).toBe(true);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      expect(event.startsWith('data: ')).toBe(true);
      const data = event.slice('data: '.length);
      return data === '[DONE]' ? data : (JSON.parse(data) as Chunk);
    });
}
export const chunksOf = (events: readonly (Chunk | '[DONE]')[]): Chunk[] =>
  events.filter((event) => event !== '[DONE]');

export async function metric(server: SimServer, name: string): Promise<number> {
  const text = await (await get(server, '/metrics')).text();
  const line = text.split('\n').find((l) => l.startsWith(`vllm:${name}{`));
  return Number(line?.split(' ').at(-1));
}
/** Polls a gauge for at most two seconds: the server hears of a closed socket a little later. */
export async function until(server: SimServer, name: string, value: number): Promise<void> {
  for (let i = 0; i < 200 && (await metric(server, name)) !== value; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await metric(server, name)).toBe(value);
}
