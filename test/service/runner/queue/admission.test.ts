/** Keys, queue, join, reject: who gets a search, and which. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, createRig, order, type Rig } from '../rig.ts';

// Whole searches in virtual time: a second on a quiet machine, many on a busy one.
vi.setConfig({ testTimeout: 60_000 });

let rig: Rig;
let release: () => void;
beforeEach(async () => {
  rig = await createRig({ maxQueued: 2 });
  rig.knobs.hold = new Promise((resolve) => {
    release = resolve;
  });
});
afterEach(async () => {
  release();
  await rig.dispose();
});

const DAY_MS = 86_400_000;

describe('Idempotency-Key', () => {
  const keyed = (over: Parameters<typeof order>[0] = {}) =>
    order({ idempotencyKey: 'k', bodyHash: 'h', ...over });

  test('the same body gets the search as it is now, another body is refused', async () => {
    const first = await rig.runner.create(keyed());
    expect(first.kind).toBe('created');
    if (first.kind !== 'created') return;
    expect(await rig.runner.create(keyed())).toMatchObject({
      kind: 'replayed',
      search: { id: first.search.id },
    });
    expect(await rig.runner.create(keyed({ bodyHash: 'other' }))).toEqual({
      kind: 'key_mismatch',
      searchId: first.search.id,
    });
    release();
    await rig.ended(first.search.id);
    expect(await rig.runner.create(keyed())).toMatchObject({
      kind: 'replayed',
      search: { state: 'done' },
    });
  });

  test('fifty at once make one search', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => rig.runner.create(keyed())),
    );
    expect(outcomes.filter((o) => o.kind === 'created')).toHaveLength(1);
    expect(outcomes.filter((o) => o.kind === 'replayed')).toHaveLength(49);
  });

  test("is the caller's own", async () => {
    await rig.runner.create(keyed());
    expect((await rig.runner.create(keyed({ caller: 'somebody' }))).kind).toBe('created');
  });

  test('survives a restart, and is forgotten after a day', async () => {
    const first = await rig.runner.create(keyed());
    await rig.restart();
    expect(await rig.runner.create(keyed())).toMatchObject({
      kind: 'replayed',
      search: 'search' in first ? { id: first.search.id } : {},
    });
    rig.pass(DAY_MS + 1_000);
    expect((await rig.runner.create(keyed())).kind).toBe('created');
  });

  test('max_age_seconds refuses an older answer', async () => {
    release();
    const first = await rig.runner.create(keyed());
    if (first.kind === 'created') await rig.ended(first.search.id);
    rig.pass(100_000);
    expect((await rig.runner.create(keyed({ maxAgeSeconds: 120 }))).kind).toBe('replayed');
    const fresh = await rig.runner.create(keyed({ maxAgeSeconds: 90 }));
    expect(fresh.kind).toBe('created');
    expect(await rig.runner.create(keyed())).toMatchObject({
      search: 'search' in fresh ? { id: fresh.search.id } : {},
    });
  });
});

describe('a busy target', () => {
  test('queue: one after the other, on whatever name', async () => {
    const local = ask({ target: { baseUrl: 'http://localhost:8000/v1', dialect: 'auto' } });
    const a = await rig.runner.create(order());
    const b = await rig.runner.create(order({ question: local }));
    if (a.kind !== 'created' || b.kind !== 'created') throw new Error('not created');
    expect((await rig.runner.get(b.search.id))?.state).toBe('queued');
    release();
    const [first, second] = [await rig.ended(a.search.id), await rig.ended(b.search.id)];
    expect(second.startedAtMs).toBeGreaterThanOrEqual(first.endedAtMs ?? Number.NaN);
  });

  test('queue is bounded: one more is told when to come again', async () => {
    for (let i = 0; i < 3; i++) {
      expect((await rig.runner.create(order())).kind).toBe('created');
    }
    const full = await rig.runner.create(order());
    expect(full).toMatchObject({ kind: 'queue_full' });
    if (full.kind === 'queue_full') expect(full.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('a burst of 500 makes what the queue bears and no more', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => rig.runner.create(order())),
    );
    expect(outcomes.filter((o) => o.kind === 'created')).toHaveLength(3);
    expect(outcomes.filter((o) => o.kind === 'queue_full')).toHaveLength(497);
    expect((await rig.runner.list({ limit: 100 })).searches).toHaveLength(3);
  });

  test('join: the same question joins, labels aside; another one queues', async () => {
    const a = await rig.runner.create(order());
    const id = 'search' in a ? a.search.id : '';
    const join = { onBusy: 'join', idempotencyKey: 'j', bodyHash: 'j' } as const;
    const labelled = ask({ labels: { commit: 'abc' } });
    expect(await rig.runner.create(order({ ...join, question: labelled }))).toMatchObject({
      kind: 'joined',
      search: { id },
    });
    expect(await rig.runner.create(order({ ...join, question: labelled }))).toMatchObject({
      kind: 'replayed',
      search: { id },
    });
    const other = await rig.runner.create(order({ onBusy: 'join', question: ask({ seed: 8 }) }));
    expect(other.kind).toBe('created');
  });

  test('reject names the running search', async () => {
    const a = await rig.runner.create(order());
    const id = 'search' in a ? a.search.id : '';
    expect(await rig.runner.create(order({ onBusy: 'reject' }))).toEqual({
      kind: 'busy',
      running: { id, kind: 'search' },
    });
    const elsewhere = ask({ target: { baseUrl: 'http://127.0.0.1:8001/v1', dialect: 'auto' } });
    const free = await rig.runner.create(order({ onBusy: 'reject', question: elsewhere }));
    expect(free.kind).toBe('created');
  });
});
