/** Generators as real processes against a loopback target: transitions, limits, ends. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import { type Outcome, outcomeAt } from '../../src/core/metrics/request-columns.ts';
import { voidReason } from '../../src/core/probe/validity.ts';
import { createArrivals } from '../../src/core/workload/arrivals.ts';
import type { BurstPlan } from '../../src/core/workload/burst-plan.ts';
import { createLocalLoad } from '../../src/load/local-load.ts';
import { LoadLost, type LoadSession, type SessionPlan } from '../../src/load/port.ts';
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
} from './scripted-target.ts';

const NEVER = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

interface Started {
  readonly target: ScriptedTarget;
  readonly session: LoadSession;
}

async function start(script: Script, changes: Partial<SessionPlan> = {}): Promise<Started> {
  const target = await startTarget(script);
  open.push(() => target.stop());
  const plan = { ...planOf({ baseUrl: `http://127.0.0.1:${target.port}/v1` }), ...changes };
  const session = await createLocalLoad().open(plan, NEVER);
  open.push(() => session.close());
  return { target, session };
}

/** Three tokens over 30 ms. */
const slowly: Script = (socket) => {
  const pieces = [
    STREAM_HEAD + chunk(ROLE + content('a')),
    chunk(content('b')),
    Buffer.concat([chunk(content('c') + FINISH + usage(7, 3) + DONE), Buffer.from(LAST_CHUNK)]),
  ];
  // One after the other: timers of different lengths may fire out of order on a busy machine.
  const next = (): void => {
    const piece = pieces.shift();
    if (piece === undefined) return;
    setTimeout(() => {
      socket.write(piece);
      next();
    }, 10);
  };
  next();
};

const silent: Script = () => undefined;

const short = (load: number, changes: Partial<BurstPlan> = {}): BurstPlan => ({
  probe: 0,
  load,
  rampMs: 50,
  settleMs: 100,
  windowMs: 400,
  lookEveryMs: 100,
  ...changes,
});

function counts(snapshot: BurstSnapshot): Partial<Record<Outcome, number>> {
  const result: Partial<Record<Outcome, number>> = {};
  for (let i = 0; i < snapshot.records.count; i++) {
    const outcome = outcomeAt(snapshot.records, i);
    result[outcome] = (result[outcome] ?? 0) + 1;
  }
  return result;
}

const rows = (array: Float64Array, { records }: BurstSnapshot): number[] =>
  Array.from(array.subarray(0, records.count));

