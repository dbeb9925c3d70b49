/** Each server's stream as it is on the wire, and what our reader must make of it. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outputTokensOf } from '../../../src/core/dialect/answer.ts';
import type { StreamEndpointKind } from '../../../src/core/dialect/endpoint.ts';
import { cutAt, exampleBytes, readPieces, textOf } from './read-example.ts';

interface Expected {
  readonly endpoint?: StreamEndpointKind;
  readonly content?: string;
  readonly reasoning?: string;
  readonly tool?: string;
  readonly chunks: number;
  readonly finish?: string | undefined;
  /** input, output, cached */
  readonly tokens?: readonly [number | undefined, number | undefined, number | undefined];
  readonly outcome: string;
  readonly error?: RegExp;
}

const NONE = [undefined, undefined, undefined] as const;

const EXPECTED: Readonly<Record<string, Expected>> = {
  'vllm-chat': {
    content: 'Hello wörld! 🚢',
    chunks: 3,
    finish: 'length',
    tokens: [12, 4, 8],
    outcome: 'ok',
  },
  'vllm-reasoning': {
    content: 'Yes.',
    reasoning: 'Let me think',
    chunks: 4,
    finish: 'stop',
    tokens: [20, 5, undefined],
    outcome: 'ok',
  },
  'vllm-continuous-usage': {
    content: 'One two three',
    chunks: 2,
    finish: 'length',
    tokens: [9, 3, undefined],
    outcome: 'ok',
  },
  'vllm-tool-call': {
    tool: 'get_weather{"city": "Oslo"}',
    chunks: 3,
    finish: 'tool_calls',
    tokens: [88, 17, undefined],
    outcome: 'ok',
  },
  'vllm-error': {
    content: 'Hal',
    chunks: 1,
    outcome: 'stream_error',
    error: /InternalServerError: EngineCore/,
  },
  'vllm-completions': {
    endpoint: 'completions',
    content: 'Once upon a time',
    chunks: 3,
    finish: 'length',
    tokens: [5, 4, undefined],
    outcome: 'ok',
  },
  'sglang-chat': {
    content: 'Hi there',
    reasoning: 'Hm',
    chunks: 3,
    finish: 'stop',
    tokens: [7, 4, 3],
    outcome: 'ok',
  },
  'sglang-abort': {
    content: 'Hi',
    chunks: 1,
    finish: 'abort',
    tokens: [7, 1, undefined],
    outcome: 'stream_error',
  },
  'tgi-chat': {
    content: 'The sea.',
    chunks: 3,
    finish: 'length',
    tokens: [14, 3, undefined],
    outcome: 'ok',
  },
  'tgi-error': { content: 'The', chunks: 1, outcome: 'stream_error', error: /out of memory/ },
  'llamacpp-chat': {
    content: 'Ahoy, you',
    chunks: 3,
    finish: 'length',
    tokens: [18, 3, 6],
    outcome: 'ok',
  },
  // Before usage was sent: only the timings tell.
  'llamacpp-2025': {
    content: 'Ahoy!',
    chunks: 2,
    finish: 'stop',
    tokens: [18, 2, 6],
    outcome: 'ok',
  },
  // Recorded from LiteLLM 1.108.7 in front of llama.cpp: a choice without content carries the usage, behind the finish.
  'litellm-recorded-chat': {
    content: "Say k's",
    chunks: 4,
    finish: 'length',
    tokens: [31, 4, 1],
    outcome: 'ok',
  },
  // Recorded from llama.cpp (xllamacpp 2026.10, gemma-3-270m), one for each endpoint that it has.
  'llamacpp-recorded-chat': {
    content: 'Say, ahoy, to',
    chunks: 6,
    finish: 'length',
    tokens: [32, 6, 0],
    outcome: 'ok',
  },
  'llamacpp-recorded-completions': {
    endpoint: 'completions',
    content: ', in the dusty lands',
    chunks: 5,
    finish: 'length',
    tokens: [5, 5, 1],
    outcome: 'ok',
  },
  'llamacpp-recorded-messages': {
    endpoint: 'messages',
    content: 'Say hello to the ship',
    chunks: 5,
    finish: 'max_tokens',
    tokens: [32, 5, 27],
    outcome: 'ok',
  },
  'llamacpp-recorded-responses': {
    endpoint: 'responses',
    content: '<|im_end',
    chunks: 5,
    finish: 'completed',
    tokens: [27, 5, 1],
    outcome: 'ok',
  },
  'llamacpp-recorded-chat-logprobs': {
    content: 'Say hello in',
    chunks: 3,
    finish: 'length',
    tokens: [29, 3, 24],
    outcome: 'ok',
  },
  // No usage was asked for; the timings tell.
  'llamacpp-recorded-chat-no-usage': {
    content: 'Say hello in',
    chunks: 3,
    finish: 'length',
    tokens: [29, 3, 24],
    outcome: 'ok',
  },
  // Progress of the prompt comes before the first token, and is none.
  'llamacpp-recorded-chat-progress': {
    content: 'Say hello in',
    chunks: 3,
    finish: 'length',
    tokens: [29, 3, 0],
    outcome: 'ok',
  },
  'llamacpp-recorded-chat-utf8': {
    content: 'Repeat: 😃 台湾語 héllo<|im_end|>',
    chunks: 16,
    finish: 'length',
    tokens: [32, 16, 1],
    outcome: 'ok',
  },
  // 1,002 tokens of prompt in a context of 1,024.
  'llamacpp-recorded-completions-context-full': {
    endpoint: 'completions',
    content: `${'word '.repeat(4)}${'phrase '.repeat(18).trimEnd()}`,
    chunks: 22,
    finish: 'length',
    tokens: [1002, 22, 1],
    outcome: 'ok',
  },
  'llamacpp-old-error': {
    content: 'Ahoy',
    chunks: 1,
    outcome: 'stream_error',
    error: /context shift/,
  },
  'ollama-chat': {
    content: 'Yes!',
    reasoning: 'Okay',
    chunks: 3,
    finish: 'stop',
    tokens: [26, 3, undefined],
    outcome: 'ok',
  },
  'ollama-completions': {
    endpoint: 'completions',
    content: 'ab',
    chunks: 2,
    finish: 'stop',
    tokens: [4, 2, undefined],
    outcome: 'ok',
  },
  'ollama-late-error': { content: 'Yes', chunks: 1, outcome: 'truncated' },
  'trtllm-chat': {
    content: 'Deep water',
    chunks: 2,
    finish: 'length',
    tokens: [11, 2, 0],
    outcome: 'ok',
  },
  // Usage on every chunk is no end: the connection was cut.
  'trtllm-cut': { content: 'Deep', chunks: 1, tokens: [11, 1, 0], outcome: 'truncated' },
  'triton-chat': {
    content: 'Three wheels',
    chunks: 2,
    finish: 'stop',
    tokens: [6, 2, undefined],
    outcome: 'ok',
  },
  'lmdeploy-chat': {
    content: 'Good day',
    chunks: 2,
    finish: 'length',
    tokens: [8, 2, 0],
    outcome: 'ok',
  },
  'localai-chat': {
    content: 'Local',
    chunks: 2,
    finish: 'stop',
    tokens: [5, 2, undefined],
    outcome: 'ok',
  },
  // Hidden reasoning is in the count, not in the stream.
  'openai-chat': {
    content: 'Sure thing',
    chunks: 2,
    finish: 'length',
    tokens: [19, 130, 0],
    outcome: 'ok',
  },
  'azure-chat': {
    content: 'A block of text. And another.',
    chunks: 2,
    finish: 'stop',
    tokens: [30, 9, undefined],
    outcome: 'ok',
  },
  'azure-filtered': {
    content: 'Well',
    chunks: 1,
    finish: 'content_filter',
    outcome: 'content_filtered',
  },
  'anthropic-messages': {
    endpoint: 'messages',
    content: 'Hello!',
    reasoning: 'Let us see',
    chunks: 3,
    finish: 'max_tokens',
    tokens: [40, 15, 10],
    outcome: 'ok',
  },
  'anthropic-error': {
    endpoint: 'messages',
    content: 'Hel',
    chunks: 1,
    tokens: [25, 1, undefined],
    outcome: 'stream_error',
    error: /overloaded_error: Overloaded/,
  },
  'anthropic-refusal': {
    endpoint: 'messages',
    content: 'I',
    chunks: 1,
    finish: 'refusal',
    tokens: [25, 2, undefined],
    outcome: 'content_filtered',
  },
  'openai-responses': {
    endpoint: 'responses',
    content: 'Fair winds',
    reasoning: 'Thinking',
    chunks: 3,
    finish: 'completed',
    tokens: [37, 11, 4],
    outcome: 'ok',
  },
  'openai-responses-incomplete': {
    endpoint: 'responses',
    content: 'Fair',
    chunks: 1,
    finish: 'max_output_tokens',
    tokens: [3, 1, undefined],
    outcome: 'ok',
  },
  'openai-responses-failed': {
    endpoint: 'responses',
    content: 'Fair',
    chunks: 1,
    outcome: 'stream_error',
    error: /server_error: The model failed/,
  },
  'openai-responses-error': {
    endpoint: 'responses',
    chunks: 0,
    outcome: 'stream_error',
    error: /Slow down/,
  },
  'crlf-comments-no-blank': { content: 'Ça va', chunks: 1, finish: 'stop', outcome: 'ok' },
};

