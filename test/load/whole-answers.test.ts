/** Requests that are answered in one piece, media, files and counts, sent by the real sender. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import type { DataRow } from '../../src/core/workload/readers/row.ts';
import { createSampleBuilder } from '../../src/core/workload/readers/row-sample.ts';
import type { RequestSpec } from '../../src/core/workload/spec.ts';
import { createOutputCount } from '../../src/load/generator/output-count.ts';
import { fileSources, planTimes } from '../../src/load/generator/plan-files.ts';
import { createRequestSource } from '../../src/load/generator/request-source.ts';
import type { LoadFile, SessionPlan } from '../../src/load/port.ts';
import { createTokenCounter } from '../../src/load/tokenizer-file.ts';
import { createOneSender, type OneSender, planOf } from './one-sender.ts';
import {
  chunk,
  content,
  DONE,
  FINISH,
  LAST_CHUNK,
  ROLE,
  type Script,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
  whole,
} from './scripted-target.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.stop();
});

const request = (spec: Partial<RequestSpec>): RequestSpec =>
  ({
    kind: 'synthetic',
    endpoint: 'chat',
    inputTokens: { kind: 'fixed', tokens: 7 },
    outputTokens: { kind: 'fixed', tokens: 3 },
    ...spec,
  }) as RequestSpec;

function planFor(
  baseUrl: string,
  spec: Partial<RequestSpec>,
  more: Partial<SessionPlan> = {},
): SessionPlan {
  return {
    ...planOf({ baseUrl }),
    workload: { ...request(spec), arrivals: { kind: 'poisson' } },
    ...more,
  };
}

async function against(
  script: Script,
  spec: Partial<RequestSpec>,
  more: Partial<SessionPlan> = {},
): Promise<{ target: ScriptedTarget; one: OneSender }> {
  const target = await startTarget(script);
  const one = createOneSender(planFor(`http://127.0.0.1:${target.port}/v1`, spec, more));
  open.push({ stop: () => one.close() }, target);
  return { target, one };
}

const json = (value: unknown): string => whole('200 OK', 'application/json', JSON.stringify(value));

describe('embeddings', () => {
  const vectors = (count: number, size: number): object => ({
    data: Array.from({ length: count }, () => ({
      embedding: Array.from({ length: size }, () => 0.125),
    })),
    usage: { prompt_tokens: 60, total_tokens: 60 },
  });

  it.each([2, 1_500])('8 texts of 7 tokens, vectors of %i: an end and no token', async (size) => {
    const { target, one } = await against((socket) => socket.write(json(vectors(8, size))), {
      endpoint: 'embeddings',
      documents: 8,
    });
    const exchange = await one.request();
    expect(exchange.outcome).toBe('ok');
    const records = one.records();
    expect(records.firstTokenMs[0]).toBeNaN();
    expect([records.chunkCount[0], records.outputTokens[0], records.inputTokens[0]]).toEqual([
      0, -1, 60,
    ]);
    expect(records.askedInputTokens[0]).toBe(56);
    expect(records.endMs[0]).toBeGreaterThanOrEqual(records.sentMs[0] ?? Number.NaN);
    const sent = target.requests[0];
    expect(sent?.head).toContain('POST /v1/embeddings ');
    const { input } = JSON.parse(sent?.body ?? '{}');
    expect(input).toHaveLength(8);
    expect(new Set(input).size).toBe(8);
    expect(input.every((text: string) => text.split(' ').length === 7)).toBe(true);
  });

  it.each([
    ['too few vectors', json(vectors(3, 2)), 'malformed'],
    ['an error with 200', json({ error: { message: 'no' } }), 'stream_error'],
    ['a page', whole('200 OK', 'text/html', '<p>'), 'malformed'],
    ['full', whole('429 Too Many Requests', 'application/json', '{}'), 'rejected'],
    ['a stream', `${STREAM_HEAD}0\r\n\r\n`, 'malformed'],
  ])('%s', async (_, reply, outcome) => {
    const { one } = await against((socket) => socket.write(reply), {
      endpoint: 'embeddings',
      documents: 8,
    });
    expect((await one.request()).outcome).toBe(outcome);
  });

  it('waits for the whole answer, not for a first token that never comes', async () => {
    const { one } = await against(
      (socket) => {
        // Longer than the time-out of the first token and two sweeps of the deadlines.
        setTimeout(() => socket.write(json(vectors(1, 2))), 400);
      },
      { endpoint: 'embeddings' },
      { limits: { ...planOf({ baseUrl: 'http://x' }).limits, firstTokenTimeoutMs: 50 } },
    );
    expect((await one.request()).outcome).toBe('ok');
  });
});

it('rankings: a query and its documents', async () => {
  const results = [0, 1, 2].map((index) => ({ index, relevance_score: 0.5 }));
  const { target, one } = await against((socket) => socket.write(json({ results })), {
    endpoint: 'rerank',
    documents: 3,
  });
  expect((await one.request()).outcome).toBe('ok');
  const { query, documents } = JSON.parse(target.requests[0]?.body ?? '{}');
  expect(documents).toHaveLength(3);
  expect(query.split(' ')).toHaveLength(16);
  expect(one.records().askedInputTokens[0]).toBe(-1);
});

const tokens = (...texts: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(STREAM_HEAD),
    ...texts.map((text) => chunk(content(text))),
    chunk(FINISH + DONE),
    Buffer.from(LAST_CHUNK),
  ]);

it('pictures and sounds: real bytes, new in each request', async () => {
  const { target, one } = await against((socket) => socket.write(tokens('a', 'b')), {
    media: {
      images: { count: 2, width: 40, height: 30, format: 'jpeg' },
      audio: { count: 1, seconds: 0.2 },
    },
  });
  await one.request();
  await one.request();
  const urls = target.requests.flatMap(({ body }) =>
    JSON.parse(body)
      .messages[0].content.slice(1)
      .map(
        (part: { image_url?: { url: string }; input_audio?: { data: string } }) =>
          part.image_url?.url ?? part.input_audio?.data,
      ),
  );
  expect(urls).toHaveLength(6);
  expect(new Set(urls).size).toBe(6);
  expect(urls[0]).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  expect(Buffer.from(urls[2] ?? '', 'base64').toString('latin1', 0, 4)).toBe('RIFF');
  expect(one.records().askedInputTokens[0]).toBe(-1);
});

describe('tokens of an answer without usage', () => {
  const words = [' capacity', ' of the', ' server'];
  const file = readFileSync(new URL('./shapes/tokenizer.json', import.meta.url), 'utf8');
  const answered = async (counting: Parameters<typeof createOutputCount>): Promise<number> => {
    const target = await startTarget((socket) =>
      socket.write(
        Buffer.concat([
          Buffer.from(STREAM_HEAD),
          chunk(ROLE),
          tokens(...words).subarray(STREAM_HEAD.length),
        ]),
      ),
    );
    const plan = planFor(`http://127.0.0.1:${target.port}/v1`, {});
    const one = createOneSender(plan, createOutputCount(...counting));
    open.push({ stop: () => one.close() }, target);
    expect((await one.request()).outcome).toBe('ok');
    return one.records().outputTokens[0] ?? Number.NaN;
  };

  it('by the tokenizer, by the chunks, or not at all', async () => {
    const { count } = createTokenCounter(file);
    expect(await answered(['tokenizer', count])).toBe(count(words.join('')));
    expect(await answered(['chunks', undefined])).toBe(3);
    expect(await answered(['usage', undefined])).toBe(-1);
  });
});

describe('data files', () => {
  const fileOf = (rows: readonly DataRow[], ordered: boolean): LoadFile => {
    const builder = createSampleBuilder(ordered, createRandom(1));
    for (const row of rows) builder.add(row);
    return { sample: builder.build(), blockTokens: 512, ordered, tokensPerChar: 0.25 };
  };
  const planWith = (file: LoadFile, generators = 1): SessionPlan =>
    planFor(
      'http://127.0.0.1:1/v1',
      {
        kind: 'file',
        file: { path: 'x', format: 'auto' },
        outputTokens: { kind: 'fixed', tokens: 9 },
      },
      { files: new Map([[0, file]]), generators },
    );
  const bodies = (plan: SessionPlan, index: number, count: number) => {
    const source = createRequestSource(plan, index, 'salt', fileSources(plan));
    const made = Array.from({ length: count }, () => source.next().request);
    source.stop();
    return made.map(({ body, ...rest }) => ({ ...rest, ...JSON.parse(body) }));
  };

  it('the texts of the file, each once a pass, split among generators', () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({
      prompt: `question ${i}`,
      outputTokens: i + 1,
    }));
    const plan = planWith(fileOf(rows, false), 3);
    const sent = [0, 1, 2].flatMap((index) => bodies(plan, index, 10));
    const texts = sent.map(({ messages }) => messages[0].content);
    expect(new Set(texts)).toEqual(new Set(rows.map(({ prompt }) => prompt)));
    expect(texts).not.toEqual(rows.map(({ prompt }) => prompt));
    for (const one of sent) {
      expect(one.max_completion_tokens).toBe(Number(one.messages[0].content.split(' ')[1]) + 1);
      expect(one.askedInputTokens).toBe(-1);
    }
  });

  it('rows that know no output length get the law, rows without a text a prompt of their length', () => {
    const [made] = bodies(planWith(fileOf([{ inputTokens: 300 }], true)), 0, 1);
    expect(made.max_completion_tokens).toBe(9);
    expect(made.messages[0].content.split(' ')).toHaveLength(300);
    expect(made.askedInputTokens).toBe(300);
  });

  it('equal hash ids are equal texts, up to where the ids part', () => {
    const rows = [
      { inputTokens: 1_100, outputTokens: 1, hashIds: [7, 8, 9] },
      { inputTokens: 1_400, outputTokens: 1, hashIds: [7, 8, 10] },
      { inputTokens: 600, outputTokens: 1, hashIds: [11, 8] },
    ];
    const plan = planWith(fileOf(rows, true), 2);
    // Of two generators: what is shared is shared between them.
    const [a, c] = bodies(plan, 0, 2);
    const [b] = bodies(plan, 1, 1);
    const system = (one: { messages: { content: string }[] }): string[] =>
      (one.messages[0]?.content ?? '').split(' ');
    expect(system(a).length).toBe(1_100);
    expect(system(b).length).toBe(1_400);
    expect(system(a).slice(0, 1_024)).toEqual(system(b).slice(0, 1_024));
    expect(system(a)[1_024]).not.toBe(undefined);
    expect(system(a).slice(1_024, 1_090)).not.toEqual(system(b).slice(1_024, 1_090));
    expect(system(c).slice(0, 512)).not.toEqual(system(a).slice(0, 512));
    // The next block of the third is cut, and begins as the whole block does.
    expect(system(c).slice(512, 600)).toEqual(system(a).slice(512, 600));
  });

  it('conversations carry their history, and arrivals follow the times of their beginnings', () => {
    const rows = [
      { prompt: 'one', session: 's', atMs: 0 },
      { prompt: 'other', session: 't', atMs: 40 },
      { prompt: 'two', session: 's', atMs: 500, delayMs: 30 },
    ];
    const plan = planWith(fileOf(rows, true));
    expect([...(planTimes(plan) ?? [])]).toEqual([0, 40]);
    const source = createRequestSource(plan, 0, 'salt', fileSources(plan));
    const talk = source.next();
    expect(talk.thinkMs).toBe(30);
    expect(talk.answered('an answer', 2)).toBe(true);
    source.stop();
    expect(
      JSON.parse(talk.request.body).messages.map(({ content: text }: { content: string }) => text),
    ).toEqual(['one', 'an answer', 'two']);
  });
});