describe('a closed loop', () => {
  it('keeps its clients busy, and goes up and down without cutting a request', async () => {
    const { session, target } = await start(slowly);
    const looks: number[] = [];
    const first = await session.burst(
      short(4),
      (snapshot) => {
        looks.push(snapshot.records.count);
        expect(snapshot.nowMs).toBeGreaterThanOrEqual(snapshot.windowStartMs);
        return 'continue';
      },
      NEVER,
    );
    expect(looks.length).toBeGreaterThanOrEqual(1);
    expect(first.windowStartMs - first.burstStartMs).toBeCloseTo(100, 6);
    const { ok = 0, pending, ...other } = counts(first);
    expect(ok).toBeGreaterThan(4);
    expect(pending).toBe(4);
    expect(other).toEqual({});
    expect(target.opened).toBe(4);
    expect(first.records.gapCount).toBeGreaterThanOrEqual(2 * ok);
    expect(first.health.generators).toBe(1);
    expect(first.health.canaryLateRatio).toBeDefined();
    expect(first.health.sendLagMsP99).toBeGreaterThan(0);

    const more = await session.burst(short(9), () => 'continue', NEVER);
    expect(counts(more).pending).toBe(9);
    expect(target.opened).toBe(9);
    expect(
      Math.min(...rows(more.records.endMs, more).filter((ms) => ms > 0)),
    ).toBeGreaterThanOrEqual(more.burstStartMs);

    const less = await session.burst(short(2), () => 'continue', NEVER);
    expect(counts(less).pending).toBe(2);
    expect(counts(less).cancelled).toBeUndefined();
  });

  it('sends all the time, also between bursts', async () => {
    const { session, target } = await start(slowly);
    await session.burst(short(2), () => 'end', NEVER);
    const before = target.requests.length;
    await expect.poll(() => target.requests.length).toBeGreaterThan(before + 10);
  });

  it('ends a burst when the look says so', async () => {
    const { session } = await start(slowly);
    const startedMs = performance.now();
    await session.burst(short(2, { windowMs: 60_000 }), () => 'end', NEVER);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  it('shares clients, requests and lengths over the generators', async () => {
    const limits = { ...planOf({ baseUrl: 'http://x' }).limits, maxRequests: 15 };
    const { session, target } = await start(slowly, { generators: 2, limits });
    const snapshot = await session.burst(
      short(5, { windowMs: 10_000 }),
      (seen) => (counts(seen).ok === 15 ? 'end' : 'continue'),
      NEVER,
    );
    expect(snapshot.health.generators).toBe(2);
    expect(counts(snapshot)).toEqual({ ok: 15 });
    expect(target.requests).toHaveLength(15);
    const prompts = new Set(target.requests.map((request) => request.body));
    expect(prompts.size).toBe(15);
  });

  it('says when the limit of requests in flight kept it from the load that was asked for', async () => {
    const limits = { ...planOf({ baseUrl: 'http://x' }).limits, maxInFlight: 3 };
    const { session } = await start(slowly, { limits });
    const snapshot = await session.burst(short(5), () => 'continue', NEVER);
    // All through the window, not only when it joined.
    expect(snapshot.health.unsent).toBeGreaterThanOrEqual(2);
    expect(counts(snapshot).pending).toBe(3);
  });

  it('waits after a failure instead of hammering', async () => {
    const { session, target } = await start((socket: Socket) => socket.resetAndDestroy());
    await session.burst(short(1), () => 'continue', NEVER);
    expect(target.requests.length).toBeGreaterThan(0);
    expect(target.requests.length).toBeLessThan(10);
  });

  it('never finds its prompts in a cache: another session of the same seed sends others', async () => {
    const one = await start(slowly);
    const two = await start(slowly);
    await one.session.burst(short(1), () => 'end', NEVER);
    await two.session.burst(short(1), () => 'end', NEVER);
    expect(one.target.requests[0]?.body).not.toBe(two.target.requests[0]?.body);
  });
});

describe('an open loop', () => {
  it('of two generators sends the one stream of arrivals that was asked for', async () => {
    const { session } = await start(slowly, { axis: 'request_rate', generators: 2 });
    const rps = 300;
    const snapshot = await session.burst(
      short(rps, { rampMs: 0, settleMs: 100, windowMs: 900 }),
      () => 'continue',
      NEVER,
    );
    const scheduled = rows(snapshot.records.scheduledMs, snapshot)
      .filter((ms) => ms < snapshot.nowMs)
      .sort((a, b) => a - b);
    const arrivals = createArrivals(
      { kind: 'poisson' },
      { rps: rps },
      createRandom(1).fork('arrivals'),
    );
    const expected: number[] = [];
    while (snapshot.burstStartMs + arrivals.peekMs() < snapshot.nowMs) {
      expected.push(snapshot.burstStartMs + arrivals.takeMs());
    }
    expect(scheduled).toHaveLength(expected.length);
    expect(scheduled.length).toBeGreaterThan(200);
    // Float64 on a clock of up to 1e9 ms.
    expected.forEach((ms, i) => {
      expect(scheduled[i]).toBeCloseTo(ms, 3);
    });
    expect(new Set(scheduled).size).toBe(scheduled.length);
    // Variance over mean of the counts in 20 ms: 1 for Poisson, far above for two equal streams.
    expect(dispersion(scheduled, snapshot.burstStartMs, 20)).toBeGreaterThan(0.5);
    expect(dispersion(scheduled, snapshot.burstStartMs, 20)).toBeLessThan(1.6);
    expect(snapshot.health.unsent).toBe(0);
  });

  it('goes from rate to rate in the middle of a stream', async () => {
    const { session } = await start(slowly, { axis: 'request_rate' });
    const slow = await session.burst(short(50), () => 'continue', NEVER);
    const fast = await session.burst(short(400), () => 'continue', NEVER);
    const inWindow = (snapshot: BurstSnapshot): number =>
      rows(snapshot.records.scheduledMs, snapshot).filter((ms) => ms >= snapshot.windowStartMs)
        .length /
      (snapshot.nowMs - snapshot.windowStartMs);
    expect(inWindow(fast)).toBeGreaterThan(3 * inWindow(slow));
    expect(fast.records.scheduledMs.length).toBeGreaterThan(0);
  });

  it('records what it could not send in time', async () => {
    const limits = { ...planOf({ baseUrl: 'http://x' }).limits, maxInFlight: 2 };
    const { session, target } = await start(silent, { axis: 'request_rate', limits });
    const snapshot = await session.burst(short(100, { windowMs: 800 }), () => 'continue', NEVER);
    expect(target.requests).toHaveLength(2);
    expect(counts(snapshot).unsent).toBeGreaterThan(10);
    expect(snapshot.health.unsent).toBeGreaterThan(10);
    // Those not yet too late wait, and are told.
    expect(counts(snapshot).pending).toBeGreaterThan(2);
  });

  it('cancels a backlog on the way down', async () => {
    const { session, target } = await start(silent, { axis: 'request_rate' });
    await session.burst(short(200, { windowMs: 600 }), () => 'continue', NEVER);
    const less = await session.burst(short(5), () => 'continue', NEVER);
    expect(counts(less).cancelled).toBeGreaterThan(20);
    await expect.poll(() => target.opened - target.closed).toBeLessThan(20);
  });
});

describe('the end of load', () => {
  it('close stops everything and closes the sockets', async () => {
    const { session, target } = await start(silent);
    await session.burst(short(20), () => 'end', NEVER);
    await session.close();
    await expect.poll(() => target.closed).toBe(target.opened);
    expect(target.opened).toBe(20);
    await session.close();
  });

  it('an aborted burst rejects with the reason of the signal', async () => {
    const { session } = await start(silent);
    const controller = new AbortController();
    const burst = session.burst(
      short(2, { windowMs: 60_000 }),
      () => 'continue',
      controller.signal,
    );
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(burst).rejects.toBe(reason);
    // And the session lives on.
    await session.burst(short(3), () => 'end', NEVER);
  });

  it('a generator that dies spoils the burst', async () => {
    const { session } = await start(silent, { generators: 2 });
    const burst = session.burst(short(2, { windowMs: 60_000 }), () => 'continue', NEVER);
    const [child] = childrenOf(process.pid);
    if (child === undefined) throw new Error('no generator');
    process.kill(child, 'SIGKILL');
    await expect(burst).rejects.toBeInstanceOf(LoadLost);
  });

  it('kill -9 of the parent leaves no load behind', async () => {
    const target = await startTarget(slowly);
    open.push(() => target.stop());
    const parent = spawn(process.execPath, [
      new URL('./parent-process.ts', import.meta.url).pathname,
      String(target.port),
    ]);
    open.push(async () => parent.kill('SIGKILL'));
    await expect.poll(() => target.requests.length).toBeGreaterThan(20);
    await killed(parent);
    await expect.poll(() => target.opened - target.closed).toBe(0);
    const after = target.requests.length;
    // Long enough for a client of the closed loop to send again several times.
    await sleep(200);
    expect(target.requests.length).toBe(after);
  });
});

describe('a client that cannot keep up', () => {
  it('says so of itself', async () => {
    // As many tokens as the connection takes: parsing them takes all of the generator's core.
    const flood = chunk(content('x').repeat(200));
    const { session } = await start((socket) => {
      socket.write(STREAM_HEAD);
      const pump = (): void => {
        if (socket.destroyed) return;
        if (socket.write(flood)) setImmediate(pump);
        else socket.once('drain', pump);
      };
      pump();
    });
    const snapshot = await session.burst(short(8, { windowMs: 800 }), () => 'continue', NEVER);
    expect(snapshot.health.canaryLateRatio).toBeGreaterThan(0.03);
    expect(snapshot.health.canaryLateMsP99).toBeGreaterThan(1);
    // And that voids the burst: what it measured is refused, not believed.
    const text = 'p99(ttft) < 50 ms';
    const bound = { metric: 'ttft', q: 0.99, operator: '<', boundMs: 50, text } as const;
    const tier = {
      name: 'slo',
      text,
      objectives: [{ kind: 'quantile', id: text, ...bound } as const],
    };
    expect(voidReason(snapshot.health, [tier], snapshot.records.count)).toMatch(/^client /);
  });
});

function childrenOf(pid: number): number[] {
  return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

function dispersion(timesMs: readonly number[], startMs: number, binMs: number): number {
  const bins = new Array<number>(Math.floor(((timesMs.at(-1) ?? 0) - startMs) / binMs)).fill(0);
  for (const ms of timesMs) {
    const bin = Math.floor((ms - startMs) / binMs);
    if (bin < bins.length) bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const mean = bins.reduce((sum, n) => sum + n, 0) / bins.length;
  return bins.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (bins.length - 1) / mean;
}

describe('a trace', () => {
  it('is told to the target by every request of its burst, and by none of the next', async () => {
    const { target, session } = await start(slowly);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const traced = short(4, { trace: { traceparent, tracestate: 'vendor=1' } });
    await session.burst(traced, () => 'continue', NEVER);
    const during = target.requests.length;
    await session.burst(short(4), () => 'continue', NEVER);
    const heads = target.requests.map(({ head }) => head);
    expect(during).toBeGreaterThan(8);
    for (const head of heads.slice(0, during)) {
      expect(head).toContain(`traceparent: ${traceparent}\r\n`);
      expect(head).toContain('tracestate: vendor=1');
    }
    expect(heads.at(-1)).not.toContain('traceparent');
  });
});
