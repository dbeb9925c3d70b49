/** What makes a server slower than its formula: drift, cold start, thrashing, stalls. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import { type ServerModel, serverModel } from '../../src/sim/server-model.ts';
import { createStepClock, type StepLoad } from '../../src/sim/step-clock.ts';

const plain = serverModel({
  name: 'plain',
  baseMs: 10,
  decodeMs: 2,
  prefillMs: 0.1,
  noiseRatio: 0,
  tokenBudget: 100,
  maxSeqs: 16,
  kvTokens: 1_000,
});
const load: StepLoad = {
  startMs: 0,
  decoding: 4,
  prefillTokens: 20,
  residentTokens: 1_000,
  waiting: 0,
  inFlight: 4,
};
const at = (model: ServerModel, ...loads: Partial<StepLoad>[]): number[] => {
  const clock = createStepClock(model, createRandom(1));
  return loads.map((part) => clock.durationMs({ ...load, ...part }));
};

describe('createStepClock', () => {
  it('adds up the work of a step', () => {
    expect(at(plain, {})[0]).toBeCloseTo(10 + 2 * 4 + 0.1 * 20, 9);
    expect(at({ ...plain, decodePower: 0.5 }, {})[0]).toBeCloseTo(10 + 2 * 2 + 2, 9);
    expect(at({ ...plain, contextMs: 0.001 }, {})[0]).toBeCloseTo(20 + 1, 9);
  });

  it('follows the schedule of a drift', () => {
    const model: ServerModel = {
      ...plain,
      slowdown: [
        { fromMs: 100, factor: 1.1 },
        { fromMs: 200, factor: 2 },
      ],
    };
    expect(at(model, {}, { startMs: 99 }, { startMs: 100 }, { startMs: 250 })).toEqual([
      20, 20, 22, 40,
    ]);
  });

  it('warms up linearly', () => {
    const model = { ...plain, coldStart: { durationMs: 1_000, factor: 3 } };
    expect(at(model, {}, { startMs: 500 }, { startMs: 1_000 })).toEqual([60, 40, 20]);
  });

  it('thrashes from an overload until it is nearly empty', () => {
    const model = { ...plain, thrash: { enterWaiting: 5, leaveInFlight: 2, factor: 2 } };
    const steps = at(
      model,
      { waiting: 5, inFlight: 9 },
      { waiting: 6, inFlight: 10 },
      { waiting: 0, inFlight: 3 },
      { waiting: 0, inFlight: 2 },
      { waiting: 0, inFlight: 3 },
    );
    expect(steps).toEqual([20, 40, 40, 20, 20]);
  });

  it('stands still for its share of the time, however busy it is', () => {
    const model = { ...plain, stalls: { everyMs: 1_000, lengthMs: 100 } };
    const clock = createStepClock(model, createRandom(1));
    let [nowMs, stalls] = [0, 0];
    while (nowMs < 1_000_000) {
      const stepMs = clock.durationMs({ ...load, startMs: nowMs });
      if (stepMs > 100) stalls += 1;
      nowMs += stepMs;
    }
    expect(stalls).toBeGreaterThan(950);
    expect(stalls).toBeLessThan(1_050);
  });

  it('is in a stall that began while it was idle, and past one that ended', () => {
    const model = { ...plain, stalls: { everyMs: 1_000, lengthMs: 400 } };
    const stepsOf = Array.from({ length: 200 }, (_, i) => at(model, { startMs: i * 10 })[0] ?? 0);
    expect(Math.max(...stepsOf)).toBeCloseTo(420, 0);
    expect(stepsOf.filter((ms) => ms > 20 && ms < 420).length).toBeGreaterThan(35);
    expect(Math.min(...stepsOf)).toBe(20);
  });
});

describe('serverModel', () => {
  it('refuses numbers with which a request would wait for ever', () => {
    expect(() => serverModel({ ...plain, tokenBudget: 16 })).toThrow('prefill');
    expect(() => serverModel({ ...plain, maxModelLen: 2_000 })).toThrow('KV cache');
    expect(() => serverModel({ ...plain, maxSeqs: 0 })).toThrow('slot');
  });
});
