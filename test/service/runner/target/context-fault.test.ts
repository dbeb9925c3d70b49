/** What does not fit the model's context is known before any load. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/base/random.ts';
import { createSampleBuilder } from '../../../../src/core/workload/readers/row-sample.ts';
import type { RequestSpec, WorkloadSpec } from '../../../../src/core/workload/spec.ts';
import { contextFault } from '../../../../src/service/runner/target/context-fault.ts';

const fixed = (tokens: number) => ({ kind: 'fixed', tokens }) as const;
const workload = (request: RequestSpec): WorkloadSpec => ({
  ...request,
  arrivals: { kind: 'poisson' },
});
const chat: RequestSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: fixed(3_000),
  outputTokens: fixed(1_000),
};
const none = new Map();

describe('contextFault', () => {
  it('adds up input, output, beginnings and turns', () => {
    expect(contextFault(workload(chat), none, 4_000)).toBeUndefined();
    expect(contextFault(workload(chat), none, 3_999)).toMatchObject({
      reason: 'workload_exceeds_context',
    });
    const long: RequestSpec = {
      ...chat,
      sharedPrefix: { tokens: fixed(500), count: 1, ratio: 1 },
      turns: { count: fixed(3) },
    };
    expect(contextFault(workload(long), none, 12_500)).toBeUndefined();
    expect(contextFault(workload(long), none, 12_499)?.detail).toContain('12500 tokens');
    expect(contextFault(workload(chat), none, undefined)).toBeUndefined();
  });

  it('reads embeddings text by text, and a law at its 99th percentile', () => {
    const batch: RequestSpec = { ...chat, endpoint: 'embeddings', documents: 64 };
    expect(contextFault(workload(batch), none, 3_000)).toBeUndefined();
    const law: RequestSpec = {
      ...chat,
      inputTokens: { kind: 'normal', mean: 1_000, stdev: 500, min: 1, max: 9_000 },
    };
    expect(contextFault(workload(law), none, 3_200)).toBeUndefined();
    // 1,000 + 2.326 · 500 in, 1,000 out.
    expect(contextFault(workload(law), none, 3_100)).toMatchObject({
      reason: 'workload_exceeds_context',
    });
  });

  it('takes a file by its longest row', () => {
    const builder = createSampleBuilder(true, createRandom(1));
    builder.add({ inputTokens: 100, outputTokens: 10 });
    builder.add({ inputTokens: 900, outputTokens: 90 });
    const file = { sample: builder.build(), blockTokens: 512, ordered: true, tokensPerChar: 0.25 };
    const request: RequestSpec = {
      kind: 'file',
      endpoint: 'chat',
      file: { path: 'x', format: 'auto' },
    };
    const files = new Map([[0, file]]);
    expect(contextFault(workload(request), files, 990)).toBeUndefined();
    expect(contextFault(workload(request), files, 989)?.detail).toContain('990 tokens');
  });
});
