/** The server's machine against what its page says of a step, and against a slow twin that is obvious. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import { createEngine, type Engine } from '../../src/sim/engine.ts';
import { serverModel } from '../../src/sim/server-model.ts';
import type { SimRequest } from '../../src/sim/sim-request.ts';

const exact = serverModel({
  name: 'exact',
  baseMs: 10,
  decodeMs: 1,
  prefillMs: 0.1,
  noiseRatio: 0,
  tokenBudget: 100,
  maxSeqs: 4,
  kvTokens: 1_000,
});

function submit(engine: Engine, input: number, output: number, atMs: number = 0): SimRequest {
  const taken = engine.submit(input, output, atMs);
  if (typeof taken === 'string') throw new Error(taken);
  return taken;
}

describe('a step', () => {
  it('yields the first token with the end of the prefill, then one token a step', () => {
    const engine = createEngine(exact, createRandom(1));
    const request = submit(engine, 250, 3);
    engine.step(); // 100 tokens: 20 ms
    engine.step(); // 100 tokens: 20 ms
    expect(request.state).toBe('prefilling');
    const third = engine.step(); // 50 tokens: 15 ms
    expect(third.firstTokens).toEqual([request]);
    expect(request.firstTokenMs).toBeCloseTo(55, 9);
    engine.step();
    expect(request.state).toBe('decoding');
    const last = engine.step();
    expect(last.finished).toEqual([request]);
    expect(engine.state.nowMs).toBeCloseTo(55 + 2 * 11, 9);
    expect(engine.state.kvResident).toBe(0);
    expect(engine.isIdle()).toBe(true);
  });

  it('ends an answer of one token with the prefill', () => {
    const engine = createEngine(exact, createRandom(1));
    const request = submit(engine, 10, 1);
    expect(engine.step().finished).toEqual([request]);
  });

  it('gives the budget first come first served, less the decoding requests', () => {
    const engine = createEngine(exact, createRandom(1));
    submit(engine, 1, 50);
    submit(engine, 1, 50);
    engine.step();
    const first = submit(engine, 90, 2);
    const second = submit(engine, 90, 2);
    engine.step(); // 98 left: 90 and 8
    expect(first.state).toBe('decoding');
    expect(second.prefillLeft).toBe(82);
    engine.step(); // 97 left
    expect(second.state).toBe('decoding');
    expect(engine.state.lastStepMs).toBeCloseTo(10 + 3 + 0.1 * 82, 9);
  });

  it('admits in order while a slot is free and the whole request fits the KV cache', () => {
    const engine = createEngine({ ...exact, kvTokens: 300, maxModelLen: 300 }, createRandom(1));
    const large = submit(engine, 150, 50);
    const tooMuchNow = submit(engine, 100, 50);
    const small = submit(engine, 5, 5);
    engine.step();
    expect([large.state, tooMuchNow.state, small.state]).toEqual([
      'prefilling',
      'waiting',
      'waiting',
    ]);
    for (let i = 0; i < 60 && large.state !== 'ended'; i++) engine.step();
    engine.step();
    expect(small.state).not.toBe('waiting');
    expect(engine.state.running).toBe(2);
  });

  it('has no more requests in it than slots', () => {
    const engine = createEngine(exact, createRandom(1));
    for (let i = 0; i < 6; i++) submit(engine, 1, 5);
    engine.step();
    expect(engine.state).toMatchObject({ running: 4, waiting: 2, decoding: 4 });
  });

  it('never takes less than half a millisecond', () => {
    const engine = createEngine(
      { ...exact, baseMs: 0, decodeMs: 0, prefillMs: 0 },
      createRandom(1),
    );
    submit(engine, 1, 5);
    engine.step();
    expect(engine.state.lastStepMs).toBe(0.5);
  });

  it('has the spread that the model says', () => {
    const noisy = { ...exact, noiseRatio: 0.03, decodeMs: 0, prefillMs: 0, kvTokens: 50_000 };
    const engine = createEngine({ ...noisy, maxModelLen: 50_000 }, createRandom(1));
    submit(engine, 1, 20_000);
    const steps = Array.from({ length: 20_000 }, () => {
      engine.step();
      return engine.state.lastStepMs;
    });
    const mean = steps.reduce((s, x) => s + x, 0) / steps.length;
    const sd = Math.sqrt(steps.reduce((s, x) => s + (x - mean) ** 2, 0) / steps.length);
    expect(Math.abs(mean - 10)).toBeLessThan(0.01);
    expect(Math.abs(sd - 0.3)).toBeLessThan(0.006);
  });
});

describe('a client that goes away', () => {
  it.each([
    ['waiting', 0],
    ['prefilling', 1],
    ['decoding', 4],
  ])('frees everything it held while %s', (state, steps) => {
    const engine = createEngine(exact, createRandom(1));
    const request = submit(engine, 300, 40);
    for (let i = 0; i < steps; i++) engine.step();
    expect(request.state).toBe(state);
    engine.cancel(request);
    engine.cancel(request);
    expect(engine.state).toMatchObject({
      running: 0,
      waiting: 0,
      decoding: 0,
      kvReserved: 0,
      kvResident: 0,
    });
    const next = submit(engine, 10, 3);
    for (let i = 0; i < 60; i++) if (!engine.isIdle()) engine.step();
    expect(next.state).toBe('ended');
    expect(request.state).toBe('cancelled');
    expect(engine.isIdle()).toBe(true);
  });
});

describe('refusals', () => {
  it('names each', () => {
    const engine = createEngine(
      { ...exact, admission: { maxWaiting: 1, status: 429 }, diesAtMs: 500, maxModelLen: 500 },
      createRandom(1),
    );
    expect(engine.submit(499, 2, 0)).toBe('too_long');
    submit(engine, 10, 2);
    expect(engine.submit(10, 2, 0)).toBe('overloaded');
    expect(engine.submit(10, 2, 500)).toBe('gone');
    const failing = createEngine({ ...exact, errorRatio: 1 }, createRandom(1));
    expect(failing.submit(10, 2, 0)).toBe('failed');
  });

  it('loses everything when it dies', () => {
    const engine = createEngine({ ...exact, diesAtMs: 100 }, createRandom(1));
    const requests = [1, 2, 3, 4, 5].map(() => submit(engine, 100, 300 / 5));
    const lost: SimRequest[] = [];
    for (let i = 0; i < 100 && lost.length === 0; i++) lost.push(...engine.step().lost);
    expect(new Set(lost)).toEqual(new Set(requests));
    expect(engine.isIdle()).toBe(true);
    expect(engine.state).toMatchObject({ kvReserved: 0, kvResident: 0, decoding: 0 });
  });
});

/** The same server the slow way: every request looked at in every step, no calendar, no sums. */
function slowTwin(
  model: typeof exact,
  shapes: readonly (readonly [input: number, output: number, atMs: number])[],
): { readonly firstMs: number[]; readonly endMs: number[] } {
  const requests = shapes.map(([input, output, atMs]) => ({
    input,
    output,
    atMs,
    left: input,
    made: 0,
    admitted: false,
    firstMs: Number.NaN,
    endMs: Number.NaN,
  }));
  let now = 0;
  while (requests.some((r) => Number.isNaN(r.endMs))) {
    const live = requests.filter((r) => r.atMs <= now && Number.isNaN(r.endMs));
    if (live.length === 0) {
      now = Math.min(...requests.filter((r) => r.atMs > now).map((r) => r.atMs));
      continue;
    }
    for (const r of live) {
      if (r.admitted) continue;
      const inside = live.filter((o) => o.admitted);
      const kv = inside.reduce((s, o) => s + o.input + o.output, 0);
      if (inside.length >= model.maxSeqs || kv + r.input + r.output > model.kvTokens) break;
      r.admitted = true;
    }
    const decoding = live.filter((r) => r.admitted && r.left === 0);
    let budget = model.tokenBudget - decoding.length;
    let prefill = 0;
    const done: typeof live = [];
    for (const r of live.filter((o) => o.admitted && o.left > 0)) {
      const take = Math.min(budget, r.left);
      r.left -= take;
      budget -= take;
      prefill += take;
      if (r.left === 0) done.push(r);
    }
    now += Math.max(
      0.5,
      model.baseMs + model.decodeMs * decoding.length + model.prefillMs * prefill,
    );
    for (const r of [...decoding, ...done]) {
      r.made += 1;
      if (r.made === 1) r.firstMs = now;
      if (r.made === r.output) r.endMs = now;
    }
  }
  return { firstMs: requests.map((r) => r.firstMs), endMs: requests.map((r) => r.endMs) };
}

