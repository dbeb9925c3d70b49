/**
 * The conversations that the rows of a data file are: hash ids become blocks that prompts share, texts go
 * as they are, and a row that only knows lengths gets a prompt of that length from whoever sends it.
 */
import type { Random } from '../../base/random.ts';
import type { Conversation, ConversationSource, PromptBlock, Turn } from '../conversation.ts';
import { drawLength } from '../lengths.ts';
import type { LengthSpec } from '../spec.ts';
import type { RowSample } from './row-sample.ts';

export interface FileSourcePlan {
  readonly sample: RowSample;
  readonly blockTokens: number;
  /** In the file's order, or in one drawn anew for each pass. */
  readonly ordered: boolean;
  /** For rows that do not know theirs. */
  readonly outputTokens?: LengthSpec;
  /** Index in `partsOf(workload)`. */
  readonly part: number;
  readonly countTokens: (text: string) => number;
}

/** For a row without a length and a workload without a law, which the reader refuses beforehand. */
const NO_LAW: LengthSpec = { kind: 'fixed', tokens: 1 };

export function createFileSource(plan: FileSourcePlan, random: Random): ConversationSource {
  const { sample, ordered } = plan;
  const firsts = [...sample.isFirst.keys()].filter((row) => sample.isFirst[row] === 1);
  const lengths = random.fork('output-tokens');
  const order = random.fork('order');
  let next = 0;
  return {
    next() {
      if (next % firsts.length === 0 && !ordered) shuffle(firsts, order);
      const first = firsts[next % firsts.length] ?? 0;
      next += 1;
      return conversationAt(plan, first, lengths);
    },
  };
}

function conversationAt(plan: FileSourcePlan, first: number, lengths: Random): Conversation {
  const { sample } = plan;
  const turns: Turn[] = [];
  const shared: readonly PromptBlock[] = blocksAt(plan, first);
  for (let row = first; row >= 0; row = sample.nextTurn[row] ?? -1) {
    turns.push(turnAt(plan, row, row === first ? shared : [], lengths));
  }
  const atMs = sample.atMs[first] ?? Number.NaN;
  return { part: plan.part, shared, turns, ...(Number.isNaN(atMs) ? {} : { atMs }) };
}

function turnAt(
  { sample, outputTokens, countTokens }: FileSourcePlan,
  row: number,
  shared: readonly PromptBlock[],
  lengths: Random,
): Turn {
  const prefix = sample.prefixes[row] ?? '';
  const prompt = sample.prompts[row] ?? '';
  const text = prefix === '' ? prompt : `${prefix}\n\n${prompt}`;
  const known = sample.inputTokens[row] ?? -1;
  const whole = known > 0 ? known : countTokens(text);
  const inShared = shared.reduce((sum, block) => sum + block.tokens, 0);
  const drawn = sample.outputTokens[row] ?? -1;
  const next = sample.nextTurn[row] ?? -1;
  return {
    inputTokens: Math.max(0, whole - inShared),
    outputTokens: drawn > 0 ? drawn : drawLength(outputTokens ?? NO_LAW, lengths),
    thinkMs: next < 0 ? 0 : (sample.delayMs[next] ?? 0),
    ...(text === '' ? {} : { text }),
  };
}

/**
 * Every id is a block, the last one cut to what is left of the prompt: its published id stands for the
 * tokens that are there, so it is shared, too.
 */
function blocksAt({ sample, blockTokens }: FileSourcePlan, row: number): readonly PromptBlock[] {
  const from = sample.hashStart[row] ?? 0;
  const to = sample.hashStart[row + 1] ?? from;
  const blocks: PromptBlock[] = [];
  let left = sample.inputTokens[row] ?? -1;
  for (let i = from; i < to && left > 0; i++) {
    const tokens = Math.min(blockTokens, left);
    blocks.push({ key: String(sample.hashIds[i]), tokens });
    left -= tokens;
  }
  return blocks;
}

/** Fisher and Yates. */
function shuffle(list: number[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = list[i] ?? 0;
    list[i] = list[j] ?? 0;
    list[j] = kept;
  }
}
