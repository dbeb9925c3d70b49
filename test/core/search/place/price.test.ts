/** The price of an end and the plan: they must tell of the certificate's own arithmetic. */
import { describe, expect, it } from 'vitest';
import { assessTier } from '../../../../src/core/search/certify/assess.ts';
import { samplesOf } from '../../../../src/core/search/certify/samples.ts';
import { lnLoadOf, toUnits } from '../../../../src/core/search/load-grid.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import { planBracket } from '../../../../src/core/search/place/aim.ts';
import { endPriceMs, type PriceContext } from '../../../../src/core/search/place/price.ts';
import { logFrom, specWith, ttft } from '../sample-log.ts';

const spec = specWith([ttft], { minUnits: 1, maxUnits: 512 });
const lnLoad = lnLoadOf('concurrency');
/** Capacity 100, v = p0 (x / 100)^slope. */
const steep = (units: number): number => Math.min(1, 0.01 * (units / 100) ** 20);

function contextOf(log: readonly Observation[], capMs = 3_600_000): PriceContext {
  const standing = assessTier(spec, log, 0);
  const samples = samplesOf(spec, standing, 0, log);
  return { confidence: spec.confidence, samples, samplesPerSecondAt: () => 20, capMs };
}

const log = logFrom([40, 80, 95, 105, 120], steep, { blocks: 30, seed: 'price' });

describe('the price of an end', () => {
  it('rises towards the capacity on both sides', () => {
    const context = contextOf(log);
    const lower = [80, 88, 94, 97].map((units) => endPriceMs(context, 'lower', lnLoad(units)));
    const upper = [125, 112, 106, 103].map((units) => endPriceMs(context, 'upper', lnLoad(units)));
    for (const prices of [lower, upper]) {
      expect(prices).toEqual([...prices].sort((a, b) => a - b));
    }
  });

  it('is nothing where the certificate stands already', () => {
    const context = contextOf(log);
    const { lowerUnits, upperUnits } = assessTier(spec, log, 0);
    expect(lowerUnits).toBeDefined();
    expect(upperUnits).toBeDefined();
    expect(endPriceMs(context, 'lower', lnLoad(lowerUnits ?? 0))).toBe(0);
    expect(endPriceMs(context, 'upper', lnLoad(upperUnits ?? 0))).toBe(0);
  });

  it('is the cap where the end cannot be: a lower one far over, an upper one far under', () => {
    const context = contextOf(log, 1_000_000);
    expect(endPriceMs(context, 'lower', lnLoad(200))).toBeCloseTo(1_000_000, 0);
    expect(endPriceMs(context, 'upper', lnLoad(50))).toBeCloseTo(1_000_000, 0);
  });

  it('falls with what has been measured at the place', () => {
    const more = [...log, ...logFrom([97], steep, { blocks: 30, seed: 'more' })];
    const before = endPriceMs(contextOf(log), 'lower', lnLoad(97));
    const after = endPriceMs(contextOf(more), 'lower', lnLoad(97));
    expect(before).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
  });

  it('is unknown without a sample: the cap', () => {
    const none: PriceContext = { ...contextOf(log, 5_000), samples: [] };
    expect(endPriceMs(none, 'lower', lnLoad(50))).toBe(5_000);
  });
});

describe('the plan', () => {
  const plan = planBracket({
    ...contextOf(log),
    spec,
    standing: assessTier(spec, log, 0),
    knownUnits: log.map((o) => o.loadUnits),
    lnLoad,
    unitsOf: (ln) => toUnits('concurrency', Math.exp(ln)),
  });

  it('is a bracket as narrow as asked, around the capacity', () => {
    expect(plan).toBeDefined();
    if (plan === undefined) return;
    expect(plan.upper.units / plan.lower.units).toBeLessThanOrEqual(1 + spec.resolution);
    expect(plan.lower.units).toBeLessThan(100);
    expect(plan.upper.units).toBeGreaterThan(100);
  });

  it('lies inside the bounds that stand', () => {
    const { lowerUnits, upperUnits } = assessTier(spec, log, 0);
    expect(plan?.lower.units).toBeGreaterThanOrEqual(lowerUnits ?? 0);
    expect(plan?.upper.units).toBeLessThanOrEqual(upperUnits ?? 0);
  });
});