describe('against the slow twin', () => {
  it('gives the same times for any arrivals, lengths and limits', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 800, noNaN: true }),
    );
    const limits = fc.record({
      maxSeqs: fc.integer({ min: 1, max: 6 }),
      tokenBudget: fc.integer({ min: 7, max: 200 }),
      kvTokens: fc.integer({ min: 360, max: 1_500 }),
    });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 25 }), limits, (shapes, limit) => {
        const model = { ...exact, ...limit, maxModelLen: limit.kvTokens };
        const sorted = [...shapes].sort((a, b) => a[2] - b[2]);
        const engine = createEngine(model, createRandom(1));
        const requests: SimRequest[] = [];
        const endMs = new Map<SimRequest, number>();
        for (let sent = 0; sent < sorted.length || !engine.isIdle(); ) {
          const due = sorted[sent];
          if (due !== undefined && due[2] <= engine.state.nowMs) {
            requests.push(submit(engine, ...due));
            sent += 1;
          } else if (engine.isIdle()) {
            engine.skipTo(due?.[2] ?? 0);
          } else {
            for (const r of engine.step().finished) endMs.set(r, engine.state.nowMs);
          }
        }
        const twin = slowTwin(model, sorted);
        requests.forEach((request, i) => {
          expect(request.firstTokenMs).toBeCloseTo(twin.firstMs[i] ?? -1, 6);
          expect(endMs.get(request)).toBeCloseTo(twin.endMs[i] ?? -1, 6);
        });
        expect(engine.state).toMatchObject({ kvReserved: 0, kvResident: 0, running: 0 });
      }),
      { numRuns: 150 },
    );
  });
});
