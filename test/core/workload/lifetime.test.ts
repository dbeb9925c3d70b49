import { expect, it } from 'vitest';
import { conversationLifetimeMs } from '../../../src/core/workload/lifetime.ts';
import type { DurationSpec, SyntheticSpec } from '../../../src/core/workload/spec.ts';

const ask: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'fixed', tokens: 1 },
  outputTokens: { kind: 'fixed', tokens: 1 },
};
const arrivals = { kind: 'poisson' } as const;
const turns = (tokens: number) => ({ turns: { count: { kind: 'fixed', tokens } } }) as const;

it.each<[DurationSpec | undefined, number]>([
  [undefined, 4 * 500],
  [{ kind: 'fixed', ms: 1_000 }, 4 * 1_500],
  [{ kind: 'uniform', minMs: 0, maxMs: 2_000 }, 4 * 1_500],
  [{ kind: 'exponential', meanMs: 700, maxMs: 9_000 }, 4 * 1_200],
  [{ kind: 'lognormal', lnMean: 0, lnSigma: 2, maxMs: 9 }, 4 * (500 + Math.exp(2))],
])('four turns with %j between them', (think, expected) => {
  const request = { ...ask, ...turns(4), ...(think === undefined ? {} : { think }) };
  expect(conversationLifetimeMs({ ...request, arrivals }, 500)).toBeCloseTo(expected, 6);
});

it('is that of the longest part, and none where every request stands alone', () => {
  expect(conversationLifetimeMs({ ...ask, arrivals }, 500)).toBe(0);
  expect(conversationLifetimeMs({ ...ask, ...turns(1), arrivals }, 500)).toBe(0);
  const parts = [
    { name: 'a', weight: 0.9, request: ask },
    { name: 'b', weight: 0.1, request: { ...ask, ...turns(6) } },
  ];
  expect(conversationLifetimeMs({ kind: 'mix', arrivals, parts }, 500)).toBe(3_000);
});
