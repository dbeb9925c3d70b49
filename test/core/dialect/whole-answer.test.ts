/** Embeddings and rankings: what is sent to whom, and what is made of every published answer. */
import { describe, expect, test } from 'vitest';
import { type BatchBodySpec, buildBatchBody } from '../../../src/core/dialect/batch-body.ts';
import { dialectNamed } from '../../../src/core/dialect/dialects.ts';
import { endpointPath } from '../../../src/core/dialect/endpoint.ts';
import { buildRequestBody } from '../../../src/core/dialect/request-body.ts';
import { readWholeAnswer } from '../../../src/core/dialect/whole-answer.ts';

type Kind = BatchBodySpec['endpoint'];

function read(kind: Kind, value: unknown, documents: number) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const { usage, sawEnd, errorMessage, malformed, chunkCount } = readWholeAnswer(
    kind,
    Buffer.from(text),
    documents,
  );
  // No answer of one piece has chunks: a chunk would be a first token.
  expect(chunkCount).toBe(0);
  return { tokens: usage?.inputTokens, sawEnd, errorMessage, malformed };
}

const vector = (n: number): number[] => Array.from({ length: n }, (_, i) => i / 7 - 0.5);

describe('embeddings', () => {
  const openai = (documents: number, size: number) => ({
    object: 'list',
    data: Array.from({ length: documents }, (_, index) => ({
      object: 'embedding',
      index,
      embedding: vector(size),
    })),
    model: 'm',
    usage: { prompt_tokens: 17, total_tokens: 17 },
  });

  test.each([
    [1, 3],
    [5, 4],
    [32, 1_024],
  ])('OpenAI: %i vectors of %i', (documents, size) => {
    expect(read('embeddings', openai(documents, size), documents)).toMatchObject({
      tokens: 17,
      sawEnd: true,
    });
    const pretty = JSON.stringify(openai(documents, size), undefined, 1);
    expect(read('embeddings', pretty, documents)).toMatchObject({ tokens: 17, sawEnd: true });
  });

  test.each([
    [1, 3],
    [24, 640],
  ])('llama.cpp: the usage before %i vectors of %i', (documents, size) => {
    // As recorded from its server; its rankings have the same order.
    const usage = { prompt_tokens: 158, total_tokens: 158 };
    const data = Array.from({ length: documents }, (_, index) => ({
      embedding: vector(size),
      index,
      object: 'embedding',
    }));
    expect(
      read('embeddings', { model: 'm', object: 'list', usage, data }, documents),
    ).toMatchObject({ tokens: 158, sawEnd: true });
  });

  test('keys in another order, details in the usage, base64', () => {
    const { data } = openai(40, 900);
    const usage = {
      prompt_tokens: 99,
      total_tokens: 99,
      prompt_tokens_details: { cached_tokens: 0 },
    };
    const answer = { id: 'x', object: 'list', created: 1, model: 'm', data, usage };
    expect(read('embeddings', answer, 40)).toMatchObject({ tokens: 99, sawEnd: true });
    const base64 = { data: [{ embedding: 'AACAPwAAAEA=', index: 0, object: 'embedding' }] };
    expect(read('embeddings', base64, 1)).toMatchObject({ tokens: undefined, sawEnd: true });
  });

  test.each([
    [2, 5],
    [30, 768],
  ])('TEI: the bare list, %i vectors of %i', (documents, size) => {
    const list = Array.from({ length: documents }, () => vector(size));
    expect(read('embeddings', list, documents)).toMatchObject({ tokens: undefined, sawEnd: true });
  });

  test.each([
    [4, 8],
    [31, 1_024],
  ])('too few vectors are no answer', (documents, size) => {
    expect(read('embeddings', openai(documents, size), documents + 1)).toMatchObject({
      sawEnd: false,
      malformed: `${documents} answers for ${documents + 1} documents`,
    });
  });

  test('an error with 200, an empty vector, something else', () => {
    expect(read('embeddings', { error: { message: 'no room' } }, 1).errorMessage).toBe('no room');
    expect(read('embeddings', { data: [{ embedding: [] }] }, 1).malformed).toContain('0 answers');
    expect(read('embeddings', '<html>', 1).malformed).toContain('<html>');
    expect(read('embeddings', 'x'.repeat(20_000), 1).malformed).toBe('no JSON');
  });
});

