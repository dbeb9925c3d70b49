/** The tables: what is sent to whom, how errors look, how a request ended. */
import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../../src/core/dialect/answer.ts';
import {
  DIALECT_NAMES,
  type DialectName,
  dialectNamed,
} from '../../../src/core/dialect/dialects.ts';
import {
  errorMessageIn,
  errorMessageInBody,
  isErrorBody,
} from '../../../src/core/dialect/error-message.ts';
import { outcomeOfAnswer, outcomeOfStatus } from '../../../src/core/dialect/outcome-rules.ts';
import { buildRequestBody, forcesLength } from '../../../src/core/dialect/request-body.ts';
import { readPieces } from './read-example.ts';

const VLLM_LIKE = { max_completion_tokens: 9, min_tokens: 9, ignore_eos: true };
const USAGE = { include_usage: true };

/** The fields of a chat request beside model, messages and stream. */
const CHAT_FIELDS: Readonly<Record<DialectName, object>> = {
  generic: { max_tokens: 9, stream_options: USAGE },
  openai: { max_completion_tokens: 9, stream_options: { ...USAGE, include_obfuscation: false } },
  azure: { max_completion_tokens: 9, stream_options: USAGE },
  vllm: { ...VLLM_LIKE, stream_options: USAGE },
  sglang: { ...VLLM_LIKE, stream_options: USAGE },
  trtllm: { ...VLLM_LIKE, stream_options: { ...USAGE, continuous_usage_stats: false } },
  triton: { ...VLLM_LIKE, stream_options: USAGE },
  dynamo: { ...VLLM_LIKE, stream_options: USAGE },
  nim: { ...VLLM_LIKE, stream_options: USAGE },
  lmdeploy: {
    max_completion_tokens: 9,
    min_new_tokens: 9,
    ignore_eos: true,
    stream_options: USAGE,
  },
  llamacpp: { max_tokens: 9, ignore_eos: true, cache_prompt: false, stream_options: USAGE },
  tgi: { max_tokens: 9, stream_options: USAGE },
  ollama: { max_tokens: 9, stream_options: USAGE },
  localai: { max_tokens: 9, ignore_eos: true, stream_options: USAGE },
  anthropic: { max_tokens: 9, stream_options: USAGE },
  tei: { max_tokens: 9, stream_options: USAGE },
  cohere: { max_tokens: 9, stream_options: USAGE },
};

function body(name: string, endpoint: 'chat' | 'completions' | 'responses' | 'messages'): unknown {
  const dialect = dialectNamed(name);
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  return JSON.parse(
    buildRequestBody({ endpoint, dialect, model: 'm', prompt: 'hi', outputTokens: 9 }),
  );
}

describe('request bodies', () => {
  it.each(DIALECT_NAMES)('chat for %s', (name) => {
    expect(body(name, 'chat')).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      ...CHAT_FIELDS[name],
    });
  });

  it('bounds completions by max_tokens everywhere, and forces where the server can', () => {
    expect(body('vllm', 'completions')).toEqual({
      model: 'm',
      prompt: 'hi',
      max_tokens: 9,
      min_tokens: 9,
      ignore_eos: true,
      stream: true,
      stream_options: USAGE,
    });
    expect(body('openai', 'completions')).toMatchObject({ prompt: 'hi', max_tokens: 9 });
  });

  it('speaks Responses and Messages', () => {
    expect(body('openai', 'responses')).toEqual({
      model: 'm',
      input: 'hi',
      max_output_tokens: 9,
      store: false,
      stream: true,
    });
    expect(body('llamacpp', 'messages')).toMatchObject({ max_tokens: 9, cache_prompt: false });
    expect(body('llamacpp', 'responses')).toMatchObject({ cache_prompt: false });
    expect(body('anthropic', 'messages')).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 9,
      stream: true,
    });
  });

  it('claims a forced length only where one is forced', () => {
    const forced = DIALECT_NAMES.filter((name) => {
      const dialect = dialectNamed(name);
      return dialect !== undefined && forcesLength(dialect, 'chat');
    });
    expect(forced).toEqual([
      'vllm',
      'sglang',
      'trtllm',
      'triton',
      'dynamo',
      'nim',
      'lmdeploy',
      'llamacpp',
      'localai',
    ]);
    const vllm = dialectNamed('vllm');
    expect(vllm !== undefined && forcesLength(vllm, 'messages')).toBe(false);
    expect(dialectNamed('nonsense')).toBeUndefined();
    expect(dialectNamed('toString')).toBeUndefined();
  });
});

