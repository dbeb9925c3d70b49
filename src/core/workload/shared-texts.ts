/**
 * Texts that many requests begin with, made from their keys: equal keys are equal texts, for every
 * generator and for as long as the randomness of the keys stays the same.
 */
import type { Random } from '../base/random.ts';
import type { PromptBlock } from './conversation.ts';
import type { Prompts } from './prompts.ts';

export interface SharedTexts {
  /** The blocks one after the other. */
  textOf(blocks: readonly PromptBlock[]): string;
}

/** Characters that are kept; beyond it the oldest texts are made anew when they come. */
const MAX_KEPT_CHARS = 16_777_216;

/**
 * `seeded` gives the randomness of a key; whoever shares must be given the same. `systemTokens`: what the
 * template adds to the whole, by which the first block is shorter, so that the prompt is as long as asked
 * and what is unique in it stays.
 */
export function createSharedTexts(
  prompts: Pick<Prompts, 'drawn'>,
  seeded: (key: string) => Random,
  systemTokens = 0,
): SharedTexts {
  let keptChars = 0;
  const kept = new Map<string, string>();
  const textOfBlock = (block: PromptBlock): string => {
    const name = `${block.key} ${block.tokens}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    const text = prompts.drawn(block.tokens, seeded(block.key));
    for (const [old, { length }] of kept) {
      if (keptChars + text.length <= MAX_KEPT_CHARS) break;
      kept.delete(old);
      keptChars -= length;
    }
    kept.set(name, text);
    keptChars += text.length;
    return text;
  };
  const shortened = (block: PromptBlock, i: number): PromptBlock =>
    i === 0 ? { ...block, tokens: block.tokens - systemTokens } : block;
  return { textOf: (blocks) => blocks.map(shortened).map(textOfBlock).join(' ') };
}
