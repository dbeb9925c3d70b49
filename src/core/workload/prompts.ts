/**
 * Prompts of about N tokens that no prefix cache has seen: the first words are random (80 bits), the
 * rest is a slice of one long random text. Slices make a prompt of any length nearly free, and the
 * text after a unique beginning is never shared, because caches match from the first token on.
 */
import type { Random } from '../base/random.ts';
import { PROMPT_WORDS } from './prompt-words.ts';

export interface PromptCalibration {
  /**
   * Tokens that the target counts for one of our words. Estimate: 1, the words are common ones; a
   * driver that reads `prompt_tokens` of the first answers can put the measured factor here.
   */
  readonly tokensPerWord?: number;
  /** Tokens that the target's chat template adds to every prompt. Unknown beforehand: 0. */
  readonly templateTokens?: number;
}

export interface Prompts {
  /** A text of about `tokens` tokens by the calibration; at least one word. */
  next(tokens: number): string;
}

/** 8 bits a word: 80 bits, so a repeat among a billion prompts has a chance of about 4e-7. */
const UNIQUE_WORDS = 10;
/** Words in the pool text: longer prompts walk round it, shorter ones start anywhere in it. */
const POOL_WORDS = 16_384;

export function createPrompts(random: Random, calibration: PromptCalibration = {}): Prompts {
  const { tokensPerWord = 1, templateTokens = 0 } = calibration;
  const pool = createPool(random);
  return {
    next(tokens) {
      const words = Math.max(1, Math.round((tokens - templateTokens) / tokensPerWord));
      const unique = Math.min(words, UNIQUE_WORDS);
      let text = drawWord(random);
      for (let i = 1; i < unique; i++) text += ` ${drawWord(random)}`;
      let start = random.integer(POOL_WORDS);
      for (let left = words - unique; left > 0; start = 0) {
        const taken = Math.min(left, POOL_WORDS - start);
        text += pool.slice(start, taken);
        left -= taken;
      }
      return text;
    },
  };
}

interface Pool {
  /** `count` words from word `start` on, each with a space before it. */
  slice(start: number, count: number): string;
}

function createPool(random: Random): Pool {
  const offsets = new Uint32Array(POOL_WORDS + 1);
  const words: string[] = [];
  let length = 0;
  for (let i = 0; i < POOL_WORDS; i++) {
    const word = ` ${drawWord(random)}`;
    words.push(word);
    length += word.length;
    offsets[i + 1] = length;
  }
  const text = words.join('');
  return { slice: (start, count) => text.slice(offsets[start], offsets[start + count]) };
}

function drawWord(random: Random): string {
  return PROMPT_WORDS[random.integer(PROMPT_WORDS.length)] ?? '';
}
