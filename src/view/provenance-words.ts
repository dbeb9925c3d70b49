/**
 * Who counted the tokens and which files the load was made of, in words for page and Markdown: a number
 * over estimated prompt lengths, or over another file, is another number.
 */
import type { DataProvenance } from '../core/workload/readers/data-provenance.ts';
import { countText } from './page/number-text.ts';

export interface TokenCounts {
  readonly input: 'usage' | 'tokenizer' | 'estimate';
  /** `none`: vectors and rankings have none. */
  readonly output: 'usage' | 'tokenizer' | 'chunks' | 'none';
}

const COUNTED_BY: Readonly<Record<Exclude<TokenCounts['input' | 'output'], 'none'>, string>> = {
  usage: "the target's own count",
  tokenizer: 'a tokenizer file',
  estimate: 'an estimate of one token a word',
  chunks: 'the chunks of the stream, one token each',
};
/** Enough of a hash to tell two files apart by eye; the whole one is in the JSON. */
const HASH_DIGITS = 12;

export function tokenCountWords({ input, output }: TokenCounts): string {
  if (output === 'none') return `inputs by ${COUNTED_BY[input]}`;
  return input === output
    ? `prompts and answers by ${COUNTED_BY[input]}`
    : `prompts by ${COUNTED_BY[input]}, answers by ${COUNTED_BY[output]}`;
}

export function dataWords({
  path,
  format,
  rows,
  rowsUsed,
  sampling,
  sha256,
}: DataProvenance): string {
  const which = sampling === 'first' ? 'the first ' : '';
  const used =
    rowsUsed === rows
      ? `all ${countText(rows)}`
      : `${which}${countText(rowsUsed)} of ${countText(rows)}`;
  return `${path} (${format}): ${used} rows used, sha256 ${sha256.slice(0, HASH_DIGITS)}…`;
}
