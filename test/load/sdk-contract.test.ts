/**
 * The `openai` package as the reference: the same bytes through it and through our reader give the
 * same text, finish reason, usage and number of contents.
 */
import { readdirSync, readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createAnswerStream } from '../../src/core/dialect/answer-stream.ts';

const EXAMPLES = new URL('../core/dialect/examples/', import.meta.url);
/** The package reads no bare error lines and stops at errors, which it throws. */
const CHAT = readdirSync(EXAMPLES).filter(
  (name) => !/error|abort|anthropic|messages|responses|completions/.test(name),
);

interface Seen {
  text: string;
  chunks: number;
  finish: string | undefined;
  output: number | undefined;
}

async function throughSdk(bytes: Buffer): Promise<Seen> {
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: 'http://127.0.0.1:9/v1',
    maxRetries: 0,
    fetch: async () =>
      new Response(new Uint8Array(bytes), { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  const seen: Seen = { text: '', chunks: 0, finish: undefined, output: undefined };
  for await (const chunk of stream) {
    const [choice] = chunk.choices;
    seen.finish = choice?.finish_reason ?? seen.finish;
    seen.output = chunk.usage?.completion_tokens ?? seen.output;
    // Fields that servers add are in the object though not in the package's types.
    const delta = { reasoning: undefined, reasoning_content: undefined, ...choice?.delta };
    const call = choice?.delta.tool_calls?.[0]?.function;
    const text =
      delta.content || delta.reasoning || delta.reasoning_content || call?.arguments || call?.name;
    if (typeof text !== 'string' || text === '') continue;
    seen.text += text;
    seen.chunks += 1;
  }
  return seen;
}

function throughOurs(bytes: Buffer): Seen {
  let text = '';
  const stream = createAnswerStream('chat', (delta) => {
    text += delta.text;
  });
  stream.push(bytes);
  stream.end();
  const { chunkCount, finishReason, usage } = stream.answer;
  return { text, chunks: chunkCount, finish: finishReason, output: usage?.outputTokens };
}

describe('the same stream through the openai package and through ours', () => {
  it.each(CHAT)('%s', async (name) => {
    const bytes = readFileSync(new URL(name, EXAMPLES));
    const ours = throughOurs(bytes);
    const reference = await throughSdk(bytes);
    // llama.cpp tells tokens in its timings where it sends no usage; the package does not read them.
    if (/llamacpp-(2025|.*no-usage)/.test(name)) reference.output = ours.output;
    expect(ours).toEqual(reference);
    expect(ours.chunks).toBeGreaterThan(0);
  });

  it('covers most servers', () => {
    expect(CHAT.length).toBeGreaterThan(12);
  });
});
