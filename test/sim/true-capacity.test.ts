/** The truth that everything else is judged by, where it can be known by other means. */
import { describe, expect, it } from 'vitest';
import { serverModel } from '../../src/sim/server-model.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { e2eMean, errorRate, tpotQuantile, ttftQuantile } from '../../src/sim/steady-objectives.ts';
import { runSteadyState } from '../../src/sim/steady-state.ts';
import { findTrueCapacity, type Truth } from '../../src/sim/true-capacity.ts';
import { WORKLOADS } from '../../src/sim/workloads.ts';

const closed = { server: SERVERS.fast, workload: WORKLOADS.chat, axis: 'concurrency' } as const;
const search = { minLoad: 1, maxLoad: 512, requests: 20_000, seed: 'test' } as const;

function crossing(truth: Truth): Extract<Truth, { kind: 'crossing' }> {
  if (truth.kind !== 'crossing') throw new Error(`whole range ${truth.wholeRange}`);
  return truth;
}

describe('runSteadyState', () => {
  it("obeys Little's law in open and closed loop", () => {
    const shut = runSteadyState(closed, 60, [], { requests: 20_000, seed: 1 });
    expect(Math.abs(shut.meanInFlight - 60)).toBeLessThan(0.6);
    const open = runSteadyState({ ...closed, axis: 'request_rate' }, 8, [], {
      requests: 20_000,
      seed: 1,
    });
    expect(Math.abs(open.requestsPerSecond - 8)).toBeLessThan(0.25);
    expect(open.unstable).toBe(false);
  });

  it('gives the time of a request alone by arithmetic', () => {
    const alone = serverModel({
      ...SERVERS.fast,
      noiseRatio: 0,
      name: 'alone',
    });
    const workload = {
      ...WORKLOADS.chat,
      inputTokens: { kind: 'fixed', tokens: 3_000 },
      outputTokens: { kind: 'fixed', tokens: 11 },
    } as const;
    const ttftMs = 8 + 0.05 * 2_048 + 8 + 0.05 * 952;
    const e2eMs = ttftMs + 10 * 8.12;
    const run = runSteadyState(
      { server: alone, workload, axis: 'concurrency' },
      1,
      [
        ttftQuantile(99, ttftMs + 1e-6),
        ttftQuantile(99, ttftMs - 1e-6),
        tpotQuantile(95, 8.12 + 1e-6),
        e2eMean(e2eMs),
        errorRate(1),
      ],
      { requests: 500, seed: 1, warmUpRequests: 10 },
    );
    const means = run.violations.map((violation) => violation.mean);
    expect(means[0]).toBe(0);
    expect(means[1]).toBe(1);
    expect(means[2]).toBe(0);
    expect(means[3]).toBeCloseTo(1, 9);
    expect(means[4]).toBe(0);
  });

  it('says when there is no steady state', () => {
    const run = runSteadyState({ ...closed, axis: 'request_rate' }, 40, [ttftQuantile(99, 300)], {
      requests: 50_000,
      seed: 1,
      maxWaiting: 1_000,
    });
    expect(run.unstable).toBe(true);
    expect(run.violations[0]?.mean).toBe(1);
  });

  it('states a standard error that covers the spread between seeds', () => {
    const runs = Array.from({ length: 16 }, (_, seed) =>
      runSteadyState(closed, 145, [tpotQuantile(95, 50)], { requests: 6_000, seed }),
    ).map((run) => run.violations[0] ?? { mean: 0, standardError: 0 });
    const mean = runs.reduce((s, v) => s + v.mean, 0) / runs.length;
    const spread = Math.sqrt(runs.reduce((s, v) => s + (v.mean - mean) ** 2, 0) / 15);
    const stated = runs.reduce((s, v) => s + v.standardError, 0) / runs.length;
    expect(stated / spread).toBeGreaterThan(0.5);
    expect(stated / spread).toBeLessThan(2);
  });
});

describe('findTrueCapacity', () => {
  it('finds the wall of 24 slots between 24 and 25', () => {
    const plan = { ...closed, server: SERVERS.slots24 };
    const truth = crossing(findTrueCapacity(plan, [ttftQuantile(99, 300)], search));
    expect(truth.load).toBeGreaterThan(24);
    expect(truth.load).toBeLessThan(25);
  });

  it('finds the published capacity of a smooth curve within its error, and what binds', () => {
    const objectives = [ttftQuantile(99, 300), tpotQuantile(95, 50)];
    const truth = crossing(findTrueCapacity(closed, objectives, search));
    // 143.3 by long runs of another implementation of the same model.
    expect(Math.abs(truth.load - 143.3)).toBeLessThan(5 * Math.max(0.5, truth.standardError));
    expect(truth.standardError).toBeLessThan(1.5);
    expect(truth.binding).toBe('p95(tpot) < 50 ms');
  });

  it('says when the whole range passes or fails', () => {
    const bound = (ms: number): Truth =>
      findTrueCapacity(closed, [ttftQuantile(99, ms)], { ...search, requests: 5_000, maxLoad: 50 });
    expect(bound(60_000)).toEqual({ kind: 'none', wholeRange: 'passes' });
    expect(bound(1)).toEqual({ kind: 'none', wholeRange: 'fails' });
  });
});
