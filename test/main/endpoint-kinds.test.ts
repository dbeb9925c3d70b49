/**
 * Every kind of request through the whole service to the simulated server over real HTTP: what is asked is
 * what the server counts, kinds without a stream have no first token, and the result says who counted.
 */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { stage, startService, startSim } from './processes.ts';

const on = stage();

const ended = z.looseObject({
  state: z.literal('done'),
  links: z.looseObject({ requests: z.string() }),
  provenance: z.looseObject({ token_counts: z.looseObject({}) }),
});

interface Line {
  readonly part: number;
  readonly outcome: string;
  readonly first_token_ms: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly asked_input_tokens: number | null;
}

async function gate(slo: string, parts: readonly object[]) {
  const [{ url }, sim] = await Promise.all([
    startService(on.folder).then(on.keep),
    startSim(['--server', 'cached', '--adapters', 'lora-a']).then(on.keep),
  ]);
  const answer = await fetch(`${url}/v1/gates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=55' },
    body: JSON.stringify({
      target: { base_url: `${sim.url}/v1`, model: 'cached' },
      slo,
      at_least: 4,
      workload: { parts },
      budget: { load_seconds: 6 },
    }),
  });
  const body = ended.parse(await answer.json());
  const lines = await (await fetch(url + body.links.requests)).text();
  const all = lines
    .trim()
    .split('\n')
    .map((line): Line => JSON.parse(line));
  const partOf = (part: number): readonly Line[] => {
    const own = all.filter((line) => line.part === part && line.outcome !== 'pending');
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    return own;
  };
  return { provenance: body.provenance, partOf };
}

test('the kinds that stream, with conversations, an adapter, pictures and sounds', async () => {
  const request = { input_tokens: 60, output_tokens: 4, weight: 0.125 };
  const talk = { ...request, turns: 2, shared_prefix: { tokens: 64 } };
  const parts = [
    { name: 'chat', ...talk },
    { name: 'old', ...request, endpoint: 'completions' },
    { name: 'responses', ...talk, endpoint: 'responses' },
    { name: 'messages', ...talk, endpoint: 'messages' },
    { name: 'pictures', ...request, images: { width: 56, height: 56, count: 2 } },
    { name: 'sounds', ...request, audio: { seconds: 1, count: 1 } },
    { name: 'adapter', ...request, model: 'lora-a' },
    { name: 'plain', ...request },
  ];
  const slo = 'p90(ttft) < 10 s and p90(ttft, messages) < 10 s and error_rate < 1%';
  const { provenance, partOf } = await gate(slo, parts);
  expect(provenance.token_counts).toEqual({ input: 'usage', output: 'usage' });
  for (const [i, { name }] of parts.entries()) {
    for (const line of partOf(i)) {
      expect(line.first_token_ms, name).not.toBeNull();
      expect(line.output_tokens, name).toBeGreaterThan(0);
      const asked = line.asked_input_tokens;
      if (asked !== null) {
        expect(Math.abs((line.input_tokens ?? 0) - asked), name).toBeLessThanOrEqual(asked * 0.02);
      }
    }
  }
  // Two pictures of 2 by 2 patches, a second of 25 tokens.
  for (const line of partOf(4)) expect(line.input_tokens).toBe(60 + 2 * 4);
  for (const line of partOf(5)) expect(line.input_tokens).toBe(60 + 25);
});

test('the kinds that answer in one piece have no first token, and no output to count', async () => {
  const parts = [
    { name: 'vectors', endpoint: 'embeddings', weight: 0.5, input_tokens: 40, documents: 3 },
    { name: 'ranking', endpoint: 'rerank', weight: 0.5, input_tokens: 40, documents: 5 },
  ];
  const { provenance, partOf } = await gate('p90(e2e) < 10 s and error_rate < 1%', parts);
  expect(provenance.token_counts).toEqual({ input: 'usage', output: 'none' });
  for (const line of [...partOf(0), ...partOf(1)]) {
    expect(line).toMatchObject({ first_token_ms: null, output_tokens: null });
  }
  for (const line of partOf(0)) expect(line.input_tokens).toBe(3 * 40);
});
