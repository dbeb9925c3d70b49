import { expect, test } from 'vitest';
import { summaryOf } from '../../src/view/summary.ts';
import { facts, result } from './search-facts.fixture.ts';

const RESOLVED = result({
  lower: 96,
  upper: 104,
  estimate: { load: 100 },
  goodputRps: 31.5,
  maxGoodput: { load: 112, rps: 33, rpsLow: 32, rpsHigh: 34 },
  bindingObjective: 'p99(ttft)',
});

test('a finished search', () => {
  expect(summaryOf(facts({ result: RESOLVED }))).toMatchObject({
    state: 'done',
    done: true,
    verdict: 'none',
    exitCode: 0,
    reason: 'resolved',
    tier: 'slo',
    capacityAtLeast: 96,
    capacityBelow: 104,
    capacityEstimate: 100,
    confidence: 0.95,
    maxGoodputLoad: 112,
    maxGoodputRps: 33,
    goodputRps: 31.5,
    bindingObjective: 'p99(ttft)',
    probes: 7,
    requests: 4_321,
    loadSeconds: 210.5,
  });
});

test.each([
  ['queued', undefined, 'pending', 3],
  ['running', RESOLVED, 'pending', 3],
  ['done', RESOLVED, 'none', 0],
  ['done', result({ upper: 1, outcome: 'unbounded_below' }), 'none', 0],
  ['done', result({ outcome: 'undecided' }), 'none', 3],
  ['failed', RESOLVED, 'inconclusive', 4],
  ['cancelled', RESOLVED, 'inconclusive', 3],
  ['expired', undefined, 'inconclusive', 3],
] as const)('%s: verdict and exit code fail closed', (state, known, verdict, exitCode) => {
  const given = facts({ state, ...(known === undefined ? {} : { result: known }) });
  expect(summaryOf(given)).toMatchObject({
    verdict,
    exitCode,
    done: state !== 'queued' && state !== 'running',
  });
});

test('without a lower bound the capacity is 0, without an upper one it is open', () => {
  expect(summaryOf(facts({ state: 'queued' }))).toMatchObject({
    capacityAtLeast: 0,
    capacityBelow: undefined,
    probes: 0,
  });
});

test('every key is there in every state', () => {
  const keys = Object.keys(summaryOf(facts({ result: RESOLVED }))).sort();
  for (const state of ['queued', 'running', 'failed', 'cancelled', 'expired'] as const) {
    expect(Object.keys(summaryOf(facts({ state }))).sort()).toEqual(keys);
  }
});
