/** Prompts: as long as asked, never alike at their beginning, and cheap. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { PROMPT_WORDS, WORD_GROUPS } from '../../../src/core/workload/prompt-words.ts';
import { createPrompts } from '../../../src/core/workload/prompts.ts';

const wordsOf = (text: string): string[] => text.split(' ');

describe('createPrompts', () => {
  it('has exactly 128 words in equal groups, so that seven bits pick one without favour', () => {
    expect(PROMPT_WORDS.length).toBe(128);
    expect(new Set(PROMPT_WORDS).size).toBe(128);
    expect(new Set(WORD_GROUPS.map((group) => group.length))).toEqual(new Set([16]));
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

  describe('where words cost differently', () => {
    /** An awkward tokenizer: a token for every three letters begun. */
    const cost = (word: string): number => Math.ceil(word.length / 3);
    const count = (text: string): number =>
      wordsOf(text).reduce((sum, word) => sum + cost(word), 0);
    const costs = {
      groupTokens: WORD_GROUPS.map((group) => count(group.join(' '))),
      fillerTokens: count('time'),
    };
    const prompts = createPrompts(createRandom(5), { templateTokens: 11, costs });

    it.each([150, 333, 1_000, 8_191, 32_000])('is within half a filler of %i tokens', (tokens) => {
      for (let i = 0; i < 50; i++) {
        const error = count(prompts.next(tokens)) + 11 - tokens;
        expect(Math.abs(error)).toBeLessThanOrEqual(1);
      }
    });

    it('still begins every prompt in its own way', () => {
      const texts = Array.from({ length: 5_000 }, () => prompts.next(200));
      expect(new Set(texts.map((text) => text.slice(0, 100))).size).toBe(5_000);
    });

    it('draws the same text from the same draws', () => {
      const drawn = (seed: string): string => prompts.drawn(500, createRandom(seed));
      expect(drawn('block-7')).toBe(drawn('block-7'));
      expect(drawn('block-7')).not.toBe(drawn('block-8'));
      expect(Math.abs(count(drawn('block-7')) - 500)).toBeLessThanOrEqual(1);
    });
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
