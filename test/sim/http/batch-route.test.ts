/** Embeddings, rankings, pictures and sounds of the simulated server, read as our own client reads them. */
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { readWholeAnswer } from '../../../src/core/dialect/whole-answer.ts';
import { createJpegMaker } from '../../../src/core/workload/media/jpeg.ts';
import { createPngMaker } from '../../../src/core/workload/media/png.ts';
import { createWavMaker } from '../../../src/core/workload/media/wav.ts';
import { type SimServer, startSimServer } from '../../../src/sim/http/sim-server.ts';
import { SERVERS } from '../../../src/sim/servers.ts';

let server: SimServer;
beforeAll(async () => {
  server = await startSimServer({ model: SERVERS.fast, speed: 20 });
});
afterAll(() => server.close());

async function post(path: string, body: object) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

const texts = ['one two three', 'four five'];

describe('answers in one piece', () => {
  test.each([
    ['/v1/embeddings', 'embeddings', { model: 'fast', input: texts }, 5],
    ['/embed', 'embeddings', { inputs: texts, truncate: true }, undefined],
    ['/v1/rerank', 'rerank', { model: 'fast', query: 'a b', documents: texts }, 9],
    ['/v2/rerank', 'rerank', { model: 'fast', query: 'a b', documents: texts, top_n: 2 }, 9],
    ['/rerank', 'rerank', { query: 'a b', texts }, undefined],
  ] as const)('%s', async (path, kind, body, tokens) => {
    const got = await post(path, body);
    expect(got.status).toBe(200);
    const answer = readWholeAnswer(kind, got.body, 2);
    expect(answer).toMatchObject({ sawEnd: true, malformed: undefined });
    expect(answer.usage?.inputTokens).toBe(tokens);
  });

  test('a single text, and a batch whose answer is long', async () => {
    const one = await post('/v1/embeddings', { model: 'fast', input: 'alone' });
    expect(readWholeAnswer('embeddings', one.body, 1).sawEnd).toBe(true);
    const input = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const many = await post('/v1/embeddings', { model: 'fast', input });
    expect(readWholeAnswer('embeddings', many.body, 200)).toMatchObject({
      sawEnd: true,
      usage: { inputTokens: 400 },
    });
  });

  test.each([
    ['/v1/embeddings', { model: 'fast' }, 400],
    ['/v1/embeddings', { model: 'other', input: 'x' }, 404],
    ['/v1/embeddings', { model: 'fast', input: [] }, 400],
    ['/v1/rerank', { model: 'fast', documents: texts }, 400],
    ['/rerank', { query: 'x', texts: [7] }, 400],
    ['/v1/embeddings', { model: 'fast', input: 'w '.repeat(140_000) }, 400],
  ])('%s refuses %j with %i', async (path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });
});

describe('media', () => {
  const random = createRandom(1);
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const png = encode(
    createPngMaker(280, 60, random, (bytes) => deflateRawSync(bytes)).next(random),
  );
  const jpeg = encode(createJpegMaker(56, 28, random).next(random));
  const wav = encode(createWavMaker(2, random).next(random));
  const ask = async (...parts: object[]): Promise<{ status: number; tokens: unknown }> => {
    const content = [{ type: 'text', text: 'look here' }, ...parts];
    const messages = [{ role: 'user', content }];
    const got = await post('/v1/chat/completions', { model: 'fast', messages, max_tokens: 2 });
    const parsed = JSON.parse(got.body.toString());
    return { status: got.status, tokens: parsed.usage?.prompt_tokens };
  };
  const image = (type: string, data: string): object => ({
    type: 'image_url',
    image_url: { url: `data:image/${type};base64,${data}` },
  });

  test('count by their size', async () => {
    expect(await ask(image('png', png))).toEqual({ status: 200, tokens: 2 + 10 * 3 });
    expect(await ask(image('jpeg', jpeg))).toEqual({ status: 200, tokens: 2 + 2 });
    const sound = { type: 'input_audio', input_audio: { data: wav, format: 'wav' } };
    expect(await ask(sound, image('jpeg', jpeg))).toEqual({ status: 200, tokens: 2 + 50 + 2 });
  });

  test('what is neither is refused', async () => {
    expect((await ask(image('png', 'AAAA'))).status).toBe(400);
    expect((await ask({ type: 'image_url', image_url: { url: 'http://x/y.png' } })).status).toBe(
      400,
    );
  });
});