describe('examples of what servers send', () => {
  it('has an expectation for each example and the other way round', () => {
    const files = readdirSync(new URL('./examples', import.meta.url)).map((name) =>
      name.replace(/\.sse$/, ''),
    );
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    const reading = readPieces(expected.endpoint ?? 'chat', [exampleBytes(name)]);
    expect(textOf(reading, 'content')).toBe(expected.content ?? '');
    expect(textOf(reading, 'reasoning')).toBe(expected.reasoning ?? '');
    expect(textOf(reading, 'tool_call')).toBe(expected.tool ?? '');
    const { answer } = reading;
    expect(answer.chunkCount).toBe(expected.chunks);
    expect(reading.deltas).toHaveLength(expected.chunks);
    expect(answer.finishReason).toBe(expected.finish);
    expect([answer.usage?.inputTokens, outputTokensOf(answer), answer.usage?.cachedTokens]).toEqual(
      expected.tokens ?? NONE,
    );
    expect(reading.outcome).toBe(expected.outcome);
    if (expected.error === undefined) expect(answer.errorMessage).toBeUndefined();
    else expect(answer.errorMessage).toMatch(expected.error);
  });

  it.each(Object.entries(EXPECTED))('%s, whatever the pieces', (name, { endpoint = 'chat' }) => {
    const bytes = exampleBytes(name);
    const whole = readPieces(endpoint, [bytes]);
    for (let at = 0; at <= bytes.length; at++) {
      expect(readPieces(endpoint, cutAt(bytes, [at]))).toEqual(whole);
    }
    const single = Array.from(bytes, (_, i) => Buffer.from(bytes.subarray(i, i + 1)));
    expect(readPieces(endpoint, single)).toEqual(whole);
  });
});
