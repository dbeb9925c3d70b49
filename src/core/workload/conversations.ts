/**
 * The conversations of a workload, one after another from one seed: which part, which shared
 * beginning, how many turns, how long. Everything of a conversation is drawn when it is taken, so that
 * its turns are the same however the answers interleave, and two clients that take conversations in
 * the same order send the same requests.
 *
 * Every law has a stream of randomness of its own: another output law leaves the inputs of the same
 * seed as they were, and another part leaves the parts before it.
 */
import type { Random } from '../base/random.ts';
import { assert } from '../base/result.ts';
import type { ConversationSource, PromptBlock, Turn } from './conversation.ts';
import { drawDurationMs } from './durations.ts';
import { drawLength, lengthAtScore } from './lengths.ts';
import { partsOf } from './parts.ts';
import type { SharedPrefixSpec, SyntheticSpec, WorkloadSpec } from './spec.ts';

/** `files`: by index of the part, for the parts whose data is read and not drawn. */
export function createConversations(
  workload: WorkloadSpec,
  random: Random,
  files: ReadonlyMap<number, ConversationSource> = new Map(),
): ConversationSource {
  const parts = partsOf(workload);
  const sources = parts.map((part, index): ConversationSource => {
    const file = files.get(index);
    if (file !== undefined) return file;
    assert(part.request.kind === 'synthetic', `no data for part ${part.name}`);
    // The one part of a plain workload draws from the stream itself.
    return syntheticSource(
      part.request,
      index,
      index === 0 ? random : random.fork(`part-${index}`),
    );
  });
  const [only] = sources;
  assert(only !== undefined, 'a workload without a part');
  if (sources.length === 1) return only;
  const choice = random.fork('parts');
  const weights = parts.map((part) => part.weight);
  return { next: () => (sources[pick(weights, choice)] ?? only).next() };
}

/**
 * The conversations that client `index` of `count` takes: every count-th. Each draws the whole stream
 * and skips the others', so that all together send the one stream.
 */
export function shareConversations(
  whole: ConversationSource,
  index: number,
  count: number,
): ConversationSource {
  const skip = (n: number): void => {
    for (let i = 0; i < n; i++) whole.next();
  };
  skip(index);
  return {
    next() {
      const mine = whole.next();
      skip(count - 1);
      return mine;
    },
  };
}

/** Where the tail of a law of turns ends: nobody talks longer, and every turn is sent with all before it. */
export const MAX_TURNS = 200;

function syntheticSource(spec: SyntheticSpec, part: number, random: Random): ConversationSource {
  const lengths = lengthSource(spec, random);
  const turns = random.fork('turns');
  const think = random.fork('think');
  const prefixes = spec.sharedPrefix && prefixSource(spec.sharedPrefix, part, random);
  const drawTurn = (): Turn => ({
    ...lengths(),
    thinkMs: spec.think === undefined ? 0 : drawDurationMs(spec.think, think),
  });
  return {
    next() {
      const drawn = spec.turns === undefined ? 1 : drawLength(spec.turns.count, turns);
      const count = Math.min(MAX_TURNS, drawn);
      return {
        part,
        shared: prefixes?.() ?? NOTHING_SHARED,
        turns: count === 1 ? [drawTurn()] : Array.from({ length: count }, drawTurn),
      };
    },
  };
}

const NOTHING_SHARED: readonly PromptBlock[] = [];

function lengthSource(
  spec: SyntheticSpec,
  random: Random,
): () => { readonly inputTokens: number; readonly outputTokens: number } {
  const { inputTokens, outputTokens, pairs, correlation } = spec;
  const inputs = random.fork('input-tokens');
  const outputs = random.fork('output-tokens');
  if (pairs !== undefined) {
    const weights = pairs.map((pair) => pair.weight);
    return () => {
      const pair = pairs[pick(weights, inputs)];
      assert(pair !== undefined, 'a table without a pair');
      return { inputTokens: pair.input, outputTokens: pair.output };
    };
  }
  if (correlation !== undefined) {
    // Scores of a bivariate normal: z and ρ z + √(1 - ρ²) e.
    const rest = Math.sqrt(1 - correlation * correlation);
    return () => {
      const z = inputs.normal();
      return {
        inputTokens: lengthAtScore(inputTokens, z),
        outputTokens: lengthAtScore(outputTokens, correlation * z + rest * outputs.normal()),
      };
    };
  }
  return () => ({
    inputTokens: drawLength(inputTokens, inputs),
    outputTokens: drawLength(outputTokens, outputs),
  });
}

/** The pool is drawn once: the same beginning has the same length whenever it comes. */
function prefixSource(
  { tokens, count, ratio }: SharedPrefixSpec,
  part: number,
  random: Random,
): () => readonly PromptBlock[] {
  const lengths = random.fork('prefix-tokens');
  const choice = random.fork('prefixes');
  const pool = Array.from({ length: count }, (_, i): readonly PromptBlock[] => [
    { key: `p${part}-${i}`, tokens: drawLength(tokens, lengths) },
  ]);
  return () => {
    // Both are drawn always, so that another ratio leaves the choice as it was.
    const shares = choice.next() < ratio;
    const block = pool[choice.integer(count)];
    return shares && block !== undefined ? block : NOTHING_SHARED;
  };
}

/** An index with a chance in proportion to its weight. */
function pick(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = random.next() * total;
  for (const [i, weight] of weights.entries()) {
    if (left < weight) return i;
    left -= weight;
  }
  return weights.length - 1;
}
