/** Where the capacity seems to lie from latencies alone: how sure that is depends on how it is approached. */
import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../../../src/core/search/certify/anchor.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import { logFrom, specWith, ttft } from '../sample-log.ts';

const spec = specWith([ttft], { minUnits: 1, maxUnits: 512 });

/** Bursts whose latency at the asked quantile is so many times its bound. */
function logOf(latencies: Readonly<Record<number, number>>): Observation[] {
  const loads = Object.keys(latencies).map(Number);
  const log = logFrom(loads, () => 0, { blocks: 3, seed: 'anchor' });
  return log.map((o) => ({ ...o, worstRatiosOfBound: [latencies[o.loadUnits] ?? Number.NaN] }));
}

describe('the crossing of latency and bound', () => {
  it('is near certain between a load far under it and one far over it, close together', () => {
    const { ln, sd } = anchorOf(spec, logOf({ 20: 0.2, 80: 0.25, 90: 10 }), 0);
    expect(ln).toBeGreaterThan(Math.log(80));
    expect(ln).toBeLessThan(Math.log(90));
    expect(sd).toBeCloseTo(0.06, 9);
  });

  it('leaves room below loads just under the bound', () => {
    const wall = anchorOf(spec, logOf({ 20: 0.2, 40: 0.22, 80: 0.25, 90: 10 }), 0);
    const tail = anchorOf(spec, logOf({ 20: 0.2, 40: 0.8, 80: 0.85, 90: 10 }), 0);
    expect(tail.ln).toBeLessThan(wall.ln - 0.05);
    expect(tail.sd).toBeGreaterThan(2 * wall.sd);
  });

  it('is a guess without one: above what looked good', () => {
    const { ln, sd } = anchorOf(spec, logOf({ 20: 0.2, 40: 0.3 }), 0);
    expect(ln).toBeGreaterThan(Math.log(40));
    expect(sd).toBeGreaterThan(0.5);
  });

  it('weighs a gap by how much latency rises over it', () => {
    const steep = anchorOf(spec, logOf({ 50: 0.5, 100: 2 }), 0);
    expect(steep.ln).toBeCloseTo(Math.log(50) + Math.LN2 / 2, 1);
  });
});
