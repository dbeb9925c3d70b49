/** The check before load: what it learns of a good target, and what it calls each bad one. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { checkTarget, type TargetCandidate } from '../../src/load/check-target.ts';
import {
  chunk,
  content,
  DONE,
  event,
  FINISH,
  LAST_CHUNK,
  ROLE,
  type Script,
  type ScriptedTarget,
  type SeenRequest,
  STREAM_HEAD,
  startTarget,
  usage,
  whole,
} from './scripted-target.ts';

const NEVER = new AbortController().signal;
const SHAPES = fileURLToPath(new URL('./shapes', import.meta.url));
const HASTY = { listMs: 300, answerMs: 300 };
const open: ScriptedTarget[] = [];
afterEach(async () => {
  for (const target of open.splice(0)) await target.stop();
});

const json = (value: unknown): string => whole('200 OK', 'application/json', JSON.stringify(value));
const missing = whole('404 Not Found', 'text/plain', '');

const models = (...ids: string[]): string =>
  json({ object: 'list', data: ids.map((id) => ({ id, object: 'model', owned_by: 'nobody' })) });

/** A good stream whose prompt tokens are `perWord` for each word and `template` more. */
function answer(request: SeenRequest, perWord = 1, template = 5): Buffer {
  const words = JSON.parse(request.body).messages[0].content.split(' ').length;
  const tokens = Math.round(words * perWord) + template;
  return Buffer.concat([
    Buffer.from(STREAM_HEAD),
    chunk(ROLE + content('hi') + FINISH + usage(tokens, 1) + DONE),
    Buffer.from(LAST_CHUNK),
  ]);
}

interface Pages {
  readonly [path: string]: string | Script;
}

async function server(pages: Pages): Promise<ScriptedTarget> {
  const target = await startTarget((socket, request) => {
    const path = /^\S+ (\S+)/.exec(request.head)?.[1] ?? '';
    const page = pages[path] ?? missing;
    if (typeof page === 'string') socket.write(page);
    else page(socket, request);
  });
  open.push(target);
  return target;
}

const good: Script = (socket, request) => socket.write(answer(request));

function candidate(port: number, changes: Partial<TargetCandidate> = {}): TargetCandidate {
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    pinnedAddress: '127.0.0.1',
    dialect: 'auto',
    headers: {},
    ...changes,
  };
}

async function check(pages: Pages, changes: Partial<TargetCandidate> = {}): Promise<unknown> {
  const { port } = await server(pages);
  const result = await checkTarget(candidate(port, changes), NEVER, HASTY);
  return result.ok ? result.value : result.error;
}

const GOOD: Pages = { '/v1/models': models('only'), '/v1/chat/completions': good };

