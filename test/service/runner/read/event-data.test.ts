import { describe, expect, test } from 'vitest';
import { searchSpecOf } from '../../../../src/core/probe/search-spec.ts';
import { planBudget } from '../../../../src/core/search/answer/plan.ts';
import type { SearchResult, Warning } from '../../../../src/core/search/answer/result.ts';
import {
  endEvent,
  planEvent,
  probeFinishedEvent,
  resultEvents,
} from '../../../../src/service/runner/read/event-data.ts';
import { report } from '../../store/samples.ts';
import { ask } from '../rig.ts';

function result(over: Partial<SearchResult> = {}): SearchResult {
  return {
    confidence: 0.95,
    resolution: 0.1,
    tiers: [{ tier: 'gold', outcome: 'undecided' }],
    warnings: [],
    probes: 1,
    requests: 10,
    loadSeconds: 5,
    stopped: 'running',
    ...over,
  };
}
const bounded = result({
  tiers: [{ tier: 'gold', outcome: 'two_sided', lower: 4, upper: 8, bindingObjective: 'p99' }],
});
const drift: Warning = { kind: 'drift', atProbe: 3, ratio: 1.1, droppedProbes: 2 };

describe('events of a result', () => {
  test('nothing known, nothing new: no event', () => {
    expect(resultEvents(1, undefined, result())).toEqual([]);
    expect(resultEvents(1, bounded, bounded)).toEqual([]);
  });

  test('a moved bracket, missing bounds as 0 and null, with what it still needs', () => {
    const needs = 'a bracket of 10 % would take about 700 s of load in all';
    const lower = result({
      tiers: [{ tier: 'gold', outcome: 'unbounded_above', lower: 4, needs }],
    });
    expect(resultEvents(1, undefined, lower)).toEqual([
      {
        type: 'bracket.changed',
        atMs: 1,
        data: {
          tiers: [
            {
              tier: 'gold',
              capacity_at_least: 4,
              capacity_below: null,
              outcome: 'unbounded_above',
              capacity_estimate: null,
              binding_objective: null,
              needs,
            },
          ],
        },
      },
    ]);
    expect(resultEvents(1, lower, bounded)).toHaveLength(1);
  });

  test('the plan comes before any load, the needs with every end', () => {
    const spec = searchSpecOf(ask());
    const plan = planBudget(spec);
    const told = planEvent(1, plan, {
      plimsollVersion: '0.0.0',
      nodeVersion: 'v24',
      resolvedAddress: '127.0.0.1',
      model: 'm',
      dialect: 'vllm',
      targetInfo: {},
    });
    expect(told).toMatchObject({ type: 'search.plan', data: { sentence: plan.sentence } });
    const tiers: SearchResult['tiers'] = [
      { tier: 'gold', outcome: 'undecided', needs: 'no burst has ended yet' },
      { tier: 'iron', outcome: 'resolved', lower: 10, upper: 11 },
    ];
    const { data } = endEvent('search.done', 1, { result: result({ tiers }) });
    expect(data['tiers']).toMatchObject([{ needs: 'no burst has ended yet' }, { needs: null }]);
  });

  test('a warning is told once', () => {
    const warned = { ...bounded, warnings: [drift] };
    expect(resultEvents(1, bounded, warned)).toEqual([
      {
        type: 'search.warning',
        atMs: 1,
        data: { kind: 'drift', at_probe: 3, ratio: 1.1, dropped_probes: 2 },
      },
    ]);
    expect(resultEvents(2, warned, warned)).toEqual([]);
  });
});

test('a voided probe is its own event and gives its reason', () => {
  expect(probeFinishedEvent(1, report(0, 2)).type).toBe('probe.finished');
  const voided = probeFinishedEvent(1, { ...report(0, 2), voided: 'client late' });
  expect(voided).toMatchObject({
    type: 'probe.voided',
    data: { attempt: 2, reason: 'client late' },
  });
});

test('an end without a result has no holes', () => {
  const { data } = endEvent('search.failed', 1, { reason: 'target_refused', detail: 'nobody' });
  expect(data).toEqual({
    reason: 'target_refused',
    detail: 'nobody',
    stopped: null,
    tiers: [],
    probes: 0,
    requests: 0,
    load_seconds: 0,
  });
});
