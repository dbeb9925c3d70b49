/** The HTTP face under load and in trouble, over real sockets: limits, leavers, death, metrics. */
import { describe, expect, it } from 'vitest';
import { startSimServer } from '../../../src/sim/http/sim-server.ts';
import type { ServerModel } from '../../../src/sim/server-model.ts';
import {
  chatBody,
  chunksOf,
  closeServersAfterEach,
  eventsOf,
  get,
  metric,
  oneSlot,
  post,
  quick,
  start,
  until,
} from './sim-client.ts';

closeServersAfterEach();

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