describe('error shapes', () => {
  it.each([
    ['nested', { error: { message: 'no', type: 'bad', code: 400 } }, 'bad: no'],
    [
      'flat SGLang',
      { object: 'error', message: 'no', type: 'BadRequest', code: 400 },
      'BadRequest: no',
    ],
    ['TGI', { error: 'Model is overloaded', error_type: 'overloaded' }, 'Model is overloaded'],
    ['Anthropic', { type: 'error', error: { type: 'api_error', message: 'no' } }, 'api_error: no'],
    ['without words', { error: {} }, 'error without a message'],
    ['null is no error', { error: null, choices: [] }, undefined],
    ['a chunk is no error', { choices: [{ delta: { content: 'error' } }] }, undefined],
  ])('%s', (_, object, message) => {
    expect(errorMessageIn(object)).toBe(message);
  });

  it.each([
    ['{"detail":"Not authenticated"}', 'Not authenticated'],
    ['{"message":"no route"}', 'no route'],
    ['<html>502</html>', '<html>502</html>'],
    ['  ', undefined],
    ['[1]', '[1]'],
  ])('body %s', (text, message) => {
    expect(errorMessageInBody(text)).toBe(message);
  });

  it('shortens what a server says', () => {
    expect(errorMessageInBody('x'.repeat(10_000))?.length).toBeLessThan(400);
  });

  it('knows an error body from another', () => {
    expect(isErrorBody('{"error":{"message":"no"}}')).toBe(true);
    expect(isErrorBody('{"choices":[]}')).toBe(false);
    expect(isErrorBody('error')).toBe(false);
  });
});

describe('outcomes', () => {
  it.each([
    [200, undefined],
    [204, undefined],
    [301, 'redirect'],
    [400, 'client_error'],
    [424, 'client_error'],
    [429, 'rejected'],
    [503, 'rejected'],
    [529, 'rejected'],
    [500, 'server_error'],
    [504, 'server_error'],
    [600, 'malformed'],
  ])('HTTP %i', (status, outcome) => {
    expect(outcomeOfStatus(status)).toBe(outcome);
  });

  const done = { ...createAnswer(), sawEnd: true };
  it.each([
    ['nothing came', createAnswer(), 'truncated'],
    ['tokens without an end', { ...createAnswer(), chunkCount: 3 }, 'truncated'],
    ['[DONE] alone ends it', { ...done, chunkCount: 3 }, 'ok'],
    ['so does a finish reason', { ...createAnswer(), chunkCount: 3, finishReason: 'length' }, 'ok'],
    ['so does a closing usage', { ...createAnswer(), chunkCount: 3, sawFinalUsage: true }, 'ok'],
    ['no token', { ...done, finishReason: 'stop' }, 'empty'],
    ['an error wins', { ...done, chunkCount: 3, errorMessage: 'no' }, 'stream_error'],
    ['parse_error', { ...done, chunkCount: 3, finishReason: 'parse_error' }, 'stream_error'],
    ['a filter', { ...done, chunkCount: 3, finishReason: 'content_filter' }, 'content_filtered'],
    ['garbage', { ...done, malformed: 'x' }, 'malformed'],
  ])('%s', (_, answer, outcome) => {
    expect(outcomeOfAnswer(answer)).toBe(outcome);
  });
});

describe('garbage in a stream', () => {
  it.each([
    ['no JSON', 'data: hello\n\n'],
    ['a list', 'data: [1]\n\n'],
    ['a number', 'data: 5\n\n'],
    ['broken UTF-8', Buffer.from([...Buffer.from('data: {"a":"'), 0xc3, ...Buffer.from('"}\n\n')])],
    ['a giant line', `data: {"a":"${'x'.repeat(70_000)}"}\n\n`],
  ])('%s', (_, text) => {
    const reading = readPieces('chat', [Buffer.from(text)]);
    expect(reading.outcome).toBe('malformed');
  });

  it('takes the replacement character that a model itself wrote', () => {
    const event = 'data: {"choices":[{"delta":{"content":"\uFFFD"},"finish_reason":"stop"}]}\n\n';
    expect(readPieces('chat', [Buffer.from(event)]).outcome).toBe('ok');
  });

  it('takes fields of wrong types for absent', () => {
    const event =
      'data: {"choices":[{"delta":{"content":5,"tool_calls":{}},"finish_reason":1}],"usage":{"prompt_tokens":-1,"completion_tokens":1e99}}\n\n';
    const { answer, outcome } = readPieces('chat', [Buffer.from(event)]);
    expect(outcome).toBe('truncated');
    expect(answer.usage).toEqual({
      inputTokens: undefined,
      outputTokens: undefined,
      cachedTokens: undefined,
    });
  });
});
