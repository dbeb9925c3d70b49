/**
 * Prompts of N tokens by the target's own count that no prefix cache has seen. Their beginning is drawn
 * anew (84 bits), the rest is a slice of one long random text: slices make a prompt of any length nearly
 * free, and the text after a unique beginning is never shared, because caches match from the first
 * token on.
 *
 * Words that all cost the same make any length exactly. Where they do not, prompts are made of whole
 * groups of words whose cost was counted, and one filler word for what is left: within half a filler
 * of the asked length.
 */
import type { Random } from '../base/random.ts';
import { FILLER_WORD, PROMPT_WORDS, WORD_GROUPS } from './prompt-words.ts';

/** Tokens that groups of our words cost, where not every word costs the same. */
export interface WordCosts {
  /** By index of `WORD_GROUPS`. */
  readonly groupTokens: readonly number[];
  readonly fillerTokens: number;
}

export interface PromptCalibration {
  /** Tokens that the target counts for one of our words, on average. Estimate: 1, they are common. */
  readonly tokensPerWord?: number;
  /** Tokens that the target's chat template adds to every prompt. Unknown beforehand: 0. */
  readonly templateTokens?: number;
  /** Tokens that a system message adds beside its words. Where none was counted: 0. */
  readonly systemTokens?: number;
  /** Tokens that an earlier turn and its answer add beside their words. Where none was counted: the template's. */
  readonly turnTokens?: number;
  readonly costs?: WordCosts;
  /** Who counted: the target's own usage or a tokenizer file; absent: nobody, it is an estimate. */
  readonly source?: 'usage' | 'tokenizer';
}

/** What a workload puts before its prompts, and costs tokens beside its own words. */
export interface PromptPlace {
  readonly hasSystem: boolean;
  /** Earlier turns and their answers. */
  readonly hasHistory: boolean;
}

export interface Prompts {
  /** A text of `tokens` tokens with what the template adds, by the calibration; at least one word. */
  next(tokens: number, hasHistory?: boolean): string;
  /** A text of `tokens` tokens without a template, drawn from `random` alone: the same draws, the same text. */
  drawn(tokens: number, random: Random): string;
}

/** 7 bits a word: 84 bits, so a repeat among a billion prompts has a chance of about 3e-8. */
const UNIQUE_WORDS = 12;
/** Two groups in a new order have 94 bits; a prompt that holds only one has 47. */
const UNIQUE_GROUPS = 2;
/** Words in the pool text: longer prompts walk round it, shorter ones start anywhere in it. */
const POOL_WORDS = 16_384;

export function createPrompts(random: Random, calibration: PromptCalibration = {}): Prompts {
  const { templateTokens = 0, turnTokens = templateTokens, costs } = calibration;
  const text = costs === undefined ? wordText(random, calibration) : groupText(random, costs);
  return {
    next: (tokens, hasHistory = false) =>
      text.next(tokens - (hasHistory ? turnTokens : templateTokens)),
    drawn: (tokens, own) => text.drawn(tokens, own),
  };
}

function wordText(random: Random, { tokensPerWord = 1 }: PromptCalibration): Prompts {
  const pool = createPool(Array.from({ length: POOL_WORDS }, () => drawWord(random)));
  const wordsIn = (tokens: number): number => Math.max(1, Math.round(tokens / tokensPerWord));
  return {
    next(tokens) {
      const words = wordsIn(tokens);
      const unique = Math.min(words, UNIQUE_WORDS);
      return drawWords(unique, random) + pool.walk(random.integer(POOL_WORDS), words - unique);
    },
    drawn: (tokens, own) => drawWords(wordsIn(tokens), own),
  };
}

/** Whole groups as long as they fit, then fillers; a text too short for that is of words at their mean. */
function groupText(random: Random, { groupTokens, fillerTokens }: WordCosts): Prompts {
  const mean = groupTokens.reduce((sum, tokens) => sum + tokens, 0) / PROMPT_WORDS.length;
  const largest = Math.max(...groupTokens);
  const made = (tokens: number, own: Random): string => {
    if (tokens < largest + fillerTokens) {
      return drawWords(Math.max(1, Math.round(tokens / mean)), own);
    }
    // The first word has no space before it and may cost more: it is the one that was calibrated with.
    const parts: string[] = [FILLER_WORD];
    let left = tokens - fillerTokens;
    while (left >= largest) {
      const group = own.integer(WORD_GROUPS.length);
      // Beyond the unique beginning any fixed order will do, and costs nothing.
      const isUnique = parts.length <= UNIQUE_GROUPS;
      parts.push(isUnique ? shuffled(group, own) : (GROUP_TEXTS[group] ?? FILLER_WORD));
      left -= groupTokens[group] ?? largest;
    }
    const fillers = Math.round(left / fillerTokens);
    for (let i = 0; i < fillers; i++) parts.push(FILLER_WORD);
    return parts.join(' ');
  };
  return { next: (tokens) => made(tokens, random), drawn: made };
}

const GROUP_TEXTS = WORD_GROUPS.map((words) => words.join(' '));

function shuffled(group: number, random: Random): string {
  const words = [...(WORD_GROUPS[group] ?? [])];
  for (let i = words.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [words[i], words[j]] = [words[j] ?? FILLER_WORD, words[i] ?? FILLER_WORD];
  }
  return words.join(' ');
}

interface Pool {
  /** `count` words from word `start` on, each with a space before it, round and round. */
  walk(start: number, count: number): string;
}

function createPool(words: readonly string[]): Pool {
  const offsets = new Uint32Array(words.length + 1);
  let length = 0;
  for (const [i, word] of words.entries()) {
    length += word.length + 1;
    offsets[i + 1] = length;
  }
  const text = words.map((word) => ` ${word}`).join('');
  return {
    walk(start, count) {
      let walked = '';
      let from = start;
      for (let left = count; left > 0; from = 0) {
        const taken = Math.min(left, words.length - from);
        walked += text.slice(offsets[from], offsets[from + taken]);
        left -= taken;
      }
      return walked;
    },
  };
}

function drawWords(count: number, random: Random): string {
  let text = drawWord(random);
  for (let i = 1; i < count; i++) text += ` ${drawWord(random)}`;
  return text;
}

function drawWord(random: Random): string {
  return PROMPT_WORDS[random.integer(PROMPT_WORDS.length)] ?? FILLER_WORD;
}
