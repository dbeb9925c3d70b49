/** Prompts have the asked length on the target's own count, whatever it counts with. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import { createPrompts } from '../../src/core/workload/prompts.ts';
import { type CountPrompt, calibratePrompts } from '../../src/load/calibrate-prompts.ts';
import { createTokenCounter } from '../../src/load/tokenizer-file.ts';

const words = (text: string): string[] => text.split(' ');
const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
const file = readFileSync(new URL('./shapes/tokenizer.json', import.meta.url), 'utf8');
const tokenizer = createTokenCounter(file);

/** Ways in which servers count, each with a template of its own. */
const COUNTERS: readonly (readonly [string, number, (text: string) => number])[] = [
  ['a token a word', 7, (text) => words(text).length],
  [
    'a token for every three letters begun',
    21,
    (text) => sum(words(text).map((w) => Math.ceil(w.length / 3))),
  ],
  ['a token a byte, nearly', 0, (text) => sum(words(text).map((w) => w.length + 1))],
  [
    'odd words cost three',
    11,
    (text) => sum(words(text).map((w) => ((w.charCodeAt(0) + w.charCodeAt(2)) % 3 === 0 ? 3 : 1))),
  ],
  ['a real tokenizer of 700 entries', 14, tokenizer.count],
];

describe.each(COUNTERS)('%s', (_, template, count) => {
  const target = (prompt: string): number => template + count(prompt);

  test('every length from 150 tokens on is within 2 %', async () => {
    let requests = 0;
    const calibration = await calibratePrompts(async (prompt) => {
      requests += 1;
      return target(prompt);
    }, 'usage');
    expect(calibration?.source).toBe('usage');
    expect(requests).toBeLessThanOrEqual(11);
    const prompts = createPrompts(createRandom(1), calibration);
    for (const tokens of [150, 400, 1_024, 4_000, 20_000]) {
      for (let i = 0; i < 20; i++) {
        const error = Math.abs(target(prompts.next(tokens)) - tokens) / tokens;
        expect(error, `${tokens}`).toBeLessThanOrEqual(0.02);
      }
    }
  });
});

test('a system message and earlier turns cost what their template adds', async () => {
  // As a chat template does: so much for each message, so much to begin the answer.
  const perMessage = 9;
  const counted: string[] = [];
  const count: CountPrompt = async (prompt, { system, history = [] } = {}) => {
    counted.push(system !== undefined ? 'system' : history.length > 0 ? 'history' : 'alone');
    const texts = [
      ...(system === undefined ? [] : [system]),
      ...history.map((s) => s.text),
      prompt,
    ];
    return 4 + sum(texts.map((text) => perMessage + words(text).length));
  };
  expect(await calibratePrompts(count, 'usage', { hasSystem: true, hasHistory: true })).toEqual({
    tokensPerWord: 1,
    templateTokens: 4 + perMessage,
    systemTokens: perMessage,
    turnTokens: 2 * perMessage,
    source: 'usage',
  });
  expect(counted.filter((kind) => kind !== 'alone')).toEqual(['system', 'history']);
  // A template with a system message of its own, which ours takes the place of.
  const replacing: CountPrompt = async (prompt, { system } = {}) =>
    30 + words(prompt).length + (system === undefined ? 0 : words(system).length - 20);
  expect(
    await calibratePrompts(replacing, 'usage', { hasSystem: true, hasHistory: false }),
  ).toMatchObject({ templateTokens: 30, systemTokens: -20 });
});

test('a server that counts something else teaches nothing', async () => {
  expect(await calibratePrompts(async () => undefined, 'usage')).toBeUndefined();
  // Only what its cache does not hold: always the same.
  expect(await calibratePrompts(async () => 4, 'usage')).toBeUndefined();
  // Characters.
  expect(await calibratePrompts(async (prompt) => prompt.length * 3, 'usage')).toBeUndefined();
});

test('the tokenizer counts as its makers do', () => {
  // By the `tokenizers` package of Python, version 0.23.3, with the same file.
  const known: [string, number][] = JSON.parse(
    readFileSync(new URL('./shapes/tokenizer-counts.json', import.meta.url), 'utf8'),
  );
  for (const [text, tokens] of known) expect(tokenizer.count(text), text).toBe(tokens);
  expect(() => createTokenCounter('{"a": 1}')).toThrow('it has no model');
  expect(() => createTokenCounter('not JSON')).toThrow();
});