describe('a good target', () => {
  it('tells its model, and what our words cost in its tokens', async () => {
    expect(await check(GOOD)).toEqual({
      model: 'only',
      dialect: 'generic',
      info: { owned_by: 'nobody' },
      prompts: { tokensPerWord: 1, templateTokens: 5, source: 'usage' },
      outputCounting: 'usage',
    });
    const costly: Script = (socket, request) => socket.write(answer(request, 1.5, 11));
    expect(await check({ ...GOOD, '/v1/chat/completions': costly })).toMatchObject({
      prompts: {
        tokensPerWord: expect.closeTo(1.5, 1),
        templateTokens: 11,
      },
    });
  });

  it('counts with a tokenizer where the target does not', async () => {
    const mute: Script = (socket) =>
      socket.write(
        Buffer.concat([
          Buffer.from(STREAM_HEAD),
          chunk(ROLE + content('hi') + FINISH + DONE),
          Buffer.from(LAST_CHUNK),
        ]),
      );
    const pages = { ...GOOD, '/v1/chat/completions': mute };
    const tokenizer = { folder: SHAPES, path: 'tokenizer.json' };
    const found = await check(pages, { tokenizer });
    expect(found).toMatchObject({
      outputCounting: 'tokenizer',
      prompts: { source: 'tokenizer', costs: { fillerTokens: expect.any(Number) } },
    });
    expect(await check(pages, { tokenizer: { folder: SHAPES, path: 'gone.json' } })).toMatchObject({
      reason: 'tokenizer_unusable',
    });
    const broken = { folder: SHAPES, path: 'tokenizer-counts.json' };
    expect(await check(pages, { tokenizer: broken })).toMatchObject({
      reason: 'tokenizer_unusable',
    });
  });

  it('takes a prompt that is too long for the target as a prompt that nobody counted', async () => {
    const small: Script = (socket, request) =>
      request.body.length > 400
        ? socket.write(
            whole('400 Bad Request', 'application/json', '{"error":{"message":"too long"}}'),
          )
        : socket.write(answer(request));
    expect(await check({ ...GOOD, '/v1/chat/completions': small })).toMatchObject({
      model: 'only',
      outputCounting: 'usage',
    });
  });

  it('asks embeddings and rankings in one piece', async () => {
    const usageOf = (request: SeenRequest): object => {
      const { input, documents } = JSON.parse(request.body);
      const tokens = (input ?? documents)[0].split(' ').length + 3;
      return { prompt_tokens: tokens, total_tokens: tokens };
    };
    const pages: Pages = {
      ...GOOD,
      '/v1/embeddings': (socket, request) =>
        socket.write(
          json({ object: 'list', data: [{ embedding: [1, 2] }], usage: usageOf(request) }),
        ),
      '/v1/rerank': (socket, request) =>
        socket.write(
          json({ results: [{ index: 0, relevance_score: 1 }], usage: usageOf(request) }),
        ),
    };
    for (const endpoint of ['embeddings', 'rerank'] as const) {
      expect(await check(pages, { endpoint })).toMatchObject({
        prompts: { tokensPerWord: 1, templateTokens: 3 },
      });
    }
    const empty = { ...pages, '/v1/embeddings': json({ data: [] }) };
    expect(await check(empty, { endpoint: 'embeddings' })).toMatchObject({
      reason: 'target_garbage_answer',
    });
  });

  it('needs no list of models when the question names one', async () => {
    expect(await check({ ...GOOD, '/v1/models': missing }, { model: 'mine' })).toMatchObject({
      model: 'mine',
    });
  });

  it('gets the dialect that was asked for, and headers as given', async () => {
    const target = await server(GOOD);
    const asked = candidate(target.port, {
      dialect: 'vllm',
      headers: { authorization: 'Bearer k' },
    });
    const result = await checkTarget(asked, NEVER, HASTY);
    expect(result).toMatchObject({ ok: true, value: { dialect: 'vllm' } });
    const posts = target.requests.filter(({ head }) => head.startsWith('POST'));
    expect(posts).toHaveLength(3);
    for (const { head, body } of posts) {
      expect(head.toLowerCase()).toContain('authorization: bearer k');
      expect(JSON.parse(body)).toMatchObject({ min_tokens: 4, ignore_eos: true });
    }
  });

  it('is never sent a credential that it was not given', async () => {
    const target = await server(GOOD);
    await checkTarget(candidate(target.port), NEVER, HASTY);
    for (const { head } of target.requests) expect(head).not.toMatch(/authorization/i);
  });

  it('need not tell usage', async () => {
    const mute: Script = (socket) =>
      socket.write(
        Buffer.concat([
          Buffer.from(STREAM_HEAD),
          chunk(content('x') + FINISH + DONE),
          Buffer.from(LAST_CHUNK),
        ]),
      );
    expect(await check({ ...GOOD, '/v1/chat/completions': mute })).toEqual({
      model: 'only',
      dialect: 'generic',
      info: { owned_by: 'nobody' },
      outputCounting: 'chunks',
    });
  });
});

const owned = (owner: string): string =>
  json({ data: [{ id: 'only', owned_by: owner, max_model_len: 4096 }] });
const text = (body: string): string => whole('200 OK', 'text/plain', body);

describe('the dialect', () => {
  it.each<[string, Pages]>([
    ['vllm', { '/v1/models': owned('vllm'), '/version': json({ version: '0.11.0' }) }],
    ['vllm', { '/metrics': text('# HELP\nvllm:num_requests_running{} 1\n') }],
    ['vllm', { '/version': json({ version: '0.11.0' }) }],
    ['sglang', { '/v1/models': owned('sglang') }],
    ['sglang', { '/get_model_info': json({ model_path: 'x' }) }],
    ['sglang', { '/metrics': text('sglang:num_running_reqs{} 1\n') }],
    ['llamacpp', { '/v1/models': owned('llamacpp') }],
    ['llamacpp', { '/props': json({ default_generation_settings: { n_ctx: 2048 } }) }],
    ['trtllm', { '/metrics': text('trtllm_request_success_total 1\n') }],
    [
      'tgi',
      { '/info': json({ max_concurrent_requests: 128, max_total_tokens: 2048, version: '3' }) },
    ],
    ['ollama', { '/api/version': json({ version: '0.12' }), '/v1/models': owned('library') }],
    ['ollama', { '/api/version': json({ version: '0.12' }) }],
    // Its model list names no owner, and it has the pages of Ollama, too.
    ['localai', { '/api/version': json({ version: '0.9' }), '/version': json({ version: 'v3' }) }],
    ['dynamo', { '/metrics': text('dynamo_frontend_requests_total 1\n') }],
    ['triton', { '/metrics': text('nv_inference_request_success 1\n') }],
    ['lmdeploy', { '/v1/models': owned('lmdeploy') }],
    ['generic', {}],
  ])('%s by %j', async (dialect, pages) => {
    expect(await check({ ...GOOD, ...pages })).toMatchObject({ dialect });
  });

  it('comes with what the server says of itself', async () => {
    const pages = { '/v1/models': owned('vllm'), '/version': json({ version: '0.11.0' }) };
    expect(await check({ ...GOOD, ...pages })).toMatchObject({
      info: { owned_by: 'vllm', version: '0.11.0', max_model_len: '4096' },
      maxModelLen: 4096,
    });
    const props = { '/props': json({ default_generation_settings: { n_ctx: 2048 } }) };
    expect(await check({ ...GOOD, ...props })).toMatchObject({ maxModelLen: 2048 });
  });

  it('is a fault when nobody knows it', async () => {
    expect(await check(GOOD, { dialect: 'klingon' })).toMatchObject({ reason: 'dialect_unknown' });
  });
});

