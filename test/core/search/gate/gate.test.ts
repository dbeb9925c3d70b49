import { describe, expect, it } from 'vitest';
import { searchSpecOf } from '../../../../src/core/probe/search-spec.ts';
import {
  beginGate,
  concludeGate,
  lookGate,
  nextGate,
} from '../../../../src/core/search/gate/gate.ts';
import { gateAnswer } from '../../../../src/core/search/gate/gate-answer.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import type { Evidence } from '../../../../src/core/stats/evidence.ts';
import { cellNamed } from '../../../bench/cells.ts';
import { runGate } from '../../../bench/gate-runs.ts';
import { questionOf } from '../../../bench/search-task.ts';
import { burstAt, specWith, tpot, ttft } from '../sample-log.ts';

const ratio = (n: number, bad: number, blocks = 10): Evidence => ({
  kind: 'ratio',
  weight: 1,
  blocks: Array.from({ length: blocks }, () => ({ n: n / blocks, bad: bad / blocks })),
});

function verdictOf(evidence: Evidence, changes: Partial<Observation> = {}) {
  const { state } = beginGate(specWith([ttft]), 20);
  return nextGate(state, { ...burstAt(20, [evidence]), probe: 0, ...changes });
}

describe('the gate', () => {
  it('passes when enough requests were well under the bound', () => {
    const { decision } = verdictOf(ratio(5_000, 0));
    expect(decision).toMatchObject({
      kind: 'done',
      result: { verdict: 'pass', stopped: 'decided', load: 20 },
    });
  });

  it('fails when enough were bad, and goes on when neither is shown', () => {
    expect(verdictOf(ratio(1_000, 100)).decision).toMatchObject({
      kind: 'done',
      result: { verdict: 'fail', bindingObjective: 'p99(ttft)' },
    });
    expect(verdictOf(ratio(200, 2)).decision).toMatchObject({ kind: 'probe', load: 20 });
  });

  it('is not failed by one cluster of bad requests', () => {
    const blocks = [{ n: 100, bad: 20 }, ...Array.from({ length: 9 }, () => ({ n: 100, bad: 0 }))];
    const { decision } = verdictOf({ kind: 'ratio', weight: 1, blocks });
    expect(decision.kind).toBe('probe');
  });

  it('never passes what could not be measured', () => {
    const { decision } = verdictOf({ kind: 'missing', reason: 'no usage' });
    expect(decision).toMatchObject({
      kind: 'done',
      result: { verdict: 'inconclusive', stopped: 'missing_measurement' },
    });
  });

  it('takes nothing from a voided burst', () => {
    const { decision } = verdictOf(ratio(5_000, 0), { end: 'voided' });
    expect(decision.kind).toBe('probe');
  });

  it('is inconclusive when the budget is over', () => {
    const { decision } = verdictOf(ratio(200, 2), { loadMs: 10_000_000 });
    expect(decision).toMatchObject({
      kind: 'done',
      result: { verdict: 'inconclusive', stopped: 'budget' },
    });
  });

  it('says when its time was too short for a single sample', () => {
    // As a bound of 20 s in a burst of 15 s.
    const { state, decision } = verdictOf(ratio(0, 0, 0), { loadMs: 10_000_000 });
    expect(decision.kind).toBe('done');
    expect(gateAnswer(state, 'budget').tiers[0]?.needs).toBe(
      'more time at this load: it held no whole sample of p99(ttft)',
    );
  });

  it('ends a burst as soon as it is decided', () => {
    const { state } = beginGate(specWith([ttft]), 20);
    const seen = (evidence: Evidence) => ({ ...burstAt(20, [evidence]), probe: 0 });
    expect(lookGate(state, seen(ratio(5_000, 0))).kind).toBe('end');
    expect(lookGate(state, seen(ratio(100, 0))).kind).toBe('continue');
  });

  it('gives the same answer from a state that went through JSON', () => {
    const { state } = verdictOf(ratio(200, 2));
    const again = JSON.parse(JSON.stringify(state)) as typeof state;
    const next = { ...burstAt(20, [ratio(5_000, 1)]), probe: 1 };
    expect(nextGate(again, next)).toEqual(nextGate(state, next));
    expect(concludeGate(again, 'cancelled')).toMatchObject({ stopped: 'cancelled' });
  });

  describe('over several tiers', () => {
    const spec = specWith([ttft], {
      tiers: [
        { name: 'gold', objectives: [ttft] },
        { name: 'silver', objectives: [tpot] },
      ],
    });
    const judged = (gold: Evidence, silver: Evidence) => {
      const { state } = beginGate(spec, 20);
      const burst = { ...burstAt(20, [gold]), probe: 0, evidence: [[gold], [silver]] };
      return concludeGate(nextGate(state, burst).state, 'asked');
    };
    it.each([
      ['all pass', ratio(5_000, 0), ratio(5_000, 0), 'pass', ['pass', 'pass']],
      ['one fails', ratio(5_000, 0), ratio(1_000, 200), 'fail', ['pass', 'fail']],
      ['one is open', ratio(200, 2), ratio(5_000, 0), 'inconclusive', ['inconclusive', 'pass']],
      [
        'one fails, one is open',
        ratio(200, 2),
        ratio(1_000, 200),
        'fail',
        ['inconclusive', 'fail'],
      ],
    ] as const)('%s', (_, gold, silver, verdict, tiers) => {
      const result = judged(gold, silver);
      expect(result.verdict).toBe(verdict);
      expect(result.tiers.map((tier) => tier.verdict)).toEqual(tiers);
    });
    it('names what stands in the way', () => {
      expect(judged(ratio(5_000, 0), ratio(1_000, 200)).bindingObjective).toBe('p95(tpot)');
    });
  });

  it('is right on simulated servers, below and above the truth', () => {
    const seeds = ['gate/0', 'gate/1', 'gate/2'];
    for (const name of ['B', 'G']) {
      const cell = cellNamed(name);
      const question = questionOf(cell, 1_200, 0.1);
      const target = { server: cell.server, workload: cell.workload, axis: cell.axis };
      const verdictsAt = (share: number) =>
        seeds.map(
          (seed) =>
            runGate(target, question.tiers, searchSpecOf(question), cell.truth * share, seed)
              .verdict,
        );
      expect(verdictsAt(0.7)).toEqual(['pass', 'pass', 'pass']);
      expect(verdictsAt(1.3)).toEqual(['fail', 'fail', 'fail']);
    }
  });
});
