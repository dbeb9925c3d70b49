/** The HTTP face over real sockets, on a model so fast that every answer takes milliseconds. */
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../../src/sim/http/read-body.ts';
import {
  type SimServer,
  type SimServerOptions,
  startSimServer,
} from '../../../src/sim/http/sim-server.ts';
import { type ServerModel, serverModel } from '../../../src/sim/server-model.ts';

const quick: ServerModel = serverModel({
  name: 'quick',
  baseMs: 1,
  decodeMs: 0.01,
  prefillMs: 0.001,
  tokenBudget: 4_096,
  maxSeqs: 64,
  kvTokens: 64_000,
});
/** One slot, steps of 20 ms: a request of 1,000 tokens holds it until somebody lets go. */
const oneSlot: ServerModel = { ...quick, name: 'one-slot', baseMs: 20, maxSeqs: 1 };

const open: SimServer[] = [];
async function start(
  model: ServerModel = quick,
  more: Partial<SimServerOptions> = {},
): Promise<SimServer> {
  const server = await startSimServer({ model, ...more });
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const chatBody = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  model: 'quick',
  messages: [{ role: 'user', content: 'one two  three\nfour' }],
  max_tokens: 5,
  ignore_eos: true,
  ...more,
});
function post(
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
const get = (server: SimServer, path: string): Promise<Response> => fetch(`${server.url}${path}`);

interface Chunk {
  readonly choices: readonly {
    readonly delta?: { readonly role?: string; readonly content?: string };
    readonly text?: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Readonly<Record<string, unknown>>;
}
/** The events of a stream: parsed chunks, and the literal `[DONE]`. */
async function eventsOf(response: Response): Promise<(Chunk | '[DONE]')[]> {
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
const chunksOf = (events: readonly (Chunk | '[DONE]')[]): Chunk[] =>
  events.filter((event) => event !== '[DONE]');

async function metric(server: SimServer, name: string): Promise<number> {
  const text = await (await get(server, '/metrics')).text();
  const line = text.split('\n').find((l) => l.startsWith(`vllm:${name}{`));
  return Number(line?.split(' ').at(-1));
}
/** Polls a gauge for at most two seconds: the server hears of a closed socket a little later. */
async function until(server: SimServer, name: string, value: number): Promise<void> {
  for (let i = 0; i < 200 && (await metric(server, name)) !== value; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await metric(server, name)).toBe(value);
}

describe('a chat stream', () => {
  it('has the role with the first token, every token once, the finish reason, usage, [DONE]', async () => {
    const body = chatBody({ stream: true, stream_options: { include_usage: true } });
    const response = await post(await start(), body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = chunksOf(events);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    const tokens = chunks.slice(1, -1);
    expect(tokens.length).toBe(5);
    for (const { choices, usage } of tokens) {
      expect(choices[0]?.delta?.content).toMatch(/^ [a-z]+$/);
      expect(usage).toBeUndefined();
    }
    expect(tokens.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([
      null,
      null,
      null,
      null,
      'length',
    ]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 },
    });
  });

  it('has no usage unless asked, and one chunk for one token', async () => {
    const events = await eventsOf(
      await post(await start(), chatBody({ stream: true, max_tokens: 1 })),
    );
    const chunks = chunksOf(events);
    expect(chunks.length).toBe(2);
    expect(chunks[1]?.choices[0]?.finish_reason).toBe('length');
    expect(chunks.every((chunk) => chunk.usage === undefined)).toBe(true);
  });

  it('comes token by token at the pace of the model', async () => {
    const paced = await start({ ...quick, baseMs: 15, noiseRatio: 0 });
    const startedMs = performance.now();
    const response = await post(paced, chatBody({ stream: true, max_tokens: 10 }));
    const arrivals: number[] = [];
    for await (const part of response.body ?? []) {
      if (part.length > 0) arrivals.push(performance.now() - startedMs);
    }
    // Ten steps of 15 ms each write on their own; a busy machine may only be later, or join two.
    expect(arrivals.length).toBeGreaterThan(5);
    expect(arrivals[0]).toBeGreaterThan(13);
    expect(arrivals.at(-1)).toBeGreaterThan(10 * 15 - 4);
  });

  it('runs `speed` times faster than its model', async () => {
    const fast = await start({ ...quick, baseMs: 100 }, { speed: 100 });
    const startedMs = performance.now();
    await (await post(fast, chatBody({ stream: true, max_tokens: 20 }))).text();
    // Model time: two seconds.
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('other shapes of answers', () => {
  it('gives a whole chat answer', async () => {
    const answer = await (await post(await start(), chatBody())).json();
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'quick',
      choices: [{ message: { role: 'assistant' }, finish_reason: 'length' }],
      usage: { prompt_tokens: 4, completion_tokens: 5 },
    });
    const { content } = (answer as { choices: [{ message: { content: string } }] }).choices[0]
      .message;
    expect(content.trim().split(' ').length).toBe(5);
  });

  it('gives completions, streamed and whole, with their own default length', async () => {
    const server = await start();
    const body = { model: 'quick', prompt: 'a b c', ignore_eos: true };
    const whole = await (await post(server, body, '/v1/completions')).json();
    expect(whole).toMatchObject({
      object: 'text_completion',
      usage: { prompt_tokens: 3, completion_tokens: 16 },
    });
    const streamed = { ...body, prompt: [1, 2, 3, 4], max_tokens: 3, stream: true };
    const events = await eventsOf(await post(server, streamed, '/v1/completions'));
    const chunks = chunksOf(events);
    expect(chunks.length).toBe(3);
    for (const chunk of chunks) expect(chunk.choices[0]?.text).toMatch(/^ [a-z]+$/);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it('ends by itself when nothing forces the length, not before min_tokens', async () => {
    const server = await start(quick, { seed: 5 });
    const ask = async (more: Readonly<Record<string, unknown>>): Promise<[number, string]> => {
      const answer = await (await post(server, chatBody({ ignore_eos: false, ...more }))).json();
      const { usage, choices } = answer as {
        usage: { completion_tokens: number };
        choices: [{ finish_reason: string }];
      };
      return [usage.completion_tokens, choices[0].finish_reason];
    };
    const [natural, reason] = await ask({ max_tokens: 5_000 });
    expect(natural).toBeLessThan(5_000);
    expect(reason).toBe('stop');
    const [atLeast] = await ask({ max_tokens: 3_000, min_tokens: 2_500 });
    expect(atLeast).toBeGreaterThanOrEqual(2_500);
    expect(await ask({ max_tokens: 7, min_tokens: 7 })).toEqual([7, 'length']);
    expect(await ask({ max_tokens: 9, max_completion_tokens: 4, ignore_eos: true })).toEqual([
      4,
      'length',
    ]);
  });
});

describe('bad requests', () => {
  it.each([
    ['no JSON', '{"model":', 400, 'BadRequestError'],
    ['no object', '[]', 400, 'BadRequestError'],
    ['no model', { messages: [] }, 400, 'BadRequestError'],
    ['another model', chatBody({ model: 'gpt' }), 404, 'NotFoundError'],
    ['no messages', { model: 'quick' }, 400, 'BadRequestError'],
    ['empty messages', chatBody({ messages: [] }), 400, 'BadRequestError'],
    ['a message without role', chatBody({ messages: [{ content: 'x' }] }), 400, 'BadRequestError'],
    [
      'content that is no text',
      chatBody({ messages: [{ role: 'user', content: 5 }] }),
      400,
      'BadRequestError',
    ],
    ['max_tokens 0', chatBody({ max_tokens: 0 }), 400, 'BadRequestError'],
    ['max_tokens as text', chatBody({ max_tokens: '5' }), 400, 'BadRequestError'],
    ['stream as text', chatBody({ stream: 'yes' }), 400, 'BadRequestError'],
    ['stream_options alone', chatBody({ stream_options: {} }), 400, 'BadRequestError'],
    ['n 2', chatBody({ n: 2 }), 400, 'BadRequestError'],
    ['too long an answer', chatBody({ max_tokens: 64_000 }), 400, 'BadRequestError'],
    [
      'too long a prompt',
      chatBody({ messages: [{ role: 'user', content: 'a '.repeat(64_001) }] }),
      400,
      'BadRequestError',
    ],
    ['deep JSON', `{"model":${'['.repeat(100_000)}`, 400, 'BadRequestError'],
  ])('%s', async (_name, body, status, type) => {
    const response = await post(await start(), body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type, code: status } });
  });

  it('refuses a body over its limit and lives on', async () => {
    const server = await start();
    const huge = chatBody({ messages: [{ role: 'user', content: 'x'.repeat(MAX_BODY_BYTES) }] });
    const status = await post(server, huge).then(
      (response) => response.status,
      () => 413, // the socket was cut while we still wrote
    );
    expect(status).toBe(413);
    expect((await post(server, chatBody())).status).toBe(200);
  });

  it('knows no other paths and methods', async () => {
    const server = await start();
    expect((await get(server, '/v1/embeddings')).status).toBe(404);
    expect((await get(server, '/v1/chat/completions')).status).toBe(404);
  });
});

describe('what is asked of a server before load', () => {
  it('names its model and its length, is healthy, has a version', async () => {
    const server = await start(quick, { modelName: 'tiny' });
    expect(await (await get(server, '/v1/models')).json()).toMatchObject({
      object: 'list',
      data: [{ id: 'tiny', max_model_len: 64_000 }],
    });
    expect((await get(server, '/health')).status).toBe(200);
    expect(await (await get(server, '/version')).json()).toHaveProperty('version');
    expect((await post(server, chatBody({ model: 'tiny' }))).status).toBe(200);
  });

  it('binds to loopback only', async () => {
    await expect(startSimServer({ model: quick, host: '0.0.0.0' })).rejects.toThrow('loopback');
    await expect(startSimServer({ model: quick, host: 'example.com' })).rejects.toThrow('loopback');
  });
});

describe('metrics', () => {
  it("count what was done, under vLLM's names", async () => {
    const server = await start();
    await Promise.all(
      Array.from({ length: 20 }, async () => (await post(server, chatBody())).text()),
    );
    expect(await metric(server, 'num_requests_running')).toBe(0);
    expect(await metric(server, 'num_requests_waiting')).toBe(0);
    expect(await metric(server, 'kv_cache_usage_perc')).toBe(0);
    expect(await metric(server, 'num_preemptions_total')).toBe(0);
    expect(await metric(server, 'prompt_tokens_total')).toBe(80);
    expect(await metric(server, 'generation_tokens_total')).toBe(100);
    expect(await metric(server, 'time_to_first_token_seconds_count')).toBe(20);
    expect(await metric(server, 'inter_token_latency_seconds_count')).toBe(80);
    expect(await metric(server, 'e2e_request_latency_seconds_count')).toBe(20);
    expect(await metric(server, 'e2e_request_latency_seconds_sum')).toBeGreaterThan(20 * 0.004);
    const text = await (await get(server, '/metrics')).text();
    expect(text).toContain('finished_reason="length"} 20');
    expect(text).toContain('vllm:cache_config_info{block_size="16"');
    expect(text).toContain('num_gpu_blocks="4000"');
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# TYPE \S+ (gauge|counter|histogram)|vllm:[a-z0-9_]+\{[^}]*\} \S+)$/);
    }
  });
});

describe('load and trouble', () => {
  it('lets the slot go when the client does', async () => {
    const server = await start(oneSlot);
    const leave = new AbortController();
    const long = await post(
      server,
      chatBody({ model: 'one-slot', stream: true, max_tokens: 1_000 }),
      '/v1/chat/completions',
      leave.signal,
    );
    await long.body?.getReader().read();
    expect(await metric(server, 'num_requests_running')).toBe(1);
    leave.abort();
    await until(server, 'num_requests_running', 0);
    expect((await post(server, chatBody({ model: 'one-slot', max_tokens: 2 }))).status).toBe(200);
    expect(await (await get(server, '/metrics')).text()).toContain('finished_reason="abort"} 1');
  });

  it('forgets a client that leaves while it waits', async () => {
    const server = await start(oneSlot);
    const leave = new AbortController();
    const ask = (): Promise<Response> =>
      post(
        server,
        chatBody({ model: 'one-slot', max_tokens: 1_000 }),
        '/v1/chat/completions',
        leave.signal,
      );
    const asked = Promise.allSettled([ask(), ask(), ask()]);
    await until(server, 'num_requests_waiting', 2);
    leave.abort();
    await asked;
    await until(server, 'num_requests_waiting', 0);
    await until(server, 'num_requests_running', 0);
  });

  it('answers 429 with Retry-After beyond its queue', async () => {
    const limited: ServerModel = {
      ...oneSlot,
      admission: { maxWaiting: 1, status: 429, retryAfterS: 2 },
    };
    const server = await start(limited);
    const ask = (): Promise<Response> =>
      post(server, chatBody({ model: 'one-slot', max_tokens: 20 }));
    const first = ask();
    await until(server, 'num_requests_running', 1);
    const second = ask();
    await until(server, 'num_requests_waiting', 1);
    const third = await ask();
    expect(third.status).toBe(429);
    expect(third.headers.get('retry-after')).toBe('2');
    expect(await third.json()).toMatchObject({ error: { code: 429 } });
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(await metric(server, 'admission_rejections_total')).toBe(1);
  });

  it('has a limit on requests in flight', async () => {
    const server = await start(oneSlot, { maxInFlight: 2 });
    const ask = (): Promise<Response> => post(server, chatBody({ model: 'one-slot' }));
    const statuses = (await Promise.all([ask(), ask(), ask()])).map((r) => r.status);
    expect(statuses.sort()).toEqual([200, 200, 503]);
  });

  it('answers 500 for its share of requests', async () => {
    const server = await start({ ...quick, errorRatio: 1 });
    expect((await post(server, chatBody())).status).toBe(500);
  });

  it('cuts its streams without an end when it dies, and answers no more', async () => {
    const server = await start({ ...oneSlot, diesAtMs: 150 });
    const response = await post(
      server,
      chatBody({ model: 'one-slot', stream: true, max_tokens: 1_000 }),
    );
    await expect(response.text()).rejects.toThrow();
    await expect(post(server, chatBody({ model: 'one-slot' }))).rejects.toThrow();
  });

  it('closes at once, whatever is running, and twice', async () => {
    const server = await start(oneSlot);
    const response = await post(
      server,
      chatBody({ model: 'one-slot', stream: true, max_tokens: 1_000 }),
    );
    await Promise.all([server.close(), server.close()]);
    await expect(response.text()).rejects.toThrow();
  });

  it('batches: many streams take about as long as one', async () => {
    const server = await start({ ...quick, baseMs: 4 });
    const body = chatBody({ stream: true, max_tokens: 25 });
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => eventsOf(await post(server, body))),
    );
    // One after another they would need 40 · 25 · 4 ms = 4 s.
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    for (const events of answers) expect(chunksOf(events).length).toBe(26);
    expect(await metric(server, 'iteration_tokens_total_count')).toBeLessThan(40 * 25);
  });
});
