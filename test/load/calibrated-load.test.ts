/** Over HTTP: what the simulated server counts of our prompts after the check is what was asked. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { checkTarget } from '../../src/load/check-target.ts';
import { createTokenCounter } from '../../src/load/tokenizer-file.ts';
import { type SimServer, startSimServer } from '../../src/sim/http/sim-server.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { createOneSender, type OneSender, planOf } from './one-sender.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

const tokenizer = createTokenCounter(
  readFileSync(new URL('./shapes/tokenizer.json', import.meta.url), 'utf8'),
);
/** Two and a half letters a token, and a start token. */
const awkward = (text: string): number =>
  1 + text.split(' ').reduce((sum, word) => sum + Math.ceil(word.length / 2.5), 0);

async function against(countTokens: (text: string) => number, tokens: number): Promise<OneSender> {
  const server: SimServer = await startSimServer({ model: SERVERS.fast, speed: 50, countTokens });
  open.push(server);
  const candidate = {
    baseUrl: `${server.url}/v1`,
    pinnedAddress: '127.0.0.1',
    dialect: 'auto',
    headers: {},
  };
  const facts = await checkTarget(candidate, new AbortController().signal);
  if (!facts.ok) throw new Error(facts.error.detail);
  const { model, dialect, prompts } = facts.value;
  expect(prompts?.source).toBe('usage');
  const plan = planOf({ baseUrl: candidate.baseUrl });
  const one = createOneSender({
    ...plan,
    target: { ...plan.target, model, dialect, ...(prompts !== undefined && { prompts }) },
    workload: {
      kind: 'synthetic',
      endpoint: 'chat',
      inputTokens: { kind: 'fixed', tokens },
      outputTokens: { kind: 'fixed', tokens: 2 },
      arrivals: { kind: 'poisson' },
    },
  });
  open.push(one);
  return one;
}

describe.each([
  ['a word a token', (text: string) => text.split(' ').length],
  ['an awkward tokenizer', awkward],
  ['a real tokenizer', tokenizer.count],
])('%s', (_, countTokens) => {
  it.each([200, 1_000, 4_000])('%i tokens are within 2 %', async (tokens) => {
    const one = await against(countTokens, tokens);
    for (let i = 0; i < 5; i++) await one.request();
    const { count, inputTokens } = one.records();
    expect(count).toBe(5);
    for (const told of inputTokens.subarray(0, count)) {
      expect(Math.abs(told - tokens) / tokens).toBeLessThanOrEqual(0.02);
    }
  });
});
