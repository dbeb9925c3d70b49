import { expect, test } from 'vitest';
import type { SearchFacts } from '../../src/view/search-facts.ts';
import { sentenceOf } from '../../src/view/sentence.ts';
import { facts, question, result, TTFT } from './search-facts.fixture.ts';

const rows: readonly (readonly [string, SearchFacts, string])[] = [
  [
    'both bounds',
    facts({ result: result({ lower: 96, upper: 104 }) }),
    `Carries at least 96 concurrent requests at ${TTFT} (95 % confidence); 104 fails.`,
  ],
  [
    'one stream',
    facts({ result: result({ lower: 1, upper: 2 }) }),
    `Carries at least 1 concurrent request at ${TTFT} (95 % confidence); 2 fails.`,
  ],
  [
    'a request rate, without the noise of binary fractions',
    facts({
      question: question({ axis: 'request_rate', confidence: 0.995 }),
      result: result({ lower: 0.1 + 0.2, upper: 0.35 }),
    }),
    `Carries at least 0.3 requests/s at ${TTFT} (99.5 % confidence); 0.35 fails.`,
  ],
  [
    'the whole range passes',
    facts({ result: result({ lower: 512, outcome: 'unbounded_above', wholeRange: 'passes' }) }),
    `Carries at least 512 concurrent requests at ${TTFT} (95 % confidence); no load up to 512 was shown to fail.`,
  ],
  [
    'no upper bound because the budget ended',
    facts({
      result: result(
        { lower: 64, outcome: 'unbounded_above', needs: 'a bracket of 10 % would take 300 s' },
        { stopped: 'budget' },
      ),
    }),
    `Carries at least 64 concurrent requests at ${TTFT} (95 % confidence); no load up to 512 was shown to fail; the budget ended (a bracket of 10 % would take 300 s).`,
  ],
  [
    'no lower bound',
    facts({ result: result({ upper: 1, outcome: 'unbounded_below', wholeRange: 'fails' }) }),
    `Fails at 1 concurrent request at ${TTFT} (95 % confidence); no load from 1 up was shown to pass.`,
  ],
  [
    'neither bound',
    facts({ result: result({ outcome: 'undecided' }, { stopped: 'budget' }) }),
    `Undecided: no load was shown to pass or to fail at ${TTFT} (95 % confidence); the budget ended.`,
  ],
  ['queued', facts({ state: 'queued' }), 'Queued: no load has been sent yet.'],
  ['running, nothing known', facts({ state: 'running' }), 'Still running: no probe has finished.'],
  [
    'running, a bracket so far',
    facts({ state: 'running', result: result({ lower: 64, upper: 128 }, { probes: 3 }) }),
    `Still running; after 3 probes: carries at least 64 concurrent requests at ${TTFT} (95 % confidence); 128 fails.`,
  ],
  [
    'a lost target',
    facts({
      state: 'failed',
      reason: 'target_lost',
      detail: 'connection refused',
      result: result({ outcome: 'undecided' }, { probes: 1 }),
    }),
    'Failed (the target was lost: connection refused); after 1 probe no load was shown to pass or to fail.',
  ],
  [
    'cancelled before the first probe',
    facts({ state: 'cancelled', reason: 'cancelled' }),
    'Cancelled: no probe has finished.',
  ],
  [
    'stopped by the kill switch',
    facts({ state: 'cancelled', reason: 'kill_switch' }),
    'Cancelled (the kill switch was engaged): no probe has finished.',
  ],
  [
    'a reason that has no words of its own',
    facts({ state: 'failed', reason: 'data_file_changed' }),
    'Failed (data file changed): no probe has finished.',
  ],
];

test.each(rows)('%s', (_name, given, sentence) => {
  expect(sentenceOf(given)).toBe(sentence);
});

test('with several objectives it names the one that binds', () => {
  const tpot = {
    kind: 'quantile',
    id: 'p95(tpot)',
    metric: 'tpot',
    q: 0.95,
    operator: '<',
    boundMs: 50,
    text: 'p95(tpot) < 50 ms',
  } as const;
  const asked = question();
  const tiers = asked.tiers.map((tier) => ({ ...tier, objectives: [...tier.objectives, tpot] }));
  const given = facts({
    question: { ...asked, tiers },
    result: result({ lower: 8, upper: 9, bindingObjective: 'p95(tpot)' }),
  });
  expect(sentenceOf(given)).toMatch(/; 9 fails\. Limited by p95\(tpot\) < 50 ms\.$/);
});
