/** What tests of virtual bursts share: plans, rows of records, what every snapshot promises. */
import { expect } from 'vitest';
import type { BurstSnapshot } from '../../src/core/metrics/burst-snapshot.ts';
import {
  type Outcome,
  outcomeAt,
  type RequestColumns,
} from '../../src/core/metrics/request-columns.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import {
  openVirtualSession,
  type VirtualBurstPlan,
  type VirtualSession,
  type VirtualSessionPlan,
} from '../../src/sim/virtual-session.ts';
import { WORKLOADS } from '../../src/sim/workloads.ts';

export const plan = (load: number, more: Partial<VirtualBurstPlan> = {}): VirtualBurstPlan => ({
  probe: 0,
  load,
  rampMs: 1_000,
  settleMs: 3_000,
  windowMs: 12_000,
  lookEveryMs: 3_000,
  ...more,
});
export const session = (more: Partial<VirtualSessionPlan> = {}): VirtualSession =>
  openVirtualSession({
    server: SERVERS.fast,
    workload: WORKLOADS.chat,
    axis: 'concurrency',
    seed: 1,
    ...more,
  });
export const goOn = (): 'continue' => 'continue';

export interface Row {
  readonly scheduledMs: number;
  readonly firstTokenMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
  readonly i: number;
}
export function rows(columns: RequestColumns): Row[] {
  return Array.from({ length: columns.count }, (_, i) => ({
    scheduledMs: columns.scheduledMs[i] ?? Number.NaN,
    firstTokenMs: columns.firstTokenMs[i] ?? Number.NaN,
    endMs: columns.endMs[i] ?? Number.NaN,
    outcome: outcomeAt(columns, i),
    i,
  }));
}
export const withOutcome = (snapshot: BurstSnapshot, outcome: Outcome): Row[] =>
  rows(snapshot.records).filter((row) => row.outcome === outcome);

/** What every snapshot promises, whatever the traffic. */
export function checkSnapshot(snapshot: BurstSnapshot): void {
  const { burstStartMs, nowMs, records } = snapshot;
  for (const row of rows(records)) {
    expect(row.scheduledMs).toBeLessThanOrEqual(nowMs);
    if (row.outcome === 'pending') {
      expect(row.endMs).toBeNaN();
    } else {
      expect(row.endMs).toBeGreaterThanOrEqual(Math.max(burstStartMs, row.scheduledMs));
      expect(row.endMs).toBeLessThanOrEqual(nowMs);
    }
    if (!Number.isNaN(row.firstTokenMs)) {
      expect(row.firstTokenMs).toBeGreaterThan(row.scheduledMs);
      expect(row.firstTokenMs).toBeLessThanOrEqual(nowMs);
    }
    if (row.outcome === 'ok') {
      expect(records.outputTokens[row.i]).toBe(records.askedOutputTokens[row.i]);
      expect(records.inputTokens[row.i]).toBe(records.askedInputTokens[row.i]);
      expect(records.chunkCount[row.i]).toBe(records.outputTokens[row.i]);
      expect(records.lastTokenMs[row.i]).toBe(row.endMs);
      expect(records.httpStatus[row.i]).toBe(200);
    }
  }
}
