/**
 * A prompt that came as text, and the answer that is given to it, as the prefix cache sees them: a
 * token is a word, a block is known by the hash of all words up to its end.
 */
import { BLOCK_TOKENS, FIRST, hashOf, mixed, type PromptKeys } from '../prefix-cache.ts';

/** `answerWord`: the i-th word of the answer, from 1 on. Nothing is shared between two realms. */
export function wordKeys(
  texts: readonly string[],
  answerWord: (i: number) => string,
  realm: string,
): PromptKeys {
  const words = texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== ''));
  const keys: number[] = [];
  let key = mixed(FIRST, hashOf(realm));
  let seen = 0;
  const wordAt = (i: number): string => words[i] ?? answerWord(i - words.length + 1).trim();
  return {
    upTo(tokens) {
      const count = Math.floor(tokens / BLOCK_TOKENS);
      while (keys.length < count) {
        for (const end = seen + BLOCK_TOKENS; seen < end; seen++) {
          key = mixed(key, hashOf(wordAt(seen)));
        }
        keys.push(key);
      }
      return keys.length === count ? keys : keys.slice(0, count);
    },
  };
}
