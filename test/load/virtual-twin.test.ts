/**
 * The virtual client and the generator send the same requests from the same seed, and the simulated
 * server finds the same in its cache, in virtual time and over HTTP.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import type { SyntheticSpec, WorkloadSpec } from '../../src/core/workload/spec.ts';
import { createLocalLoad } from '../../src/load/local-load.ts';
import { startSimServer } from '../../src/sim/http/sim-server.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import { planOf } from './one-sender.ts';

const SEED = 11;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const question: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'uniform', min: 20, max: 90 },
  outputTokens: { kind: 'uniform', min: 2, max: 9 },
};
const talk: SyntheticSpec = {
  ...question,
  turns: { count: { kind: 'uniform', min: 2, max: 4 } },
  sharedPrefix: { tokens: { kind: 'fixed', tokens: 100 }, count: 2, ratio: 0.8 },
  think: { kind: 'exponential', meanMs: 3, maxMs: 20 },
};
const arrivals = { kind: 'poisson' } as const;
const workloads: readonly (readonly [string, WorkloadSpec])[] = [
  ['single requests', { ...question, arrivals }],
  ['conversations that share beginnings', { ...talk, arrivals }],
  [
    'a mix with an adapter',
    {
      kind: 'mix',
      arrivals,
      parts: [
        { name: 'talk', weight: 0.5, request: talk },
        { name: 'ask', weight: 0.5, request: { ...question, model: 'adapter' } },
      ],
    },
  ],
  [
    'completions with lengths that belong together',
    {
      ...question,
      endpoint: 'completions',
      correlation: 0.7,
      turns: { count: { kind: 'fixed', tokens: 2 } },
      arrivals,
    },
  ],
];

/** What was asked and found, in the order in which it was sent; the first that have ended. */
function asked(snapshot: BurstSnapshot, count: number): readonly (readonly number[])[] {
  const { records } = snapshot;
  const rows = Array.from({ length: records.count }, (_, i) => i)
    .filter((i) => (records.endMs[i] ?? Number.NaN) <= snapshot.nowMs)
    .sort((a, b) => (records.scheduledMs[a] ?? 0) - (records.scheduledMs[b] ?? 0));
  expect(rows.length).toBeGreaterThanOrEqual(count);
  return rows
    .slice(0, count)
    .map((i) => [
      records.part[i] ?? -1,
      records.askedInputTokens[i] ?? -1,
      records.inputTokens[i] ?? -1,
      records.outputTokens[i] ?? -1,
      records.cachedTokens[i] ?? -1,
    ]);
}

describe('one stream', () => {
  it.each(workloads)('of %s', async (name, workload) => {
    const burst = { probe: 0, load: 1, rampMs: 0, settleMs: 0, lookEveryMs: 100 };
    const virtual = openVirtualSession({
      server: SERVERS.cached,
      workload,
      axis: 'concurrency',
      seed: SEED,
    });
    const expected = virtual.burst({ ...burst, windowMs: 10_000 }, () => 'continue');

    const server = await startSimServer({
      model: SERVERS.cached,
      adapters: ['adapter'],
      speed: 20,
    });
    open.push(() => server.close());
    const plan = planOf({ baseUrl: `${server.url}/v1` });
    const session = await createLocalLoad().open(
      {
        ...plan,
        target: { ...plan.target, model: server.modelName },
        workload,
        axis: 'concurrency',
        seed: SEED,
        generators: 1,
      },
      new AbortController().signal,
    );
    open.push(() => session.close());
    const count = 40;
    const ended = (seen: BurstSnapshot): number => seen.records.count - 1;
    const seen = await session.burst(
      { ...burst, windowMs: 15_000 },
      (look) => (ended(look) >= count ? 'end' : 'continue'),
      new AbortController().signal,
    );
    const sent = asked(seen, count);
    expect(sent).toEqual(asked(expected, count));
    const found = sent.some(([, , , , cached]) => (cached ?? 0) > 0);
    expect(found).toBe(name !== 'single requests');
  });
});
