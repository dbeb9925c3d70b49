/**
 * A name that changes its address between the check and the load (DNS rebinding), with real connections:
 * the simulated server on one loopback address, a trap on another at the same port. The name exists in no
 * DNS but the resolver here, so whoever asked again would be told the trap, or nothing.
 */
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkTarget } from '../../../src/load/check-target.ts';
import { createLocalLoad } from '../../../src/load/local-load.ts';
import { DEFAULT_SECRET_RULES } from '../../../src/service/access/secret-ref.ts';
import type { Resolve } from '../../../src/service/access/target-guard.ts';
import { LOOPBACK_ONLY } from '../../../src/service/access/target-rules.ts';
import { createLocalEngine } from '../../../src/service/engine/local-engine.ts';
import { burstPlanOf } from '../../../src/service/runner/run/hot-load.ts';
import { sessionPlan } from '../../../src/service/runner/run/session-plan.ts';
import { DEFAULT_RUNNER_CONFIG } from '../../../src/service/runner/runner-config.ts';
import { reachTarget } from '../../../src/service/runner/target/reach-target.ts';
import { type SimServer, startSimServer } from '../../../src/sim/http/sim-server.ts';
import { SERVERS } from '../../../src/sim/servers.ts';
import { decision, question } from '../store/samples.ts';

const GOOD = '127.0.0.1';
const TRAP = '127.0.0.2';
let sim: SimServer;
let trap: Server;
let caught = 0;
let port: number;

beforeAll(async () => {
  sim = await startSimServer({ model: SERVERS.demo, port: 0, seed: '1', speed: 1 });
  port = Number(new URL(sim.url).port);
  trap = createServer((socket) => {
    caught += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(port, TRAP, resolve));
});
afterAll(async () => {
  await sim.close();
  await new Promise((resolve) => trap.close(resolve));
});

test('check, identification and load all go to the address that was checked', async () => {
  const asked: string[] = [];
  const resolve: Resolve = async (host) => {
    asked.push(host);
    return [asked.length === 1 ? GOOD : TRAP];
  };
  const engine = createLocalEngine({ load: createLocalLoad(), check: checkTarget, cores: 2 });
  const { signal } = new AbortController();
  const base = question();
  const asks = {
    ...base,
    target: { baseUrl: `http://rebound.test:${port}/v1`, dialect: 'auto' },
  };
  try {
    const secrets = { rules: () => DEFAULT_SECRET_RULES, env: {} };
    const parts = { engine, resolve, secrets, targets: () => LOOPBACK_ONLY };
    const reached = await reachTarget(asks, parts, signal);
    if (!reached.ok) throw new Error(reached.error.detail);
    expect(reached.value.target.pinnedAddress).toBe(GOOD);
    const plan = sessionPlan('s', asks, reached.value.target, 10_000, DEFAULT_RUNNER_CONFIG);
    const session = await engine.open({ ...plan, generators: 2 }, signal);
    const burst = { ...decision(0, 8), rampMs: 20, settleMs: 50, windowMs: 400, lookEveryMs: 200 };
    const snapshot = await session.burst(burstPlanOf(burst, false, 0), () => 'continue', signal);
    await session.close();
    expect(snapshot.records.count).toBeGreaterThan(8);
  } finally {
    await engine.stop();
  }
  expect(asked).toEqual(['rebound.test']);
  expect(caught).toBe(0);
});

test('the trap works: a name that leads there at once is caught', async () => {
  const engine = createLocalEngine({ load: createLocalLoad(), check: checkTarget, cores: 2 });
  const asks = {
    ...question(),
    target: { baseUrl: `http://rebound.test:${port}/v1`, dialect: 'auto' },
  };
  const reached = await reachTarget(
    asks,
    {
      engine,
      resolve: async () => [TRAP],
      secrets: { rules: () => DEFAULT_SECRET_RULES, env: {} },
      targets: () => LOOPBACK_ONLY,
    },
    new AbortController().signal,
  );
  expect(reached.ok).toBe(false);
  expect(caught).toBeGreaterThan(0);
});
