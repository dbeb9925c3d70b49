/** A stop of the whole process: the canary's thread stood still with it, and its samples count all the same. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { parseTier } from '../../src/core/policy/slo-parse.ts';
import { voidReason } from '../../src/core/probe/validity.ts';
import { createStallWatch } from '../../src/load/generator/canary.ts';
import { createLocalLoad } from '../../src/load/local-load.ts';
import { planOf } from './one-sender.ts';
import { type Script, startTarget } from './scripted-target.ts';

const NEVER = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

describe('the watch for stalls', () => {
  const told = (steps: readonly ('read' | number)[]): number[] => {
    const missing: number[] = [];
    const watch = createStallWatch(5, (ms) => missing.push(ms));
    for (const step of steps) {
      if (step === 'read') watch.onRead();
      else watch.tick(step);
    }
    return missing;
  };

  it.each([
    ['tells nothing before its second tick', [1_000_000], []],
    ['nothing while ticks come in time', [0, 5, 11, 16], []],
    ['nothing of a tick that was late while samples were read', [0, 'read', 'read', 14.9], []],
    ['nothing of a loop that was busy: its samples were read late', [0, ...four(), 25], []],
    ['the samples of a stop of everything, the longest first', [0, 25], [20, 15, 10, 5]],
    ['less those that came in it', [0, 'read', 'read', 25], [20, 15]],
    ['each stall once', [0, 25, 30], [20, 15, 10, 5]],
  ] as const)('%s', (_name, steps, missing) => {
    expect(told(steps)).toEqual(missing);
  });
});

function four(): 'read'[] {
  return ['read', 'read', 'read', 'read'];
}

const silent: Script = () => undefined;

describe('a generator that the machine stops', () => {
  it('says so, and the burst is void', async () => {
    const target = await startTarget(silent);
    open.push(() => target.stop());
    const load = createLocalLoad();
    const plan = planOf({ baseUrl: `http://127.0.0.1:${target.port}/v1` });
    const session = await load.open(plan, NEVER);
    open.push(() => session.close());
    const stopping = new AbortController();
    const stopped = stopAndGo(generatorOf(process.pid), stopping.signal);
    const times = { rampMs: 0, settleMs: 50, windowMs: 600, lookEveryMs: 600 };
    const snapshot = await session.burst({ probe: 0, load: 1, ...times }, () => 'continue', NEVER);
    stopping.abort();
    await stopped;
    // About a third of the time stood still in pieces of 40 ms (a stop must be long for the rule to void
    // a bound of half a second); the loop itself had next to nothing to do.
    expect(snapshot.health.canaryLateMsP99).toBeGreaterThan(20);
    expect(snapshot.health.canaryLateRatio).toBeGreaterThan(0.1);
    const tier = parseTier('slo', 'p99(ttft) < 500 ms', '');
    if (!tier.ok) throw new Error('a wrong SLO');
    expect(voidReason(snapshot.health, [tier.value], 1)).toMatch(/^client late: canary p99/);
  });
});

/** Its entry tells it from other children of this process. */
function generatorOf(parent: number): number {
  const found = execFileSync('pgrep', ['-P', String(parent), '-f', 'generator/main.ts']);
  return Number(found.toString().trim().split('\n').at(-1));
}

async function stopAndGo(pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    process.kill(pid, 'SIGSTOP');
    await sleep(40);
    process.kill(pid, 'SIGCONT');
    await sleep(80);
  }
}
