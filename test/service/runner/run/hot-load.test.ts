import { describe, expect, test } from 'vitest';
import { LoadLost } from '../../../../src/load/port.ts';
import type { Engine, LoadSession } from '../../../../src/service/engine/engine-port.ts';
import { burstPlanOf, createHotLoad } from '../../../../src/service/runner/run/hot-load.ts';
import { sessionPlan } from '../../../../src/service/runner/run/session-plan.ts';
import { DEFAULT_RUNNER_CONFIG } from '../../../../src/service/runner/runner-config.ts';
import { decision, question } from '../../store/samples.ts';

describe('the burst for a decision', () => {
  const hot = { ...decision(3, 10), rampMs: 50, settleMs: 2_500 };

  test('hot: as decided', () => {
    expect(burstPlanOf(hot, true, 4_000)).toMatchObject({ rampMs: 50, settleMs: 2_500, load: 10 });
  });

  test('cold: settles for a load that grows from nothing', () => {
    const cold = burstPlanOf(hot, false, 4_000);
    // At least twice the latency, the factor that an up-step of any size is capped at.
    expect(cold.settleMs).toBeGreaterThanOrEqual(8_000);
    expect(cold.rampMs).toBeGreaterThanOrEqual(2_000);
    expect(cold.windowMs).toBe(hot.windowMs);
  });

  test.each([
    [7_000, 3_000],
    [60_000, 3_000],
    [400, 1_000],
    [2_000, 2_000],
  ])(
    'a load with a period of %i ms is looked at every %i ms or so, at the ends of periods',
    (periodMs, lookEveryMs) => {
      const plan = burstPlanOf({ ...hot, lookEveryMs, windowMs: 20_500 }, true, 4_000, {
        periodMs,
      });
      const whole = (ms: number): number => Math.abs(ms / periodMs - Math.round(ms / periodMs));
      expect(whole(plan.windowMs)).toBeCloseTo(0, 9);
      expect(plan.windowMs).toBeGreaterThanOrEqual(20_500);
      expect(plan.settleMs).toBeGreaterThanOrEqual(hot.settleMs);
      const looks = plan.settleMs / plan.lookEveryMs;
      expect(Math.abs(looks - Math.round(looks))).toBeCloseTo(0, 9);
      const ratio = Math.max(periodMs, plan.lookEveryMs) / Math.min(periodMs, plan.lookEveryMs);
      expect(Math.abs(ratio - Math.round(ratio))).toBeCloseTo(0, 9);
      expect(plan.lookEveryMs / lookEveryMs).toBeGreaterThan(0.6);
      expect(plan.lookEveryMs / lookEveryMs).toBeLessThan(1.5);
    },
  );

  test('conversations that begin are let grow as old as the others', () => {
    const plan = burstPlanOf(hot, true, 4_000, { matureMs: 40_000 });
    expect(plan.settleMs).toBe(hot.rampMs + 40_000);
    expect(burstPlanOf(hot, true, 4_000, { matureMs: 0 }).settleMs).toBe(hot.settleMs);
    expect(burstPlanOf(hot, true, 4_000, { matureMs: 1e9 }).settleMs).toBeLessThan(310_000);
  });

  test('cold: never shorter than decided', () => {
    expect(burstPlanOf({ ...hot, settleMs: 30_000 }, false, 100).settleMs).toBe(30_000);
  });
});

describe('the session of a search', () => {
  const target = {
    baseUrl: 'http://127.0.0.1:1/v1',
    pinnedAddress: '127.0.0.1',
    model: 'm',
    dialect: 'vllm',
    headers: {},
  };
  const plan = sessionPlan('s', question(), target, 10, DEFAULT_RUNNER_CONFIG);
  const signal = new AbortController().signal;

  function engine(open: Engine['open']): Engine {
    return {
      maxSearches: 1,
      maxGenerators: 4,
      check: async () => ({ ok: false, error: { reason: 'r', detail: 'd' } }),
      open,
      stop: async () => {},
    };
  }

  test('stays, until the generators change or it is cooled', async () => {
    const log: string[] = [];
    const load = createHotLoad(
      engine(async ({ generators }) => {
        log.push(`open ${generators}`);
        return {
          burst: () => Promise.reject(new LoadLost('unused')),
          close: async () => void log.push(`close ${generators}`),
        };
      }),
      plan,
      () => {},
    );
    const first = await load.session(1, '0.1', signal);
    load.warmed();
    expect(await load.session(1, '0.1', signal)).toBe(first);
    expect(load.isHot()).toBe(true);
    await load.session(2, '0.1', signal);
    expect(load.isHot()).toBe(false);
    await load.cool();
    await load.cool();
    expect(log).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
  });

  test('a session that comes too late is closed', async () => {
    let settle: (session: LoadSession) => void = () => {};
    let closed = 0;
    const load = createHotLoad(
      engine(() => new Promise((resolve) => (settle = resolve))),
      plan,
      () => {},
    );
    const abort = new AbortController();
    const opening = load.session(1, '0.1', abort.signal);
    abort.abort(new Error('cancelled'));
    await expect(opening).rejects.toThrow('cancelled');
    settle({
      burst: () => Promise.reject(new LoadLost('unused')),
      close: async () => void closed++,
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(1);
  });
});

describe('limits', () => {
  const target = {
    baseUrl: 'http://127.0.0.1:1/v1',
    pinnedAddress: '127.0.0.1',
    model: 'm',
    dialect: 'vllm',
    headers: {},
  };
  const quantile = (metric: 'ttft' | 'e2e' | 'itl', boundMs: number) =>
    ({ kind: 'quantile', id: 'o', metric, q: 0.9, operator: '<', boundMs, text: '' }) as const;

  test('time-outs are never shorter than what is asked about', () => {
    const asked = question({
      tiers: [
        {
          name: 'slow',
          text: '',
          objectives: [
            quantile('ttft', 100_000),
            quantile('itl', 20_000),
            quantile('e2e', 900_000),
          ],
        },
      ],
    });
    expect(sessionPlan('s', asked, target, 10, DEFAULT_RUNNER_CONFIG).limits).toEqual({
      connectTimeoutMs: 5_000,
      firstTokenTimeoutMs: 400_000,
      idleTimeoutMs: 80_000,
      totalTimeoutMs: 3_600_000,
      maxInFlight: 4_096,
      maxRequests: 10,
    });
  });

  test('short bounds leave the defaults', () => {
    const { limits } = sessionPlan('s', question(), target, 0.5, DEFAULT_RUNNER_CONFIG);
    expect(limits).toMatchObject({ ...DEFAULT_RUNNER_CONFIG.timeouts, maxRequests: 1 });
  });
});