const chat = (page: string | Script): Pages => ({ ...GOOD, '/v1/chat/completions': page });
const streamed =
  (...events: string[]): Script =>
  (socket) => {
    socket.write(
      Buffer.concat([Buffer.from(STREAM_HEAD), chunk(events.join('')), Buffer.from(LAST_CHUNK)]),
    );
  };

describe('a bad target', () => {
  it.each<[string, string, Pages]>([
    ['target_not_found', 'no such path', {}],
    ['target_without_models', 'an empty list', { '/v1/models': json({ data: [] }) }],
    ['target_not_an_api', 'a web page', { '/v1/models': whole('200 OK', 'text/html', '<html>') }],
    ['target_unauthorized', '401', { '/v1/models': whole('401 No', 'application/json', '{}') }],
    ['target_unauthorized', '403 as a page', { '/v1/models': whole('403 No', 'text/html', '<p>') }],
    [
      'target_server_error',
      '502 as a page',
      { '/v1/models': whole('502 Bad', 'text/html', '<p>') },
    ],
    [
      'target_redirects',
      'a redirect',
      { '/v1/models': whole('302 No', 'text/plain', '', 'location: /x\r\n') },
    ],
    [
      'target_not_an_api',
      'broken JSON',
      { '/v1/models': whole('200 OK', 'application/json', '{"da') },
    ],
    ['target_reset', 'a reset', { '/v1/models': (socket) => socket.resetAndDestroy() }],
    ['target_timeout', 'silence', { '/v1/models': () => undefined }],
    ['target_timeout', 'no answer to the request', chat(() => undefined)],
    [
      'target_timeout',
      'a stream that stops',
      chat((socket) => socket.write(STREAM_HEAD + chunk(ROLE))),
    ],
    [
      'target_client_error',
      '400',
      chat(whole('400 No', 'application/json', '{"error":{"message":"bad field"}}')),
    ],
    [
      'target_rejects',
      '503',
      chat(whole('503 No', 'application/json', '{"error":{"message":"loading"}}')),
    ],
    ['target_garbage_stream', 'not streamed', chat(json({ choices: [] }))],
    ['target_stream_error', 'an error at 200', chat(json({ error: { message: 'no' } }))],
    ['target_garbage_stream', 'text', chat(whole('200 OK', 'text/plain', 'hello'))],
    ['target_garbage_stream', 'a stream of garbage', chat(streamed('data: hello\n\n'))],
    [
      'target_stream_error',
      'an error in the stream',
      chat(streamed(event({ error: { message: 'no' } }))),
    ],
    ['target_truncated', 'no end', chat(streamed(content('x')))],
  ])('%s: %s', async (reason, _, pages) => {
    expect(await check(pages)).toMatchObject({ reason });
  });

  it('names its models when there are several', async () => {
    expect(await check({ ...GOOD, '/v1/models': models('a', 'b') })).toEqual({
      reason: 'target_with_many_models',
      detail: 'name one of its models: a, b',
    });
  });

  it('says what the server said', async () => {
    const page = whole('400 No', 'application/json', '{"error":{"message":"bad field"}}');
    expect(await check(chat(page))).toMatchObject({ detail: expect.stringContaining('bad field') });
  });

  it('follows no redirect and asks no second time', async () => {
    const target = await server({
      '/v1/models': whole('302 No', 'text/plain', '', 'location: /x\r\n'),
    });
    await checkTarget(candidate(target.port), NEVER, HASTY);
    expect(target.requests).toHaveLength(1);
  });

  it('is not there', async () => {
    const target = await server({});
    await target.stop();
    open.pop();
    const refused = await checkTarget(candidate(target.port), NEVER, HASTY);
    expect(refused).toMatchObject({ ok: false, error: { reason: 'target_refused' } });
    const nowhere = {
      baseUrl: 'http://no-such-host.invalid/v1',
      pinnedAddress: 'no-such-host.invalid',
    };
    const unknown = await checkTarget({ ...candidate(1), ...nowhere }, NEVER, {
      listMs: 10_000,
      answerMs: 300,
    });
    expect(unknown).toMatchObject({ ok: false, error: { reason: 'target_dns_error' } });
  });

  it('speaks no TLS', async () => {
    const { port } = await server({});
    const plain = { baseUrl: `https://127.0.0.1:${port}/v1` };
    const result = await checkTarget({ ...candidate(port), ...plain }, NEVER, HASTY);
    expect(result).toMatchObject({ ok: false });
    expect(['target_tls_error', 'target_timeout']).toContain(result.ok || result.error.reason);
  });
});

it('an aborted check rejects with the reason', async () => {
  const { port } = await server({ '/v1/models': () => undefined });
  const controller = new AbortController();
  const checking = checkTarget(candidate(port), controller.signal);
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 20);
  await expect(checking).rejects.toBe(reason);
});
