/** Prompts: as long as asked, never alike at their beginning, and cheap. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { PROMPT_WORDS } from '../../../src/core/workload/prompt-words.ts';
import { createPrompts } from '../../../src/core/workload/prompts.ts';

const wordsOf = (text: string): string[] => text.split(' ');

describe('createPrompts', () => {
  it('has exactly 256 words, so that a byte picks one without favour', () => {
    expect(PROMPT_WORDS.length).toBe(256);
    expect(new Set(PROMPT_WORDS).size).toBe(256);
  });

  it.each([1, 2, 9, 10, 11, 500, 16_384, 16_400, 40_000])('writes %i words', (tokens) => {
    const prompts = createPrompts(createRandom(1));
    for (let i = 0; i < 5; i++) {
      const words = wordsOf(prompts.next(tokens));
      expect(words.length).toBe(tokens);
      expect(words.every((word) => word.length > 0)).toBe(true);
    }
  });

  it('follows the calibration', () => {
    const prompts = createPrompts(createRandom(1), { tokensPerWord: 1.25, templateTokens: 20 });
    expect(wordsOf(prompts.next(1_020)).length).toBe(800);
    expect(wordsOf(prompts.next(5)).length).toBe(1);
  });

  it('begins every prompt in its own way', () => {
    const prompts = createPrompts(createRandom(2));
    const beginnings = new Set<string>();
    for (let i = 0; i < 20_000; i++)
      beginnings.add(wordsOf(prompts.next(12)).slice(0, 10).join(' '));
    expect(beginnings.size).toBe(20_000);
  });

  it('repeats for one seed and differs between the forks of two generators', () => {
    const first = (label: string): string => createPrompts(createRandom(3).fork(label)).next(50);
    expect(first('generator-0')).toBe(first('generator-0'));
    expect(first('generator-0')).not.toBe(first('generator-1'));
  });

  it('costs little for a long prompt', () => {
    const prompts = createPrompts(createRandom(4));
    let length = 0;
    const started = performance.now();
    for (let i = 0; i < 2_000; i++) length += prompts.next(4_000).length;
    // Aim: far below 0.1 ms each (200 ms); the bound leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(length / 2_000 / 4_000).toBeGreaterThan(4);
  });
});