describe('rankings', () => {
  const usage = { prompt_tokens: 80, total_tokens: 80 };
  const results = [
    { index: 1, document: { text: 'b' }, relevance_score: 0.9 },
    { index: 0, document: { text: 'a' }, relevance_score: 0.1 },
  ];
  test.each([
    ['vLLM', { id: 'rerank-1', model: 'm', usage, results }, 80],
    ['Jina, llama.cpp', { model: 'm', object: 'list', usage, results }, 80],
    [
      'Cohere v2',
      {
        id: 'x',
        results: results.map(({ index, relevance_score }) => ({ index, relevance_score })),
        meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
      },
      undefined,
    ],
    ['Cohere with tokens', { results, meta: { tokens: { input_tokens: 44 } } }, 44],
    [
      'TEI',
      [
        { index: 1, score: 0.99 },
        { index: 0, score: 0.01, text: 'a' },
      ],
      undefined,
    ],
    [
      'SGLang',
      [
        { score: 0.9, document: 'b', index: 1, meta_info: { id: 'a' } },
        { score: 0.1, document: 'a', index: 0, meta_info: {} },
      ],
      undefined,
    ],
  ])('%s', (_, answer, tokens) => {
    expect(read('rerank', answer, 2)).toMatchObject({ tokens, sawEnd: true, malformed: undefined });
    expect(read('rerank', answer, 3).malformed).toBe('2 answers for 3 documents');
  });

  test('flat and nested errors', () => {
    expect(read('rerank', { object: 'error', message: 'no such model' }, 1).errorMessage).toBe(
      'no such model',
    );
    expect(
      read('rerank', { error: 'Input validation', error_type: 'Validation' }, 1).errorMessage,
    ).toBe('Input validation');
  });
});

describe('requests', () => {
  function sent(kind: Kind, name: string): unknown {
    const dialect = dialectNamed(name);
    if (dialect === undefined) throw new Error(name);
    const body = JSON.parse(
      buildBatchBody({
        endpoint: kind,
        dialect,
        model: 'm',
        documents: ['a', 'b'],
        query: 'q',
        extra: { dimensions: 8, model: 'other' },
      }),
    );
    return { path: endpointPath(kind, dialect), body };
  }

  test('embeddings', () => {
    expect(sent('embeddings', 'vllm')).toEqual({
      path: '/embeddings',
      body: { dimensions: 8, model: 'm', input: ['a', 'b'], encoding_format: 'float' },
    });
    expect(sent('embeddings', 'tei')).toMatchObject({
      path: '/embed',
      body: { inputs: ['a', 'b'], truncate: true },
    });
  });

  test('rankings', () => {
    expect(sent('rerank', 'vllm')).toMatchObject({
      path: '/rerank',
      body: { model: 'm', query: 'q', documents: ['a', 'b'], top_n: 2 },
    });
    expect(sent('rerank', 'sglang')).toEqual({
      path: '/rerank',
      body: { dimensions: 8, model: 'm', query: 'q', documents: ['a', 'b'] },
    });
    expect(sent('rerank', 'tei')).toMatchObject({ body: { query: 'q', texts: ['a', 'b'] } });
  });

  test('pictures and sounds in the words of each API', () => {
    const dialect = dialectNamed('vllm');
    if (dialect === undefined) throw new Error('vllm');
    const media = [
      { type: 'image/png', base64: 'AAA=' },
      { type: 'audio/wav', base64: 'BBB=' },
    ] as const;
    const contentOf = (endpoint: 'chat' | 'messages' | 'responses'): unknown => {
      const spec = { endpoint, dialect, model: 'm', prompt: 'see', outputTokens: 4 };
      const body = JSON.parse(
        buildRequestBody({ ...spec, media: media.slice(0, endpoint === 'chat' ? 2 : 1) }),
      );
      return (body.messages ?? body.input)[0].content;
    };
    expect(contentOf('chat')).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAA=' } },
      { type: 'input_audio', input_audio: { data: 'BBB=', format: 'wav' } },
    ]);
    expect(contentOf('messages')).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAA=' } },
    ]);
    expect(contentOf('responses')).toEqual([
      { type: 'input_text', text: 'see' },
      { type: 'input_image', image_url: 'data:image/png;base64,AAA=' },
    ]);
  });
});
