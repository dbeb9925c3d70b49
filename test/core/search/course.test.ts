import { describe, expect, it } from 'vitest';
import {
  beginCourse,
  concludeCourse,
  lookIntoCourse,
  nextOfCourse,
  standingOfCourse,
} from '../../../src/core/search/course.ts';
import type { Evidence } from '../../../src/core/stats/evidence.ts';
import { burstAt, specWith, ttft } from './sample-log.ts';

const ratio = (n: number, bad: number): Evidence => ({
  kind: 'ratio',
  weight: 1,
  blocks: Array.from({ length: 10 }, () => ({ n: n / 10, bad: bad / 10 })),
});
const spec = specWith([ttft], { minUnits: 20, maxUnits: 20 });

function told(evidence: Evidence) {
  const { state } = beginCourse('gate', spec);
  return nextOfCourse(state, { ...burstAt(20, [evidence]), probe: 0 });
}

describe('a gate as a course', () => {
  it('asks its one load, and nothing else', () => {
    expect(beginCourse('gate', spec).decision).toMatchObject({ kind: 'probe', loadUnits: 20 });
    expect(() => beginCourse('gate', specWith([ttft]))).toThrow('one load');
  });

  it.each([
    ['pass', ratio(5_000, 0), { outcome: 'unbounded_above', lower: 20 }],
    ['fail', ratio(1_000, 100), { outcome: 'unbounded_below', upper: 20 }],
  ] as const)('a verdict of %s is one end of a bracket', (verdict, evidence, tier) => {
    const { decision } = told(evidence);
    expect(decision.kind).toBe('done');
    if (decision.kind !== 'done') return;
    const { result } = decision;
    expect(result).toMatchObject({ stopped: 'decided', gate: { verdict, load: 20 } });
    expect(result.tiers[0]?.outcome).toBe(tier.outcome);
    expect(result.tiers[0]?.lower).toBe('lower' in tier ? tier.lower : undefined);
    expect(result.tiers[0]?.upper).toBe('upper' in tier ? tier.upper : undefined);
  });

  it('says what it knows before it is over, and what it still needs', () => {
    const { state, decision } = told(ratio(200, 2));
    expect(decision.kind).toBe('probe');
    expect(standingOfCourse(state)).toMatchObject({
      stopped: 'running',
      tiers: [{ outcome: 'undecided', needs: expect.stringContaining('200') }],
      gate: { verdict: 'inconclusive' },
    });
    expect(concludeCourse(state, 'cancelled')).toMatchObject({ stopped: 'cancelled', probes: 1 });
    if (decision.kind !== 'probe') return;
    const partial = { ...burstAt(20, [ratio(5_000, 0)]), probe: 1 };
    expect(lookIntoCourse(state, decision, partial)).toEqual({ kind: 'end', reason: 'resolved' });
  });

  it('what could not be measured is a warning, and no verdict', () => {
    const { decision } = told({ kind: 'missing', reason: 'no usage' });
    expect(decision).toMatchObject({
      kind: 'done',
      result: {
        stopped: 'missing_measurement',
        warnings: [{ kind: 'missing_measurement', objective: 'p99(ttft)', reason: 'no usage' }],
        gate: { verdict: 'inconclusive' },
      },
    });
  });

  it('tells when the target became slower while it was asked', () => {
    const pace = (meanTpotMs: number) =>
      Array.from({ length: 8 }, (_, i) => ({
        atMs: i * 1_000,
        meanTpotMs,
        meanDecoding: 20,
        n: 50,
      }));
    let { state } = beginCourse('gate', spec);
    for (const [probe, ms] of [20, 20, 26].entries()) {
      const burst = { ...burstAt(20, [ratio(20, 0)]), probe, pace: pace(ms) };
      ({ state } = nextOfCourse(state, burst));
    }
    const [drift] = standingOfCourse(state).warnings;
    expect(drift).toMatchObject({ kind: 'drift', atProbe: 2, droppedProbes: 0 });
    expect(drift?.kind === 'drift' ? drift.ratio : 0).toBeCloseTo(1.3, 5);
  });
});

it('a search as a course is the search', () => {
  const { state, decision } = beginCourse('search', specWith([ttft]));
  expect(state.kind).toBe('search');
  expect(decision).toMatchObject({ kind: 'probe', phase: 'grow' });
});
