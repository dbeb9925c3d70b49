/** What the machine does to a service: a full disk, a clock that is set, a defect of our own. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRig, order, type Rig } from './rig.ts';

// Whole searches in virtual time: a second on a quiet machine, many on a busy one.
vi.setConfig({ testTimeout: 60_000 });

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.dispose());

async function create(over: Parameters<typeof order>[0] = {}): Promise<string> {
  const outcome = await rig.runner.create(order(over));
  if (!('search' in outcome)) throw new Error(outcome.kind);
  return outcome.search.id;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(condition()).toBe(true);
}

describe('a full disk', () => {
  test('stops the load, says so, and carries on from the log when there is room again', async () => {
    rig.knobs.fate = (plan) => {
      if (plan.probe === 2) rig.knobs.diskFull = true;
      return undefined;
    };
    const id = await create();
    await until(() => rig.errors.length > 0);
    await until(() => rig.openSessions() === 0);
    expect(rig.runner.notReady()).toContain('disk is full');
    expect(await rig.runner.get(id)).toMatchObject({ state: 'running', result: { probes: 2 } });
    await expect(rig.runner.create(order())).rejects.toThrow('disk is full');

    rig.knobs.fate = () => undefined;
    rig.knobs.diskFull = false;
    expect(await rig.ended(id)).toMatchObject({ state: 'done' });
    expect(rig.runner.notReady()).toBeUndefined();
    const log = await rig.store.probes(id);
    expect(log.filter((p) => p.probe === 2).map((p) => p.outcome)).toEqual([
      'abandoned',
      'finished',
    ]);
    const finished = log.filter((p) => p.outcome === 'finished').map((p) => p.probe);
    expect(finished).toEqual(finished.map((_, i) => i));
  });
});

describe('a wall clock that is set', () => {
  test('moves deadlines, which are times of day, and no lease', async () => {
    rig.knobs.hold = new Promise(() => {});
    const leased = await create({ leaseSeconds: 60 });
    await until(() => rig.bursts.length === 1);
    for (const ms of [3_600_000, -7_200_000]) {
      rig.stepWall(ms);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await rig.runner.get(leased)).toMatchObject({ state: 'running' });
    rig.pass(61_000);
    await until(() => rig.openSessions() === 0);
    expect(await rig.runner.get(leased)).toMatchObject({ state: 'expired' });
  });

  test.each([3_600_000, -3_600_000])('by %i ms moves no time of the measurement', async (ms) => {
    rig.knobs.fate = () => {
      if (rig.bursts.length === 2) rig.stepWall(ms);
      return undefined;
    };
    const id = await create();
    await rig.ended(id);
    const { observations } = await rig.runner.log(id);
    const times = observations.flatMap(({ pace }) => pace.map(({ atMs }) => atMs));
    expect(observations.length).toBeGreaterThan(2);
    // In virtual time bursts may overlap; an hour of the wall clock would stand out all the same.
    expect(Math.min(...times)).toBeGreaterThan(-600_000);
    expect(Math.max(...times)).toBeLessThan(600_000);
  });
});

describe('a defect of our own', () => {
  test("ends its search as internal_error and nobody else's", async () => {
    rig.knobs.fate = (plan) =>
      plan.probe === 1 ? { kind: 'throw', error: new TypeError('a defect') } : undefined;
    const broken = await rig.ended(await create());
    expect(broken).toMatchObject({
      state: 'failed',
      reason: 'internal_error',
      result: { probes: 1, stopped: 'internal_error' },
    });
    expect(broken.detail).not.toContain('a defect');
    expect(rig.errors).toMatchObject([{ message: 'a defect' }]);
    expect(rig.openSessions()).toBe(0);
    rig.knobs.fate = () => undefined;
    expect(await rig.ended(await create())).toMatchObject({ state: 'done' });
  });

  test('a listener that throws hurts no other', async () => {
    rig.knobs.hold = new Promise(() => {});
    const id = await create();
    const heard: string[] = [];
    rig.runner.subscribe(id, () => {
      throw new Error('a listener');
    });
    rig.runner.subscribe(id, () => heard.push('change'));
    await rig.runner.cancel(id);
    expect(heard.length).toBeGreaterThan(0);
  });
});

describe('waiting', () => {
  test('answers as it stands when time is over or the waiter leaves', async () => {
    rig.knobs.hold = new Promise(() => {});
    const id = await create();
    await until(() => rig.bursts.length === 1);
    const never = new AbortController();
    const late = await rig.runner.waitUntilEnded(id, 500, never.signal);
    expect(late).toMatchObject({ state: 'running' });
    const leaving = rig.runner.waitUntilEnded(id, 50_000, never.signal);
    never.abort();
    expect(await leaving).toMatchObject({ state: 'running' });
    expect(
      await rig.runner.waitUntilEnded('nobody', 50_000, new AbortController().signal),
    ).toBeUndefined();
  });

  test('says when to ask again', async () => {
    rig.knobs.hold = new Promise(() => {});
    const [running, queued] = [await create(), await create()];
    await until(() => rig.bursts.length === 1);
    for (const id of [running, queued]) {
      const search = await rig.runner.get(id);
      if (search === undefined) throw new Error(`no search ${id}`);
      const seconds = rig.runner.retryAfterSeconds(search);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(30);
    }
    const ended = await rig.runner.cancel(running);
    expect(ended && rig.runner.retryAfterSeconds(ended)).toBe(0);
  });
});
