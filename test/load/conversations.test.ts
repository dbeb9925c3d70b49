/**
 * What generators really send of a workload: histories with the server's own answers, think time,
 * shared beginnings, the policy's fields, cache rules, parts; and a load that runs out when asked to.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import type { BurstPlan } from '../../src/core/workload/burst-plan.ts';
import type { SyntheticSpec, WorkloadSpec } from '../../src/core/workload/spec.ts';
import { createLocalLoad } from '../../src/load/local-load.ts';
import type { LoadSession, SessionPlan } from '../../src/load/port.ts';
import { resetCache } from '../../src/load/reset-cache.ts';
import { planOf } from './one-sender.ts';
import {
  chunk,
  content,
  DONE,
  FINISH,
  LAST_CHUNK,
  ROLE,
  type Script,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
  usage,
  whole,
} from './scripted-target.ts';

const NEVER = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

/** Answers each request with words that name it: `re 7 é`. */
const named: Script = (socket, { number }) => {
  const text = content('re ') + content(`${number}`) + content(' é');
  socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(ROLE + text)]));
  const rest = chunk(FINISH + usage(50, 3) + DONE);
  setTimeout(() => socket.write(Buffer.concat([rest, Buffer.from(LAST_CHUNK)])), 5);
};

async function start(
  workload: WorkloadSpec,
  changes: Partial<SessionPlan> = {},
  script: Script = named,
): Promise<{ readonly target: ScriptedTarget; readonly session: LoadSession }> {
  const target = await startTarget(script);
  open.push(() => target.stop());
  const base = planOf({ baseUrl: `http://127.0.0.1:${target.port}/v1` });
  const session = await createLocalLoad().open({ ...base, workload, ...changes }, NEVER);
  open.push(() => session.close());
  return { target, session };
}

const burst = (load: number, changes: Partial<BurstPlan> = {}): BurstPlan => ({
  probe: 0,
  load,
  rampMs: 20,
  settleMs: 50,
  windowMs: 300,
  lookEveryMs: 50,
  ...changes,
});

interface Message {
  readonly role: string;
  readonly content: string;
}
interface Body {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly [key: string]: unknown;
}
const bodiesOf = (target: ScriptedTarget): Body[] =>
  target.requests.map((request): Body => JSON.parse(request.body));

const arrivals = { kind: 'poisson' } as const;
const ask: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'fixed', tokens: 20 },
  outputTokens: { kind: 'fixed', tokens: 3 },
};
const talk: SyntheticSpec = { ...ask, turns: { count: { kind: 'fixed', tokens: 3 } } };
const shared = { tokens: { kind: 'fixed', tokens: 40 }, count: 1, ratio: 1 } as const;

/** Each prompt's own words by the number of its request; a history must repeat them and the answer. */
function expectTrueHistory(bodies: readonly Body[]): void {
  const turns = new Map<number, number>();
  const sent = bodies.map(({ messages }) => messages.at(-1)?.content ?? '');
  for (const { messages } of bodies) {
    turns.set(messages.length, (turns.get(messages.length) ?? 0) + 1);
    for (let i = 0; i + 2 < messages.length; i += 2) {
      const [said, answered] = [messages[i], messages[i + 1]];
      const number = sent.indexOf(said?.content ?? '');
      expect(said?.role).toBe('user');
      expect(number).toBeGreaterThanOrEqual(0);
      expect(answered).toEqual({ role: 'assistant', content: `re ${number} é` });
    }
  }
  expect([...turns.keys()].sort()).toEqual([1, 3, 5]);
}

