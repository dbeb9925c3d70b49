/** Small hand-made bursts for tests: a window of 0 to 10 s unless said. */
import type { BurstSnapshot, ClientHealth } from '../../../src/core/metrics/burst-snapshot.ts';
import { appendRow, type RequestRow } from '../../../src/core/metrics/grow-columns.ts';
import { createColumns } from '../../../src/core/metrics/request-columns.ts';

export const VIRTUAL_HEALTH: ClientHealth = {
  canaryLateRatio: undefined,
  canaryLateMsP99: undefined,
  sendLagMsP99: undefined,
  sendLagMsMax: undefined,
  eventLoopDelayMsMax: undefined,
  eventLoopUtilisation: undefined,
  cpuRatio: undefined,
  staleConnections: 0,
  unsent: 0,
  generators: 0,
};

/** An answer of `tokens` tokens, one chunk each, first token after `ttft`, then one every `gap` ms. */
export function answer(
  scheduledMs: number,
  { ttft = 100, tokens = 11, gap = 10 }: { ttft?: number; tokens?: number; gap?: number } = {},
): RequestRow {
  const firstTokenMs = scheduledMs + ttft;
  const lastTokenMs = firstTokenMs + (tokens - 1) * gap;
  return {
    scheduledMs,
    outcome: 'ok',
    sentMs: scheduledMs,
    firstTokenMs,
    lastTokenMs,
    endMs: lastTokenMs,
    chunkCount: tokens,
    inputTokens: 100,
    outputTokens: tokens,
    askedOutputTokens: tokens,
    gapUnits: Array.from({ length: tokens - 1 }, () => Math.min(65_535, gap * 100)),
  };
}

export function burst(
  rows: readonly RequestRow[],
  {
    startMs = 0,
    nowMs = 10_000,
    burstStartMs = startMs,
  }: {
    startMs?: number;
    nowMs?: number;
    burstStartMs?: number;
  } = {},
): BurstSnapshot {
  const records = createColumns();
  for (const row of rows) appendRow(records, row);
  return { burstStartMs, windowStartMs: startMs, nowMs, records, health: VIRTUAL_HEALTH };
}
