import { describe, expect, it } from 'vitest';
import { begin, next } from '../../../../src/core/search/controller.ts';
import { doubtfulLoad, hysteresisOf } from '../../../../src/core/search/guard/doubt.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import { isClear } from '../../../../src/core/search/place/clear.ts';
import { burstAt, ratioEvidence, specWith, ttft } from '../sample-log.ts';

const spec = specWith([ttft]);

/** `bad` of `n` in ten blocks. */
function burst(loadUnits: number, n: number, bad: number, changes: Partial<Observation> = {}) {
  const blocks = Array.from({ length: 10 }, () => ({ n: n / 10, bad: bad / 10 }));
  return burstAt(loadUnits, [ratioEvidence(blocks)], changes);
}

describe('a load below the lower bound that looked bad', () => {
  const log = [burst(10, 60, 0), burst(40, 60, 5), burst(80, 3_000, 3)];

  it('is doubtful until it was measured twice more', () => {
    expect(doubtfulLoad(spec, log, new Map(), 0, 70)).toBe(40);
    expect(doubtfulLoad(spec, log, new Map([[40, 1]]), 0, 70)).toBe(40);
    expect(doubtfulLoad(spec, log, new Map([[40, 2]]), 0, 70)).toBeUndefined();
  });

  it('is none of the search above the bound, or with a single bad request', () => {
    expect(doubtfulLoad(spec, log, new Map(), 0, 40)).toBeUndefined();
    expect(doubtfulLoad(spec, [burst(40, 60, 1)], new Map(), 0, 70)).toBeUndefined();
  });
});

describe('hysteresis', () => {
  const overload = (o: Observation): boolean => o.loadUnits >= 100;
  const before = burst(50, 2_000, 0, { probe: 0 });
  const over = burst(100, 200, 150, { probe: 1 });

  it('is a fail after an overload of a load that passed before it', () => {
    const after = burst(50, 1_000, 200, { probe: 2 });
    expect(hysteresisOf(spec, [before, over, after], 0, overload)).toEqual({
      kind: 'hysteresis',
      atProbe: 2,
      load: 50,
    });
  });

  it('is not seen without the overload, nor when the load still passes', () => {
    const after = burst(50, 1_000, 200, { probe: 1 });
    expect(hysteresisOf(spec, [before, after], 0, overload)).toBeUndefined();
    const fine = burst(50, 2_000, 1, { probe: 2 });
    expect(hysteresisOf(spec, [before, over, fine], 0, overload)).toBeUndefined();
  });
});

describe('a clear burst', () => {
  it('is well under every bound, or well over one', () => {
    expect(isClear(spec, burst(10, 1_000, 2), 0, 'lower')).toBe(true);
    expect(isClear(spec, burst(10, 1_000, 6), 0, 'lower')).toBe(false);
    expect(isClear(spec, burst(10, 1_000, 30), 0, 'upper')).toBe(true);
    expect(isClear(spec, burst(10, 1_000, 12), 0, 'upper')).toBe(false);
  });
});

describe('a load that fails by itself', () => {
  it('is the upper bound, whatever passes above it', () => {
    let { state } = begin(spec);
    for (const [loadUnits, n, bad] of [
      [20, 3_000, 0],
      [40, 2_000, 200],
      [80, 6_000, 6],
    ] as const) {
      const probe = state.log.length;
      ({ state } = next(state, burst(loadUnits, n, bad, { probe })));
    }
    const [standing] = state.standings;
    expect(standing?.upperUnits).toBeLessThanOrEqual(40);
    expect(standing?.lowerUnits ?? 0).toBeLessThan(40);
  });
});