describe('a conversation', () => {
  it('carries what was said and what the server really answered', async () => {
    const { target, session } = await start({ ...talk, arrivals });
    await session.burst(burst(3), () => 'continue', NEVER);
    expectTrueHistory(bodiesOf(target));
  });

  it('does so in an open loop, whose arrivals are requests and not conversations', async () => {
    const { target, session } = await start({ ...talk, arrivals }, { axis: 'request_rate' });
    const rps = 150;
    const seen = await session.burst(
      burst(rps, { rampMs: 0, windowMs: 800 }),
      () => 'continue',
      NEVER,
    );
    const bodies = bodiesOf(target);
    expectTrueHistory(bodies);
    // Five standard errors of a Poisson count: the load is the rate of requests.
    const expected = (rps * (seen.nowMs - seen.burstStartMs)) / 1_000;
    expect(Math.abs(seen.records.count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    // A conversation goes on before another begins: most are past their first turn.
    const first = bodies.filter(({ messages }) => messages.length === 1).length;
    expect(first / bodies.length).toBeLessThan(0.6);
  });

  it('lets its user think before every request of a stream', async () => {
    const think = { kind: 'fixed', ms: 60 } as const;
    const { session } = await start({ ...talk, think, arrivals });
    const seen = await session.burst(burst(2, { windowMs: 600 }), () => 'continue', NEVER);
    const { records } = seen;
    const at = Array.from(records.scheduledMs.subarray(0, records.count)).sort((a, b) => a - b);
    const ends = new Set(Array.from(records.endMs.subarray(0, records.count)));
    // Every request but the opening ones is due 60 ms after some answer ended, to the microsecond.
    const after = at.filter((ms) => [...ends].some((end) => Math.abs(ms - 60 - end) < 0.001));
    expect(after.length).toBe(at.length - 2);
    expect(after.length).toBeGreaterThan(3);
  });

  it('is given up when a turn fails, and its stream begins another', async () => {
    const failing: Script = (socket, request) => {
      const { messages }: Body = JSON.parse(request.body);
      if (messages.length === 3) socket.write(whole('500 Oops', 'application/json', '{}'));
      else named(socket, request);
    };
    const { target, session } = await start({ ...talk, arrivals }, {}, failing);
    await session.burst(burst(1), () => 'continue', NEVER);
    const lengths = bodiesOf(target).map(({ messages }) => messages.length);
    expect(lengths.slice(0, 4)).toEqual([1, 3, 1, 3]);
  });
});

describe('shared beginnings', () => {
  it('are a system prompt, one for all generators, and another in each burst when cold', async () => {
    const workload: WorkloadSpec = { ...ask, sharedPrefix: shared, arrivals };
    const systems = async (cache?: WorkloadSpec['cache']): Promise<Set<string>[]> => {
      const rule = cache === undefined ? {} : { cache };
      const { target, session } = await start({ ...workload, ...rule }, { generators: 2 });
      const found: Set<string>[] = [];
      for (let probe = 0; probe < 2; probe++) {
        const before = target.requests.length;
        await session.burst(burst(4, { probe }), () => 'continue', NEVER);
        const bodies = bodiesOf(target).slice(before + 4);
        expect(bodies.length).toBeGreaterThan(8);
        expect(bodies.every(({ messages }) => messages[0]?.role === 'system')).toBe(true);
        found.push(new Set(bodies.map(({ messages }) => messages[0]?.content ?? '')));
      }
      return found;
    };
    const [first, second] = await systems();
    expect(first?.size).toBe(1);
    expect(second).toEqual(first);
    const [cold, colder] = await systems({ kind: 'cold' });
    // What was under way when the load changed may have the words of before.
    expect([...(colder ?? [])].filter((text) => cold?.has(text)).length).toBeLessThanOrEqual(1);
    expect(colder?.size).toBeLessThanOrEqual(2);
  });

  it('are salted where the server keeps caches apart', async () => {
    const { target, session } = await start({ ...ask, arrivals, cache: { kind: 'cold' } });
    await session.burst(burst(1), () => 'end', NEVER);
    expect(bodiesOf(target)[0]?.['cache_salt']).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a mix', () => {
  it('sends each part to its model with its own fields, and records the part', async () => {
    const extras = {
      body: { temperature: 0.5, stream: false, model: 'evil' },
      headers: { 'x-team': 'search', 'content-type': 'text/plain' },
      query: { tag: 'a b' },
    };
    const { target, session } = await start({
      kind: 'mix',
      arrivals,
      parts: [
        { name: 'a', weight: 0.5, request: { ...ask, model: 'lora', extras } },
        { name: 'b', weight: 0.5, request: ask },
      ],
    });
    const seen: BurstSnapshot = await session.burst(burst(4), () => 'continue', NEVER);
    const lora = target.requests.filter(({ body }) => JSON.parse(body).model === 'lora');
    expect(lora.length).toBeGreaterThan(3);
    expect(lora.length).toBeLessThan(target.requests.length);
    for (const { head, body } of lora) {
      expect(head).toMatch(/^POST \/v1\/chat\/completions\?tag=a\+b HTTP/);
      expect(head).toMatch(/x-team: search/i);
      expect(head).toMatch(/content-type: application\/json/i);
      // The checks refuse these; if they did not, what the measurement needs would still win.
      expect(JSON.parse(body)).toMatchObject({ temperature: 0.5, stream: true, model: 'lora' });
    }
    const parts = Array.from(seen.records.part.subarray(0, seen.records.count));
    expect(parts.filter((part) => part === 0).length).toBeGreaterThan(3);
    expect(parts.filter((part) => part === 1).length).toBeGreaterThan(3);
  });
});

describe('a drain', () => {
  it.each(['concurrency', 'request_rate'] as const)('lets %s run out and go on', async (axis) => {
    const { target, session } = await start({ ...talk, arrivals }, { axis, generators: 2 });
    const load = axis === 'concurrency' ? 4 : 80;
    await session.burst(burst(load), () => 'continue', NEVER);
    await session.drain?.(NEVER);
    const sent = target.requests.length;
    const again = await session.burst(burst(load), () => 'continue', NEVER);
    // Nothing of the load before is in the burst, and nothing was sent between.
    const earliest = Math.min(...again.records.scheduledMs.subarray(0, again.records.count));
    expect(earliest).toBeGreaterThanOrEqual(again.burstStartMs - 0.001);
    expect(target.requests.length).toBeGreaterThan(sent + 5);
    const cancelled = again.records.outcome.subarray(0, again.records.count).includes(3);
    expect(cancelled).toBe(false);
  });
});

describe('a reset of the cache', () => {
  const reset = async (script: Script, route: '/flush_cache' | '/reset_prefix_cache') => {
    const target = await startTarget(script);
    open.push(() => target.stop());
    const { target: to } = planOf({ baseUrl: `http://127.0.0.1:${target.port}/v1` });
    return { done: await resetCache(to, route, NEVER), target };
  };

  it('asks the named route until the server has nothing running', async () => {
    const { done, target } = await reset((socket, { number }) => {
      const busy = whole('400 Bad Request', 'application/json', '{"error":"running"}');
      socket.write(number === 0 ? busy : whole('200 OK', 'text/plain', 'Cache flushed.'));
    }, '/flush_cache');
    expect(done.ok).toBe(true);
    expect(target.requests.map(({ head }) => head.split('\r\n')[0])).toEqual([
      'POST /flush_cache HTTP/1.1',
      'POST /flush_cache HTTP/1.1',
    ]);
  });

  it('believes a body that says it failed', async () => {
    const { target } = await reset((socket, { number }) => {
      const body = JSON.stringify({ success: number > 0 });
      socket.write(whole('200 OK', 'application/json', body));
    }, '/reset_prefix_cache');
    expect(target.requests).toHaveLength(2);
  });

  it('says when there is no such route', async () => {
    const { done } = await reset((socket) => {
      socket.write(whole('404 Not Found', 'application/json', '{}'));
    }, '/reset_prefix_cache');
    expect(done).toMatchObject({
      ok: false,
      error: {
        reason: 'cache_reset_failed',
        detail: expect.stringContaining('no /reset_prefix_cache'),
      },
    });
  });
});
