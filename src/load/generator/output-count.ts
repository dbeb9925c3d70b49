/**
 * Tokens of an answer: the server's usage first; where the target tells none, a tokenizer over the
 * answer's words; without one the chunks. A chunk holds at least one token, so that a TPOT by chunks is
 * never shorter than the true one: it passes nothing that should fail.
 */
import { type Answer, outputTokensOf } from '../../core/dialect/answer.ts';
import type { OutputCounting } from '../port.ts';

export interface OutputCount {
  /** Whether the answer's words have to be kept. */
  readonly needsText: boolean;
  tokensOf(answer: Answer, text: string): number | undefined;
}

export function createOutputCount(
  counting: OutputCounting,
  count: ((text: string) => number) | undefined,
): OutputCount {
  const byTokenizer = counting === 'tokenizer' && count !== undefined;
  return {
    needsText: byTokenizer,
    tokensOf(answer, text) {
      const told = outputTokensOf(answer);
      if (told !== undefined || counting === 'usage') return told;
      if (byTokenizer) return text === '' ? undefined : count(text);
      // The whole answer in one chunk may be any number of tokens.
      return answer.chunkCount > 1 ? answer.chunkCount : undefined;
    },
  };
}
