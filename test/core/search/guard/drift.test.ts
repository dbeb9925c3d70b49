import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/base/random.ts';
import { suspectDrift } from '../../../../src/core/search/guard/drift.ts';
import { judgeRecheck } from '../../../../src/core/search/guard/recheck.ts';
import type { Observation, PaceBlock } from '../../../../src/core/search/observation.ts';
import { emptyState, type SearchState } from '../../../../src/core/search/state.ts';
import { burstAt, specWith, tpot } from '../sample-log.ts';

/** Paces of a server whose token time is 8 ms + 0.12 ms a request in flight, `slow` times that. */
function paced(load: number, slow: number, seed: string, noise = 0.01): PaceBlock[] {
  const random = createRandom(seed);
  return Array.from({ length: 8 }, (_, i) => ({
    atMs: 1_000 * i,
    meanTpotMs: (8 + 0.12 * load) * slow * (1 + noise * random.normal()),
    meanDecoding: load * (1 + 0.02 * random.normal()),
    n: 20,
  }));
}

/** Bursts at loads; from `change` on the server is `slow` times slower. */
function stateOf(loads: readonly number[], change: number, slow: number, seed: string) {
  const log: Observation[] = loads.map((load, probe) =>
    burstAt(load, [], {
      probe,
      pace: paced(load, probe >= change ? slow : 1, `${seed}/${probe}`),
    }),
  );
  const state: SearchState = { ...emptyState(specWith([tpot])), log };
  return state;
}

const LOADS = [100, 130, 110, 125, 112, 128, 115, 120];

describe('drift', () => {
  it('suspects a step of a tenth at the burst where it began', () => {
    let found = 0;
    for (let i = 0; i < 20; i++) {
      const suspicion = suspectDrift(stateOf(LOADS, 5, 1.1, `step${i}`));
      if (suspicion === undefined) continue;
      found += 1;
      expect(suspicion.boundary).toBe(5);
      expect(LOADS.slice(0, 5)).toContain(suspicion.loadUnits);
    }
    expect(found).toBeGreaterThanOrEqual(18);
  });

  it('seldom suspects noise, or what the load itself explains', () => {
    let suspected = 0;
    for (let i = 0; i < 60; i++) {
      if (suspectDrift(stateOf(LOADS, 99, 1, `none${i}`)) !== undefined) suspected += 1;
      if (suspectDrift(stateOf([80, 100, 120, 140], 99, 1, `up${i}`)) !== undefined) suspected += 1;
    }
    // A suspicion costs one burst; only the recheck believes it.
    expect(suspected).toBeLessThanOrEqual(6);
  });

  it('does not ask twice for a boundary that was dismissed, nor across one that was believed', () => {
    const state = stateOf(LOADS, 5, 1.1, 'again');
    expect(suspectDrift(state)?.boundary).toBe(5);
    const dismissed = suspectDrift({ ...state, dismissed: [5] });
    expect(dismissed?.boundary).not.toBe(5);
    expect(suspectDrift({ ...state, validFrom: 5 })).toBeUndefined();
  });

  it('needs paces: a log without them says nothing', () => {
    const state = stateOf(LOADS, 5, 1.1, 'bare');
    const bare = { ...state, log: state.log.map((o) => ({ ...o, pace: [] })) };
    expect(suspectDrift(bare)).toBeUndefined();
    expect(suspectDrift(emptyState(specWith([tpot])))).toBeUndefined();
  });
});

describe('recheck', () => {
  const rechecked = (slow: number, seed: string, noise?: number): SearchState => {
    const state = stateOf([100, 130, 125], 99, 1, seed);
    const again = burstAt(100, [], { probe: 3, pace: paced(100, slow, `${seed}/again`, noise) });
    return { ...state, log: [...state.log, again], suspicion: { boundary: 2, loadUnits: 100 } };
  };

  it('believes a change of the same load', () => {
    const drift = judgeRecheck(rechecked(1.1, 'believed'));
    expect(drift).toMatchObject({ kind: 'drift', atProbe: 2, droppedProbes: 2 });
    expect(drift?.ratio).toBeCloseTo(1.1, 1);
    expect(judgeRecheck(rechecked(0.9, 'faster'))?.ratio).toBeCloseTo(0.9, 1);
  });

  it('dismisses the same pace, a change too small to matter, and one within its noise', () => {
    for (let i = 0; i < 40; i++) {
      expect(judgeRecheck(rechecked(1, `same${i}`))).toBeUndefined();
      expect(judgeRecheck(rechecked(1.02, `small${i}`, 0.002))).toBeUndefined();
    }
    expect(judgeRecheck(rechecked(1.08, 'noisy', 0.2))).toBeUndefined();
  });
});
