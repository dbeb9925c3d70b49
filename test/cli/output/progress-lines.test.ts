import { expect, test } from 'vitest';
import { createProgressLines } from '../../../src/cli/output/progress-lines.ts';

const probe = (n: number, load: number, verdict: string) => ({
  type: 'probe.finished',
  data: { probe: n, load, requests: 130, end: 'length', tiers: [{ tier: 'a', verdict }] },
});
const bracket = (atLeast: number, below: number | null) => ({
  type: 'bracket.changed',
  data: { tiers: [{ tier: 'a', capacity_at_least: atLeast, capacity_below: below }] },
});

function linesOf(events: readonly unknown[]): readonly string[] {
  const progress = createProgressLines();
  const all = [...events.flatMap((event) => progress.push(event)), ...progress.end()];
  const lines = all.filter((line) => line.kind !== 'live');
  return lines.map((line) => line.text);
}

test('one line a probe, with the bracket that the probe made', () => {
  const lines = linesOf([
    { type: 'search.queued', data: {} },
    { type: 'search.plan', data: { sentence: 'Needs 600 requests.', model: 'm' } },
    { type: 'probe.started', data: { probe: 0 } },
    probe(0, 16, 'inconclusive'),
    { type: 'probe.progress', data: {} },
    probe(1, 99, 'fail'),
    bracket(0, 99),
    probe(2, 51, 'pass'),
    bracket(51, 99),
    { type: 'search.done', data: {} },
  ]);
  expect(lines).toEqual([
    'Needs 600 requests.',
    'probe     0  load    16  requests   130  inconclusive  nothing shown yet',
    'probe     1  load    99  requests   130  fail          99 fails',
    'probe     2  load    51  requests   130  pass          at least 51, 99 fails',
  ]);
});

test('the probe under way, for a terminal', () => {
  const progress = createProgressLines();
  const data = { probe: 4, attempt: 0, load: 9, elapsed_ms: 3_400, requests: 120, needs: [] };
  expect(progress.push({ type: 'probe.progress', data })).toEqual([
    {
      kind: 'live',
      text: 'probe     4  load     9  requests   120  3 s           nothing shown yet',
    },
  ]);
});

test('a probe that is the last event is not lost', () => {
  expect(linesOf([probe(0, 16, 'pass')])).toHaveLength(1);
});

test('voided probes and warnings are told, unknown events are not a problem', () => {
  expect(
    linesOf([
      { type: 'probe.voided', data: { probe: 3, load: 9, reason: 'canary late' } },
      { type: 'search.warning', data: { kind: 'drift', at_probe: 3 } },
      { type: 'something.new', data: 7 },
      null,
    ]),
  ).toEqual(['probe     3  load     9  void: canary late', 'warning: drift']);
});
