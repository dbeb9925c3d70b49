/** Requests that are answered in one piece, in virtual time: an end, no token, and the work of all texts. */
import { expect, test } from 'vitest';
import { summariseBurst } from '../../src/core/metrics/burst-summary.ts';
import type { WorkloadSpec } from '../../src/core/workload/spec.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';

const plan = { probe: 0, load: 4, rampMs: 0, settleMs: 500, windowMs: 10_000, lookEveryMs: 1_000 };

function summaryOf(documents: number) {
  const workload: WorkloadSpec = {
    kind: 'synthetic',
    endpoint: 'embeddings',
    documents,
    inputTokens: { kind: 'fixed', tokens: 200 },
    outputTokens: { kind: 'fixed', tokens: 50 },
    arrivals: { kind: 'poisson' },
  };
  const session = openVirtualSession({
    server: SERVERS.fast,
    workload,
    axis: 'concurrency',
    seed: 1,
  });
  return summariseBurst(
    session.burst(plan, () => 'continue'),
    0.95,
  );
}

test('one text and sixteen', () => {
  const [one, sixteen] = [summaryOf(1), summaryOf(16)];
  for (const { ttftMs, tpotMs, itlMs, outputTokensMean } of [one, sixteen]) {
    expect([ttftMs, tpotMs, itlMs, outputTokensMean]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  }
  expect([one.inputTokensMean, sixteen.inputTokensMean]).toEqual([200, 3_200]);
  expect(one.requests).toBeGreaterThan(100);
  // Reading sixteen times as much takes longer: 4 requests of 3,200 tokens at 0.05 ms each.
  expect(sixteen.e2eMs?.mean).toBeGreaterThan(8 * (one.e2eMs?.mean ?? Number.NaN));
});
