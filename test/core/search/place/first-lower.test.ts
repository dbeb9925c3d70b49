/** Where a first lower bound is bought: by price, and a load once begun is not left for a little. */
import { describe, expect, it } from 'vitest';
import { assessTier } from '../../../../src/core/search/certify/assess.ts';
import { samplesOf } from '../../../../src/core/search/certify/samples.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import {
  type FirstLowerContext,
  firstLower,
} from '../../../../src/core/search/place/first-lower.ts';
import { logFrom, specWith, ttft } from '../sample-log.ts';

const spec = specWith([ttft], { minUnits: 1, maxUnits: 512 });
/** Capacity 100, v = p0 (x / 100)^4. */
const chat = (units: number): number => Math.min(1, 0.01 * (units / 100) ** 4);

function contextOf(log: readonly Observation[], remainingMs: number): FirstLowerContext {
  const standing = assessTier(spec, log, 0);
  return {
    confidence: spec.confidence,
    samples: samplesOf(spec, standing, 0, log),
    samplesPerSecondAt: (x) => Math.exp(x) / 8,
    remainingMs,
    lnEstimate: standing.lnEstimate,
  };
}

const explored = logFrom([16, 64, 100, 140], chat, { blocks: 12, seed: 'first-lower' });

describe('the first lower bound', () => {
  it('is looked for nearer the more time is left, within its reach', () => {
    const distances = [100_000, 400_000, 4_000_000].map(
      (remainingMs) => firstLower(contextOf(explored, remainingMs)).distance,
    );
    expect(distances).toEqual([...distances].sort((a, b) => b - a));
    expect(distances.at(-1)).toBeLessThan(distances[0] ?? 0);
    for (const distance of distances) {
      expect(distance).toBeGreaterThanOrEqual(0.4 - 1e-9);
      expect(distance).toBeLessThanOrEqual(1.2);
    }
  });

  it('stays at the load last tried unless another is clearly cheaper', () => {
    const context = contextOf(explored, 200_000);
    const free = firstLower(context);
    const near = firstLower({ ...context, lnLastTry: context.lnEstimate - free.distance + 0.05 });
    expect(near.distance).toBeCloseTo(free.distance - 0.05, 9);
    const hopeless = firstLower({ ...context, lnLastTry: context.lnEstimate - 0.02 });
    expect(hopeless).toEqual(free);
  });

  it('costs what the load itself completes: few requests a second make it dear', () => {
    const context = contextOf(explored, 200_000);
    const slow = { ...context, samplesPerSecondAt: (x: number) => Math.exp(x) / 80 };
    expect(firstLower(slow).ms).toBeGreaterThan(firstLower(context).ms);
  });
});
