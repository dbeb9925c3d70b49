import { expect, test } from 'vitest';
import { truthOf, truthSentence } from '../../../src/cli/demo/demo-truth.ts';
import { SERVERS } from '../../../src/sim/servers.ts';
import { WORKLOADS } from '../../../src/sim/workloads.ts';

const truth = {
  kind: 'crossing',
  load: 73.4,
  standardError: 0.11,
  binding: '',
  slope: 80,
  runs: [],
} as const;

test.each([
  [70, 78, 'the bracket holds it'],
  [73, 74, 'the bracket holds it'],
  [0, undefined, 'the bracket holds it'],
  [74, 80, 'the bracket does not hold it'],
  [60, 73, 'the bracket does not hold it'],
])('at least %s, below %s: %s', (atLeast, below, words) => {
  expect(truthSentence(truth, { atLeast, below })).toBe(
    `Truth of the simulated server: it carries 73 (the limit lies at 73.4 ± 0.1 in its model); ${words}.`,
  );
});

test('the whole range', () => {
  const all = { kind: 'none', wholeRange: 'passes' } as const;
  expect(truthSentence(all, { atLeast: 256, below: undefined })).toBe(
    'Truth: the whole range passes.',
  );
});

test('the demo’s question has its answer well inside the range', () => {
  const found = truthOf({
    server: SERVERS.demo,
    workload: WORKLOADS.demo,
    percent: 99,
    boundMs: 500,
    minLoad: 1,
    maxLoad: 256,
  });
  expect(found.kind).toBe('crossing');
  if (found.kind !== 'crossing') return;
  expect(found.load).toBeGreaterThan(20);
  expect(found.load).toBeLessThan(200);
  expect(found.standardError).toBeLessThan(1);
});
