/** A service that goes away in the middle of a search, and the next one that carries it on. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, createRig, order, type Rig } from './rig.ts';

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

function fail(): never {
  throw new Error('the log is not whole');
}

const NEVER = new Promise<void>(() => {});

async function create(over: Parameters<typeof order>[0] = {}): Promise<string> {
  const outcome = await rig.runner.create(order(over));
  if (!('search' in outcome)) throw new Error(outcome.kind);
  return outcome.search.id;
}

/** Lets the search finish so many probes and stand in the middle of the next. */
async function runInto(probe: number): Promise<void> {
  rig.knobs.fate = (plan) => {
    if (plan.probe === probe) rig.knobs.hold = NEVER;
    return undefined;
  };
  for (let turn = 0; turn < 10_000; turn++) {
    if (rig.bursts.some((burst) => burst.plan.probe === probe)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`probe ${probe} never began`);
}

describe('resume', () => {
  test('finished probes stay, the unfinished one is run again, cold', async () => {
    const id = await create();
    await runInto(3);
    const before = await rig.store.probes(id);
    await rig.runner.stop();
    expect(rig.openSessions()).toBe(0);
    expect(await rig.store.search(id)).toMatchObject({ state: 'running' });

    rig.knobs.hold = undefined;
    rig.knobs.fate = () => undefined;
    const begun = rig.bursts.length;
    await rig.restart();
    expect(await rig.ended(id)).toMatchObject({ state: 'done' });

    const after = await rig.store.probes(id);
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after.filter((p) => p.probe === 3).map((p) => [p.attempt, p.outcome])).toEqual([
      [1, 'abandoned'],
      [2, 'finished'],
    ]);
    const again = rig.bursts[begun];
    expect(again).toMatchObject({ cold: true, plan: { probe: 3 } });
    const planned = before[3]?.decision;
    expect(again?.plan.load).toBe(planned?.load);
    // No burst is hot at a cold start: twice the latency that a hot one is given.
    expect(again?.plan.settleMs).toBeGreaterThanOrEqual(planned?.settleMs ?? Number.NaN);
    const finished = after.filter((p) => p.outcome === 'finished').map((p) => p.probe);
    expect(finished).toEqual(finished.map((_, i) => i));
    const story = await rig.runner.events(id, 0, 1_000);
    expect(story.map((e) => e.seq)).toEqual(story.map((_, i) => i + 1));
    expect(story.filter((e) => e.type === 'search.started').map((e) => e.data)).toEqual([
      { resumed: false, probes: 0 },
      { resumed: true, probes: 3 },
    ]);
    expect(story.filter((e) => e.type === 'search.plan')).toHaveLength(1);
  });

  test('a search that waited waits on, behind the one that ran', async () => {
    rig.knobs.hold = NEVER;
    const first = await create();
    const second = await create();
    rig.knobs.hold = undefined;
    await rig.restart();
    const [a, b] = [await rig.ended(first), await rig.ended(second)];
    expect([a.state, b.state]).toEqual(['done', 'done']);
    expect(b.startedAtMs).toBeGreaterThanOrEqual(a.endedAtMs ?? Number.NaN);
  });

  test('a search that was complete but not yet ended ends without another burst', async () => {
    const question = ask({ maxLoad: 2 });
    const id = await create({ question });
    const done = await rig.ended(id);
    // The same log without its end, as after a kill between the last probe and the end.
    const { targetKey, questionHash, createdAtMs, caller } = (await rig.store.search(id)) ?? fail();
    const twin = {
      id: 'twin',
      kind: 'search' as const,
      question,
      targetKey,
      questionHash,
      createdAtMs,
      caller,
    };
    await rig.store.createSearch(twin, undefined, []);
    await rig.store.change('twin', { state: 'running', startedAtMs: createdAtMs }, []);
    for (const probe of await rig.store.probes(id)) {
      const { observation, report, finishedAtMs = 0 } = probe;
      const snapshot = await rig.store.records(probe);
      if (!(observation && report && snapshot)) return fail();
      const own = { ...probe, searchId: 'twin' };
      await rig.store.startProbe(own, []);
      await rig.store.finishProbe({ ...own, observation, report, snapshot, finishedAtMs }, {}, []);
    }
    const begun = rig.bursts.length;
    await rig.restart();
    const ended = await rig.ended('twin');
    expect(ended).toMatchObject({ state: 'done' });
    expect(ended.result).toEqual(done.result);
    expect(rig.bursts).toHaveLength(begun);
  });

  test('a target that is gone after the restart: bounded tries, everything kept', async () => {
    const id = await create();
    await runInto(2);
    let asked = 0;
    rig.knobs.check = async () => {
      asked += 1;
      return { ok: false, error: { reason: 'target_refused', detail: 'nobody listens' } };
    };
    await rig.restart();
    expect(await rig.ended(id)).toMatchObject({
      state: 'failed',
      reason: 'target_lost',
      result: { probes: 2 },
    });
    expect(asked).toBe(3);
  });

  test('a target that has become another one is not measured on', async () => {
    const id = await create();
    await runInto(2);
    rig.knobs.check = async () => ({
      ok: true,
      value: { model: 'other', dialect: 'vllm', info: {} },
    });
    rig.knobs.hold = undefined;
    await rig.restart();
    expect(await rig.ended(id)).toMatchObject({ state: 'failed', reason: 'target_changed' });
  });

  test('before the start and after the stop it is not ready', async () => {
    expect(rig.runner.notReady()).toBeUndefined();
    await rig.runner.stop();
    expect(rig.runner.notReady()).toBe('stopping');
  });
});
