/** The runner as a service: a search from its creation to its end, and everything that may cut it short. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { LoadLost } from '../../../src/load/port.ts';
import type { SearchEvent } from '../../../src/service/runner/search-service.ts';
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

async function create(over: Parameters<typeof order>[0] = {}): Promise<string> {
  const outcome = await rig.runner.create(order(over));
  if (!('search' in outcome)) throw new Error(outcome.kind);
  return outcome.search.id;
}
const events = (id: string): Promise<readonly SearchEvent[]> => rig.runner.events(id, 0, 1_000);

/** Waits (some turns of the event loop) until the condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it never happened');
}

function gate(): { readonly hold: Promise<void>; open(): void } {
  let open = (): void => {};
  const hold = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { hold, open };
}

describe('a search', () => {
  test('runs to its answer, and tells its story in order', async () => {
    const id = await create();
    const record = await rig.ended(id);
    expect(record).toMatchObject({
      state: 'done',
      provenance: {
        model: 'sim',
        dialect: 'vllm',
        resolvedAddress: '127.0.0.1',
        targetInfo: { server: 'slots-12' },
      },
    });
    const [tier] = record.result?.tiers ?? [];
    // Twelve slots: the thirteenth stream waits for one.
    expect(tier?.lower).toBeGreaterThanOrEqual(8);
    expect(tier?.upper).toBeLessThanOrEqual(20);
    expect(tier?.lower).toBeLessThan(tier?.upper ?? 0);

    const story = await events(id);
    expect(story.map((e) => e.seq)).toEqual(story.map((_, i) => i + 1));
    expect(story.slice(0, 4).map((e) => e.type)).toEqual([
      'search.queued',
      'search.started',
      'search.plan',
      'probe.started',
    ]);
    expect(story.at(-1)?.type).toBe('search.done');
    const finished = story.filter((e) => e.type === 'probe.finished');
    const probes = await rig.runner.probes(id);
    expect(finished.map((e) => e.data['probe'])).toEqual(probes.map((p) => p.probe));
    expect(probes.map((p) => p.probe)).toEqual(probes.map((_, i) => i));
    expect(record.result?.probes).toBe(probes.length);
    expect(story.some((e) => e.type === 'bracket.changed')).toBe(true);
    // What the budget buys is said before the load, what it did not buy with every bracket.
    const plan = story.find((e) => e.type === 'search.plan');
    expect(plan?.data['sentence']).toMatch(/needs about \d+ requests to pass/);
    const needs = story
      .filter((e) => e.type === 'bracket.changed' || e.type === 'search.done')
      .map((e) =>
        z.object({ tiers: z.array(z.object({ needs: z.string().nullable() })) }).parse(e.data),
      );
    expect(needs[0]?.tiers[0]?.needs).toMatch(/would take about/);
    expect(needs.at(-1)?.tiers[0]?.needs).toBe(tier?.needs ?? null);
    expect(rig.openSessions()).toBe(0);
    // Hot from the second burst on: one session, one cold start.
    expect(rig.bursts.map((b) => b.cold)).toEqual(rig.bursts.map((_, i) => i === 0));
  });

  test('gives its raw requests as rows', async () => {
    const id = await create({ question: ask({ maxLoad: 2 }) });
    await rig.ended(id);
    const rows: Readonly<Record<string, unknown>>[] = [];
    for await (const row of rig.runner.requests(id)) rows.push(row);
    const probes = await rig.runner.probes(id);
    expect(rows.length).toBeGreaterThan(50);
    expect(new Set(rows.map((r) => r['probe']))).toEqual(new Set(probes.map((p) => p.probe)));
    expect(rows.find((r) => r['outcome'] === 'ok')).toMatchObject({
      load: expect.any(Number),
      scheduled_ms: expect.any(Number),
      first_token_ms: expect.any(Number),
      output_tokens: expect.any(Number),
    });
    expect(JSON.stringify(rows)).not.toContain('NaN');
  });

  test('same question, same seed: the same probes and the same answer', async () => {
    const [first, second] = [await create(), await create()];
    const results = [(await rig.ended(first)).result, (await rig.ended(second)).result];
    expect(results[0]).toEqual(results[1]);
  });

  test('spends no more requests and tokens than the budget', async () => {
    const budget = { loadSeconds: 300, requests: 400, outputTokens: 10_000_000 };
    const id = await create({ question: ask({ budget }) });
    const record = await rig.ended(id);
    expect(record).toMatchObject({ state: 'done', result: { stopped: 'budget' } });
    // A burst is looked at every second or so; what was under way then is over the ceiling at most.
    expect(record.result?.requests).toBeLessThan(2 * budget.requests);
    expect((await rig.runner.probes(id)).at(-1)?.end).toBe('budget');
    expect(rig.sessions[0]?.limits.maxRequests).toBe(400);
  });
});

describe('what ends it early', () => {
  test('cancel stops the load and keeps what is known; it can be repeated', async () => {
    const { hold } = gate();
    const id = await create();
    await until(async () => (await rig.runner.probes(id)).length >= 2);
    rig.knobs.hold = hold;
    const cancelled = await rig.runner.cancel(id);
    expect(cancelled).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    expect(cancelled?.result?.probes).toBeGreaterThanOrEqual(2);
    expect(cancelled?.result?.stopped).toBe('cancelled');
    expect(rig.openSessions()).toBe(0);
    expect(await rig.runner.cancel(id)).toEqual(cancelled);
    expect((await events(id)).at(-1)?.type).toBe('search.cancelled');
    expect(await rig.runner.cancel('unknown')).toBeUndefined();
  });

  test('cancel of a queued search: nothing was ever sent', async () => {
    rig.knobs.hold = gate().hold;
    const first = await create();
    const second = await create();
    expect(await rig.runner.cancel(second)).toMatchObject({ state: 'cancelled' });
    await rig.runner.cancel(first);
    expect((await events(second)).map((e) => e.type)).toEqual([
      'search.queued',
      'search.cancelled',
    ]);
  });

  test('a lease that nobody renews, and one that somebody does', async () => {
    rig.knobs.hold = gate().hold;
    const id = await create({ leaseSeconds: 60 });
    await until(() => rig.bursts.length > 0);
    rig.pass(50_000);
    rig.runner.touch(id);
    rig.pass(50_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await rig.runner.get(id))?.state).toBe('running');
    const unsubscribe = rig.runner.subscribe(id, () => {});
    rig.pass(90_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await rig.runner.get(id))?.state).toBe('running');
    unsubscribe();
    rig.pass(61_000);
    await until(async () => (await rig.runner.get(id))?.state === 'expired');
    expect(await rig.runner.get(id)).toMatchObject({ reason: 'lease_expired' });
  });

  test('a deadline ends a running and a queued search', async () => {
    rig.knobs.hold = gate().hold;
    const deadlineAtMs = Date.now() + 60_000;
    const first = await create({ deadlineAtMs });
    const second = await create({ deadlineAtMs });
    await until(() => rig.bursts.length > 0);
    rig.pass(60_001);
    for (const id of [first, second]) {
      const record = await rig.ended(id);
      expect(record).toMatchObject({ state: 'expired', reason: 'deadline_reached' });
    }
    expect(rig.bursts).toHaveLength(1);
  });

  test.each([
    ['target_refused', 'nobody listens'],
    ['target_not_an_api', 'it is a page'],
  ])('a target that cannot be loaded: %s, at once', async (reason, detail) => {
    rig.knobs.check = async () => ({ ok: false, error: { reason, detail } });
    const record = await rig.ended(await create());
    expect(record).toMatchObject({ state: 'failed', reason, detail });
    expect(record.result).toBeUndefined();
    expect(rig.sessions).toHaveLength(0);
  });

  test('a target that is not on loopback is not even asked', async () => {
    let asked = 0;
    rig.knobs.check = async () => {
      asked += 1;
      throw new Error('asked');
    };
    const target = { baseUrl: 'http://10.0.0.1:8000/v1', dialect: 'auto' };
    const record = await rig.ended(await create({ question: ask({ target }) }));
    expect(record).toMatchObject({ state: 'failed', reason: 'target_not_allowed' });
    expect(asked).toBe(0);
  });

  test('a generator that dies is replaced; one that always dies ends the search', async () => {
    let deaths = 0;
    rig.knobs.fate = (plan) => {
      if (plan.probe !== 1 || deaths >= 2) return undefined;
      deaths += 1;
      return { kind: 'throw', error: new LoadLost('generator 0 was killed') };
    };
    expect(await rig.ended(await create())).toMatchObject({ state: 'done' });
    rig.knobs.fate = () => ({ kind: 'throw', error: new LoadLost('generator 0 was killed') });
    expect(await rig.ended(await create())).toMatchObject({
      state: 'failed',
      reason: 'generator_lost',
      detail: 'generator 0 was killed',
    });
  });

  test('voided probes are shown, count for nothing, get more generators, and end as client_limited', async () => {
    rig.knobs.fate = (plan) => (plan.probe >= 1 ? { kind: 'busy_client' } : undefined);
    const id = await create();
    const record = await rig.ended(id);
    expect(record).toMatchObject({ state: 'failed', reason: 'client_limited' });
    const probes = await rig.runner.probes(id);
    expect(probes.map((p) => p.voided !== undefined)).toEqual([false, true, true, true]);
    expect(rig.bursts.map((b) => b.generators)).toEqual([1, 1, 2, 2]);
    expect(new Set(probes.slice(1).map((p) => p.load)).size).toBe(1);
    const types = (await events(id)).map((e) => e.type);
    expect(types.filter((t) => t === 'probe.voided')).toHaveLength(3);
    expect(types.filter((t) => t === 'probe.finished')).toHaveLength(1);
  });

  test('one voided probe does not end it, and the generators that it brought stay', async () => {
    rig.knobs.fate = (plan) => (plan.probe === 1 ? { kind: 'busy_client' } : undefined);
    const record = await rig.ended(await create());
    expect(record.state).toBe('done');
    expect(rig.bursts.map((b) => b.generators)).toEqual(rig.bursts.map((_, i) => (i < 2 ? 1 : 2)));
    expect(rig.bursts.filter((b) => b.cold)).toHaveLength(2);
  });
});

describe('credentials', () => {
  const target = {
    baseUrl: 'http://127.0.0.1:8000/v1',
    dialect: 'auto',
    apiKeyRef: 'env:PLIMSOLL_TARGET_KEY',
  };

  test('go to the target and nowhere else', async () => {
    const id = await create({ question: ask({ target, maxLoad: 2 }) });
    const record = await rig.ended(id);
    expect(rig.sessions[0]?.target.headers).toEqual({ authorization: 'Bearer sk-very-secret' });
    const kept = JSON.stringify([record, await events(id), await rig.store.probes(id)]);
    expect(kept).toContain('env:PLIMSOLL_TARGET_KEY');
    expect(kept).not.toContain('sk-very-secret');
  });

  test('that are not there end the search before anything is sent', async () => {
    const gone = { ...target, apiKeyRef: 'env:PLIMSOLL_TARGET_GONE' };
    const record = await rig.ended(await create({ question: ask({ target: gone }) }));
    expect(record).toMatchObject({ state: 'failed', reason: 'secret_unavailable' });
  });
});
