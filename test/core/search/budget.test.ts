import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBudget } from '../../../src/core/search/answer/plan.ts';
import { lookEveryMs, settlePlan } from '../../../src/core/search/place/burst-length.ts';
import { specWith, tpot, ttft } from './sample-log.ts';

describe('what a budget can resolve', () => {
  it('needs more requests for a stricter quantile, a narrower bracket, more confidence', () => {
    const plan = planBudget(specWith([ttft]));
    expect(planBudget(specWith([tpot])).requestsToPass).toBeLessThan(plan.requestsToPass);
    expect(planBudget(specWith([ttft, tpot])).requestsToPass).toBe(plan.requestsToPass);
    const narrow = planBudget(specWith([ttft], { resolution: 0.05 }));
    expect(narrow.requestsNearLimit).toBeGreaterThan(3 * plan.requestsNearLimit);
    const sure = planBudget(specWith([ttft], { confidence: 0.99 }));
    expect(sure.requestsToPass).toBeGreaterThan(plan.requestsToPass);
  });

  it('says it in a sentence of plain numbers', () => {
    const { sentence, requestsToPass, requestsNearLimit } = planBudget(specWith([ttft]));
    expect(requestsToPass).toBeGreaterThan(300);
    expect(requestsToPass).toBeLessThan(1_500);
    expect(requestsNearLimit).toBeGreaterThan(requestsToPass);
    expect(sentence).toMatch(/requests/);
    expect(sentence).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('times of a burst', () => {
  it('go on at once at the same load, and ramp within the settle at another', () => {
    expect(settlePlan(3_000, 40, 40, false)).toEqual({ rampMs: 0, settleMs: 0 });
    const load = fc.double({ min: 0, max: 500, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 200_000, noNaN: true }),
        load,
        load,
        fc.boolean(),
        (e2e, from, to, brief) => {
          if (from === to) return;
          const { rampMs, settleMs } = settlePlan(e2e, from, to, brief);
          expect(rampMs).toBeGreaterThanOrEqual(0);
          expect(rampMs).toBeLessThanOrEqual(settleMs);
          expect(settleMs).toBeGreaterThanOrEqual(2_000);
          expect(settleMs).toBeLessThanOrEqual(40_000);
        },
      ),
    );
    expect(settlePlan(8_000, 10, 20, false).settleMs).toBeGreaterThan(
      settlePlan(8_000, 20, 10, false).settleMs,
    );
  });

  it('are looked at once a latency, and not more than about once a second', () => {
    expect(lookEveryMs(0, true)).toBe(1_000);
    expect(lookEveryMs(100, false)).toBe(3_000);
    expect(lookEveryMs(20_000, false)).toBe(20_000);
  });
});
