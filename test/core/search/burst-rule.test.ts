import { describe, expect, it } from 'vitest';
import { begin, look, next } from '../../../src/core/search/controller.ts';
import type { ProbeDecision } from '../../../src/core/search/decision.ts';
import type { Observation } from '../../../src/core/search/observation.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import { assessAll, type SearchState } from '../../../src/core/search/state.ts';
import type { Evidence } from '../../../src/core/stats/evidence.ts';
import {
  burstAt,
  exactBlocks,
  logFrom,
  ratioEvidence,
  specWith,
  tpot,
  ttft,
} from './sample-log.ts';

/** A state that has seen `log`, and a decision to refine at a load. */
function running(spec: SearchSpec, log: readonly Observation[], loadUnits: number) {
  const state: SearchState = { ...begin(spec).state, log, standings: assessAll(spec, log) };
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: log.length,
    phase: 'refine',
    loadUnits,
    load: loadUnits,
    rampMs: 0,
    settleMs: 2_000,
    windowMs: 60_000,
    lookEveryMs: 3_000,
    reason: 'test',
  };
  return { state, decision };
}

const power = (load: number) => 0.01 * (load / 100) ** 6;
const spec = specWith([ttft]);
const known = logFrom([40, 80, 120, 160], power, { blocks: 8 });
const partial = (loadUnits: number, ratio: number, blocks = 6, changes = {}): Observation =>
  burstAt(loadUnits, [ratioEvidence(exactBlocks(blocks, 50, ratio))], {
    probe: known.length,
    ...changes,
  });

describe('the in-burst rule', () => {
  it('ends a burst that fails beyond doubt, not one that fails by a little or by a few', () => {
    const { state, decision } = running(spec, known, 130);
    expect(look(state, decision, partial(130, 0.5))).toEqual({ kind: 'end', reason: 'clear_fail' });
    expect(look(state, decision, partial(130, 0.015)).kind).toBe('continue');
    const few = burstAt(130, [ratioEvidence([{ n: 6, bad: 4 }])], { probe: known.length });
    expect(look(state, decision, few).kind).toBe('continue');
  });

  it('ends a burst that has certified its load', () => {
    const { state, decision } = running(spec, known, 60);
    expect(look(state, decision, partial(60, 0, 4)).kind).toBe('continue');
    expect(look(state, decision, partial(60, 0, 200))).toEqual({
      kind: 'end',
      reason: 'clear_pass',
    });
  });

  it('ends the burst that makes the bracket narrow enough', () => {
    const wide = specWith([ttft], { resolution: 1 });
    const log = logFrom([40, 80, 110, 130, 150], power, { blocks: 30 });
    const { state, decision } = running(wide, log, 90);
    expect(state.standings[0]?.upperUnits).toBeDefined();
    const enough = { ...partial(90, 0.001, 200), probe: log.length };
    expect(look(state, decision, enough)).toEqual({ kind: 'end', reason: 'resolved' });
  });

  it('ends an open loop whose backlog grows without end, a closed one never for that', () => {
    const open = specWith([ttft], { axis: 'request_rate', minUnits: 1_000, maxUnits: 400_000 });
    const rates = logFrom([40_000, 80_000, 160_000], (units) => power(units / 1_000), {
      blocks: 8,
    });
    const { state, decision } = running(open, rates, 130_000);
    const loaded = { ...decision, load: 130 };
    const waiting = (count: number) => partial(130_000, 0, 1, { waiting: count });
    expect(look(state, loaded, waiting(100)).kind).toBe('continue');
    expect(look(state, loaded, waiting(1_000))).toEqual({ kind: 'end', reason: 'saturated' });
    const closed = running(spec, known, 130);
    const many = partial(130, 0, 1, { waiting: 1_000 });
    expect(look(closed.state, closed.decision, many).kind).toBe('continue');
  });

  it('ends exploring once it has seen enough of every objective', () => {
    const both = specWith([ttft, tpot]);
    const { state, decision } = begin(both);
    if (decision.kind !== 'probe') throw new Error('no probe');
    const seen = (n: number, m: number) =>
      burstAt(decision.loadUnits, [
        ratioEvidence([{ n, bad: 0 }]),
        ratioEvidence([{ n: m, bad: 0 }]),
      ]);
    expect(look(state, decision, seen(500, 10)).kind).toBe('continue');
    expect(look(state, decision, seen(500, 500))).toEqual({ kind: 'end', reason: 'length' });
  });

  it('ends for a failing tier only when every tier fails', () => {
    const tiers = specWith([ttft], {
      tiers: [
        { name: 'gold', objectives: [ttft] },
        { name: 'silver', objectives: [tpot] },
      ],
    });
    const log = [40, 60].map((load, probe) => {
      const clean = ratioEvidence(exactBlocks(4, 50, 0));
      return { ...burstAt(load, [], { probe }), evidence: [[clean], [clean]] };
    });
    const { state, decision } = running(tiers, log, 130);
    const bad = ratioEvidence(exactBlocks(4, 50, 0.8));
    const fine = ratioEvidence(exactBlocks(4, 50, 0.04));
    const shown = (gold: Evidence, silver: Evidence): Observation => ({
      ...burstAt(130, [], { probe: 2 }),
      evidence: [[gold], [silver]],
    });
    expect(look(state, decision, shown(bad, fine)).kind).toBe('continue');
    expect(look(state, decision, shown(bad, bad))).toEqual({ kind: 'end', reason: 'clear_fail' });
  });

  it('never changes the state', () => {
    const { state, decision } = running(spec, known, 130);
    const before = JSON.stringify(state);
    look(state, decision, partial(130, 0.5));
    expect(JSON.stringify(state)).toBe(before);
    expect(() => next(state, burstAt(130, [], { probe: 99 }))).toThrow(/Internal error/);
  });
});
