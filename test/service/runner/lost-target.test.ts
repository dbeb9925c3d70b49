/** A target that is gone, or only looks so: what it seemed to say must not become a bound. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BurstSnapshot } from '../../../src/core/metrics/burst-snapshot.ts';
import { outcomeIndex } from '../../../src/core/metrics/request-columns.ts';
import type { BurstPlan } from '../../../src/core/workload/burst-plan.ts';
import { createRig, order, type Rig, refusedBurst } from './rig.ts';

// Whole searches in virtual time: a second on a quiet machine, many on a busy one.
vi.setConfig({ testTimeout: 60_000 });

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(async () => {
  expect(rig.errors).toEqual([]);
  await rig.dispose();
});

async function create(): Promise<string> {
  const outcome = await rig.runner.create(order());
  if (!('search' in outcome)) throw new Error(outcome.kind);
  return outcome.search.id;
}

/** A gateway before a server that is not there: at once, and always 502. */
function gatewayBurst(plan: BurstPlan): BurstSnapshot {
  const snapshot = refusedBurst(plan);
  const { records } = snapshot;
  for (let i = 0; i < records.count; i++) {
    records.outcome[i] = outcomeIndex('server_error');
    records.httpStatus[i] = 502;
    records.firstByteMs[i] = records.endMs[i] ?? Number.NaN;
  }
  return snapshot;
}

const attemptsOf = async (id: string) =>
  (await rig.store.probes(id)).map((p) => [p.probe, p.attempt, p.outcome]);

test('a target that vanishes: bounded tries, everything kept', async () => {
  rig.knobs.fate = (plan) =>
    plan.probe >= 2 ? { kind: 'snapshot', snapshot: refusedBurst(plan) } : undefined;
  const id = await create();
  const record = await rig.ended(id);
  expect(record).toMatchObject({ state: 'failed', reason: 'target_lost' });
  expect(record.result).toMatchObject({ probes: 2, stopped: 'target_lost' });
  const log = await rig.store.probes(id);
  expect(log.map((p) => [p.probe, p.attempt, p.outcome])).toEqual([
    [0, 1, 'finished'],
    [1, 1, 'finished'],
    [2, 1, 'abandoned'],
    [2, 2, 'abandoned'],
    [2, 3, 'abandoned'],
  ]);
});

test('a target that comes back: the probe is run again, cold, and nothing of the loss counts', async () => {
  let lost = 0;
  rig.knobs.fate = (plan) => {
    if (plan.probe !== 2 || lost > 0) return undefined;
    lost += 1;
    return { kind: 'snapshot', snapshot: refusedBurst(plan) };
  };
  const id = await create();
  expect(await rig.ended(id)).toMatchObject({ state: 'done' });
  const [, again] = rig.bursts.filter((b) => b.plan.probe === 2);
  const [before] = rig.bursts.filter((b) => b.plan.probe === 2);
  expect(again?.cold).toBe(true);
  expect(again?.plan.settleMs).toBeGreaterThanOrEqual(before?.plan.settleMs ?? 0);
  expect((await rig.runner.probes(id)).filter((p) => p.probe === 2)).toMatchObject([
    { attempt: 2 },
  ]);
});

test('5xx and nothing else, and no answer without load: gone, and no bound of it', async () => {
  rig.knobs.fate = (plan) => {
    if (plan.probe < 2) return undefined;
    rig.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_error', detail: 'HTTP 502' },
    });
    return { kind: 'snapshot', snapshot: gatewayBurst(plan) };
  };
  const id = await create();
  const record = await rig.ended(id);
  expect(record).toMatchObject({ state: 'failed', reason: 'target_lost', result: { probes: 2 } });
  expect(record.detail).toMatch(/failed \(HTTP 502\) at load; asked again: .*502/);
  expect(await attemptsOf(id)).toEqual([
    [0, 1, 'finished'],
    [1, 1, 'finished'],
    [2, 1, 'abandoned'],
  ]);
});

test('5xx and nothing else once: run again from cold, and nothing of it counts', async () => {
  let failed = 0;
  rig.knobs.fate = (plan) => {
    if (plan.probe !== 2 || failed > 0) return undefined;
    failed += 1;
    return { kind: 'snapshot', snapshot: gatewayBurst(plan) };
  };
  const id = await create();
  expect(await rig.ended(id)).toMatchObject({ state: 'done' });
  expect(rig.bursts.filter((b) => b.plan.probe === 2)[1]?.cold).toBe(true);
  const again = (await rig.runner.probes(id)).filter((p) => p.probe === 2);
  expect(again).toMatchObject([{ attempt: 2 }]);
});

test('twice at the same load, with an answer in between: that is what the load does', async () => {
  rig.knobs.fate = (plan) =>
    plan.probe === 2 ? { kind: 'snapshot', snapshot: gatewayBurst(plan) } : undefined;
  const id = await create();
  expect(await rig.ended(id)).toMatchObject({ state: 'done' });
  expect((await attemptsOf(id)).slice(0, 4)).toEqual([
    [0, 1, 'finished'],
    [1, 1, 'finished'],
    [2, 1, 'abandoned'],
    [2, 2, 'finished'],
  ]);
});
