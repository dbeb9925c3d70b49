/** What a workload asks of the runner: a cache that is emptied before each burst, whole periods of a wave. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fluctuationPeriodMs } from '../../../src/core/workload/fluctuation.ts';
import type { FluctuationSpec, WorkloadSpec } from '../../../src/core/workload/spec.ts';
import { WORKLOADS } from '../../../src/sim/workloads.ts';
import { ask, createRig, order, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.dispose());

async function reports(id: string) {
  const probes = await rig.store.probes(id);
  return probes.flatMap(({ report }) => (report === undefined ? [] : [report]));
}

const reset: WorkloadSpec = {
  ...WORKLOADS.demo,
  cache: { kind: 'reset', route: '/flush_cache' },
};

test('the cache is emptied once before any load and before every burst, with nothing in flight', async () => {
  const calls: string[] = [];
  rig.knobs.resetCache = async (target, route) => {
    calls.push(`${target.model} ${route} after ${rig.bursts.length}`);
    return { ok: true, value: undefined };
  };
  const made = await rig.runner.create(order({ question: ask({ workload: reset }) }));
  if (made.kind !== 'created') throw new Error(made.kind);
  const ended = await rig.ended(made.search.id);
  expect(ended.state).toBe('done');
  expect(calls[0]).toBe('sim /flush_cache after 0');
  expect(calls.slice(1)).toEqual(rig.bursts.map((_, i) => `sim /flush_cache after ${i}`));
  // Every burst begins with nothing in flight, and one session carries them all.
  expect(rig.bursts.length).toBeGreaterThan(2);
  expect(rig.bursts.every((burst) => burst.cold)).toBe(true);
  expect(rig.sessions).toHaveLength(1);
  expect(rig.sessions[0]?.opening).toBeUndefined();
  for (const { cache } of await reports(made.search.id)) expect(cache?.rule).toBe('reset');
});

test('a target without the route is told of before any load', async () => {
  rig.knobs.resetCache = async () => ({
    ok: false,
    error: { reason: 'cache_reset_failed', detail: 'no /flush_cache' },
  });
  const made = await rig.runner.create(order({ question: ask({ workload: reset }) }));
  if (made.kind !== 'created') throw new Error(made.kind);
  const ended = await rig.ended(made.search.id);
  expect(ended).toMatchObject({ state: 'failed', reason: 'cache_reset_failed' });
  expect(rig.bursts).toEqual([]);
});

test('no policy, no reset', async () => {
  let calls = 0;
  rig.knobs.resetCache = async () => {
    calls += 1;
    return { ok: true, value: undefined };
  };
  const made = await rig.runner.create(order());
  if (made.kind !== 'created') throw new Error(made.kind);
  await rig.ended(made.search.id);
  expect(calls).toBe(0);
  expect(rig.bursts.slice(1).every((burst) => !burst.cold)).toBe(true);
});

test('where the load fluctuates a burst ends with a period', async () => {
  const fluctuation: FluctuationSpec = { kind: 'sine', periodMs: 7_000, amplitude: 0.5 };
  const workload: WorkloadSpec = {
    ...WORKLOADS.demo,
    arrivals: { kind: 'poisson', fluctuation },
  };
  const question = ask({ workload, axis: 'request_rate', minLoad: 1, maxLoad: 64 });
  const made = await rig.runner.create(order({ question }));
  if (made.kind !== 'created') throw new Error(made.kind);
  await rig.ended(made.search.id);
  const seen = (await reports(made.search.id)).filter(({ end }) => end !== 'budget');
  expect(seen.length).toBeGreaterThan(2);
  const periodMs = fluctuationPeriodMs(fluctuation);
  for (const { windowMs } of seen) {
    expect(windowMs).toBeGreaterThan(periodMs - 1);
    // The virtual server looks after whole steps, a real one a few milliseconds late.
    expect(windowMs % periodMs).toBeLessThan(100);
  }
});
