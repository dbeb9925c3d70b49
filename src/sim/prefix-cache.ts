/**
 * The prefix cache of the simulated server, as vLLM keeps one: whole blocks of tokens, each known by
 * everything up to its end, the least recently used let go first. Blocks are known by a hash; prompts
 * of the virtual client (`pieceKeys`) and texts that come by HTTP (`http/word-keys.ts`) both have one.
 */
import type { PromptBlock } from '../core/workload/conversation.ts';

/** Tokens in one block: vLLM's default. */
export const BLOCK_TOKENS = 16;

/** A prompt and its answer as the cache sees them. */
export interface PromptKeys {
  /** Keys of the whole blocks within the first `tokens` tokens of prompt and answer. */
  upTo(tokens: number): readonly number[];
}

export interface PrefixCache {
  /** Tokens of the prompt that need not be computed; at least one token always is. */
  match(prompt: PromptKeys, inputTokens: number): number;
  /** Prompt and answer were computed up to there. */
  keep(prompt: PromptKeys, tokens: number): void;
  clear(): void;
}

export function createPrefixCache(capacityTokens: number): PrefixCache {
  const capacity = Math.floor(capacityTokens / BLOCK_TOKENS);
  // In order of use: a set keeps the order in which its members came.
  const known = new Set<number>();
  const touch = (key: number): void => {
    known.delete(key);
    known.add(key);
  };
  return {
    match(prompt, inputTokens) {
      const keys = prompt.upTo(inputTokens - 1);
      let hits = 0;
      while (hits < keys.length && known.has(keys[hits] ?? 0)) hits += 1;
      // The beginning last: it is worth the most.
      for (let i = hits - 1; i >= 0; i--) touch(keys[i] ?? 0);
      return hits * BLOCK_TOKENS;
    },
    keep(prompt, tokens) {
      const keys = prompt.upTo(tokens);
      for (let i = keys.length - 1; i >= 0; i--) touch(keys[i] ?? 0);
      for (const oldest of known) {
        if (known.size <= capacity) break;
        known.delete(oldest);
      }
    },
    clear() {
      known.clear();
    },
  };
}

/**
 * Keys of a prompt that is made of pieces, the last of which goes on for ever: equal pieces from the
 * start are equal tokens, and where they differ everything differs.
 */
export function pieceKeys(pieces: readonly PromptBlock[]): PromptKeys {
  const keys: number[] = [];
  let piece = 0;
  /** Tokens of the present piece before the next block. */
  let offset = 0;
  const next = (): number => {
    let key = keys.at(-1) ?? FIRST;
    for (let left = BLOCK_TOKENS; left > 0; ) {
      const { key: name, tokens } = pieces[piece] ?? ENDLESS;
      const taken = Math.min(left, tokens - offset);
      key = mixed(mixed(key, hashOf(name)), offset + taken);
      left -= taken;
      offset += taken;
      if (offset >= tokens) {
        piece += 1;
        offset = 0;
      }
    }
    return key;
  };
  return {
    upTo(tokens) {
      const count = Math.floor(tokens / BLOCK_TOKENS);
      while (keys.length < count) keys.push(next());
      return keys.length === count ? keys : keys.slice(0, count);
    },
  };
}

const ENDLESS: PromptBlock = { key: '', tokens: Number.POSITIVE_INFINITY };
/** Key of nothing. */
export const FIRST = 0x9e3779b9;

/** Keys have 48 bits, so that a million blocks have a chance of 2e-3 of a single collision. */
const LOW_RANGE = 2 ** 16;

/** Two multiplicative hashes of 32 and 16 bits side by side (Knuth 6.4). */
export function mixed(key: number, value: number): number {
  const low = key % LOW_RANGE;
  const high = Math.floor(key / LOW_RANGE);
  const nextHigh = Math.imul(high ^ value, 0x85ebca6b) ^ Math.imul(value + low, 0xc2b2ae35);
  const nextLow = (Math.imul(low ^ value, 0x27d4eb2f) >>> 11) % LOW_RANGE;
  return ((nextHigh ^ (nextHigh >>> 15)) >>> 0) * LOW_RANGE + nextLow;
}

export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
