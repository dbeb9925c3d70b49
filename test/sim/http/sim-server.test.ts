/** The HTTP face over real sockets: answers in every shape, bad requests. */
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../../src/sim/http/read-body.ts';
import {
  chatBody,
  chunksOf,
  closeServersAfterEach,
  eventsOf,
  get,
  post,
  quick,
  start,
} from './sim-client.ts';

closeServersAfterEach();

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
