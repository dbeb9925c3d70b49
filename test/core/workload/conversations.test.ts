/** Conversations of a workload: the same from the same seed, shared over clients, mixed by weight. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import type { Conversation, ConversationSource } from '../../../src/core/workload/conversation.ts';
import { sharedTokens } from '../../../src/core/workload/conversation.ts';
import {
  createConversations,
  shareConversations,
} from '../../../src/core/workload/conversations.ts';
import {
  advance,
  beginDialogue,
  hasNextTurn,
  shapeOf,
} from '../../../src/core/workload/dialogue.ts';
import { createPrompts } from '../../../src/core/workload/prompts.ts';
import { createSharedTexts } from '../../../src/core/workload/shared-texts.ts';
import type { SyntheticSpec, WorkloadSpec } from '../../../src/core/workload/spec.ts';

const arrivals = { kind: 'poisson' } as const;
const ask: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'uniform', min: 1, max: 500 },
  outputTokens: { kind: 'uniform', min: 1, max: 50 },
};
const talk: SyntheticSpec = {
  ...ask,
  turns: { count: { kind: 'uniform', min: 2, max: 6 } },
  sharedPrefix: { tokens: { kind: 'uniform', min: 100, max: 300 }, count: 5, ratio: 0.4 },
  think: { kind: 'uniform', minMs: 10, maxMs: 20 },
};
const mix: WorkloadSpec = {
  kind: 'mix',
  arrivals,
  parts: [
    { name: 'ask', weight: 0.7, request: ask },
    { name: 'talk', weight: 0.3, request: talk },
  ],
};

function source(workload: WorkloadSpec, seed: number = 1): ConversationSource {
  return createConversations(workload, createRandom(seed));
}
function take(from: ConversationSource, count: number): Conversation[] {
  return Array.from({ length: count }, () => from.next());
}

describe('the conversations of a seed', () => {
  it('repeat, and differ for another seed', () => {
    expect(take(source(mix), 50)).toEqual(take(source(mix), 50));
    expect(take(source(mix), 50)).not.toEqual(take(source(mix, 2), 50));
  });

  it.each([1, 2, 3])('are shared over %i generators without one twice or lost', (count) => {
    const merged: Conversation[] = [];
    const parts = Array.from({ length: count }, (_, i) =>
      shareConversations(source(mix), i, count),
    );
    for (let k = 0; k < 60; k++) {
      const next = parts[k % count]?.next();
      if (next !== undefined) merged.push(next);
    }
    expect(merged).toEqual(take(source(mix), 60));
  });

  it('leave a part as it was when another changes', () => {
    const changed: WorkloadSpec = {
      ...mix,
      parts: mix.parts.map((part) =>
        part.name === 'talk'
          ? { ...part, request: { ...talk, turns: { count: { kind: 'fixed', tokens: 9 } } } }
          : part,
      ),
    };
    const asks = (workload: WorkloadSpec): Conversation[] =>
      take(source(workload), 300).filter((one) => one.part === 0);
    expect(asks(changed)).toEqual(asks(mix));
  });
});

describe('a mix', () => {
  const all = take(source(mix), 20_000);
  const talks = all.filter((one) => one.part === 1);

  it('has its weights', () => {
    expect(Math.abs(talks.length / all.length - 0.3)).toBeLessThan(0.01);
  });

  it('gives each part its own shape', () => {
    expect(all.filter((one) => one.part === 0).every((one) => one.turns.length === 1)).toBe(true);
    const counts = talks.map((one) => one.turns.length);
    for (let n = 2; n <= 6; n++) {
      expect(Math.abs(counts.filter((c) => c === n).length / talks.length - 0.2)).toBeLessThan(
        0.02,
      );
    }
    const thoughts = talks.flatMap((one) => one.turns.map((turn) => turn.thinkMs));
    expect(Math.min(...thoughts.slice(0, 5_000))).toBeGreaterThanOrEqual(10);
    expect(Math.max(...thoughts.slice(0, 5_000))).toBeLessThanOrEqual(20);
  });

  it('shares beginnings as often as asked, all of the pool, each with one length', () => {
    const shared = talks.filter((one) => one.shared.length > 0);
    expect(Math.abs(shared.length / talks.length - 0.4)).toBeLessThan(0.02);
    const lengths = new Map<string, Set<number>>();
    for (const { shared: blocks } of shared) {
      for (const { key, tokens } of blocks) {
        lengths.set(key, (lengths.get(key) ?? new Set()).add(tokens));
      }
    }
    expect(lengths.size).toBe(5);
    for (const found of lengths.values()) expect(found.size).toBe(1);
  });
});

it('a dialogue grows by what was said and what was answered', () => {
  const conversation: Conversation = {
    part: 2,
    shared: [{ key: 'a', tokens: 100 }],
    turns: [
      { inputTokens: 10, outputTokens: 5, thinkMs: 0 },
      { inputTokens: 20, outputTokens: 6, thinkMs: 0 },
      { inputTokens: 30, outputTokens: 7, thinkMs: 0 },
    ],
  };
  const dialogue = beginDialogue(conversation);
  expect(sharedTokens(conversation)).toBe(100);
  expect(shapeOf(dialogue)).toEqual({ part: 2, inputTokens: 110, outputTokens: 5 });
  advance(dialogue, 4);
  expect(shapeOf(dialogue)).toEqual({ part: 2, inputTokens: 134, outputTokens: 6 });
  expect(hasNextTurn(dialogue)).toBe(true);
  advance(dialogue, 6);
  expect(shapeOf(dialogue)).toEqual({ part: 2, inputTokens: 170, outputTokens: 7 });
  expect(hasNextTurn(dialogue)).toBe(false);
  expect(() => advance(dialogue, 1)).toThrow('Internal error');
});

describe('shared texts', () => {
  let owners = 0;
  const nextOwn = (): string => {
    owners += 1;
    return `owner ${owners}`;
  };
  const texts = (salt: string) =>
    createSharedTexts(createPrompts(createRandom(nextOwn())), (key) =>
      createRandom(`${salt}/${key}`),
    );
  const block = { key: 'p0-1', tokens: 300 };

  it('are the same for everyone with the same salt, whatever else they drew', () => {
    const text = texts('s').textOf([block]);
    expect(texts('s').textOf([block])).toBe(text);
    expect(text.split(' ')).toHaveLength(300);
    expect(
      texts('s')
        .textOf([block, { key: 'b', tokens: 20 }])
        .startsWith(`${text} `),
    ).toBe(true);
  });

  it('differ from their first words on for another salt or key', () => {
    const first = (text: string): string => text.split(' ').slice(0, 12).join(' ');
    const one = first(texts('s').textOf([block]));
    expect(first(texts('t').textOf([block]))).not.toBe(one);
    expect(first(texts('s').textOf([{ ...block, key: 'p0-2' }]))).not.toBe(one);
  });
});
