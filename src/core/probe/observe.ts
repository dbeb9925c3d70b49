/**
 * A burst's snapshot as the controller sees it. Called at every look into a running burst, so it walks
 * the rows a few times and keeps nothing per row.
 */

import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { completedRps, meanE2eMs } from '../metrics/burst-summary.ts';
import { rowState, windowMs } from '../metrics/burst-window.ts';
import { goodBlocks } from '../metrics/good-requests.ts';
import { meanInFlight } from '../metrics/in-flight.ts';
import { cutBlocks } from '../metrics/time-blocks.ts';
import { blockLengthMs, tierEvidence } from '../policy/evidence/evidence-of.ts';
import { goodBoundsOf } from '../policy/good-bounds.ts';
import type { SloTier } from '../policy/objective.ts';
import type { ProbeDecision } from '../search/decision.ts';
import type { BurstEndReason, Observation } from '../search/observation.ts';
import { paceBlocks } from './pace.ts';
import { worstRatiosOfBound } from './worst-ratio.ts';

export interface ObserveInput {
  readonly snapshot: BurstSnapshot;
  readonly decision: Pick<ProbeDecision, 'probe' | 'loadUnits'>;
  readonly tiers: readonly SloTier[];
  readonly end: BurstEndReason;
  /** Mean E2E latency of the last burst that had one. */
  readonly lastE2eMs?: number;
  /** The search's first load, on the snapshot's clock; 0 where the clock starts with the search. */
  readonly searchStartMs?: number;
}

export function observe(input: ObserveInput): Observation {
  const { snapshot, tiers } = input;
  const e2eMs = e2eOr(snapshot, input.lastE2eMs);
  const blockMs = blockLengthMs(e2eMs);
  const evidence = tiers.map((tier) => tierEvidence(tier, snapshot, blockMs));
  const blocks = cutBlocks(snapshot.windowStartMs, snapshot.nowMs, blockMs);
  const good = tiers.map((tier) => goodBlocks(snapshot, goodBoundsOf(tier), blocks));
  const seconds = windowMs(snapshot) / 1_000;
  const goodput = good.map((list) => {
    const count = list.reduce((sum, block) => sum + block.good, 0);
    return seconds > 0 ? count / seconds : 0;
  });
  return {
    probe: input.decision.probe,
    loadUnits: input.decision.loadUnits,
    end: input.end,
    loadMs: Math.max(0, snapshot.nowMs - snapshot.burstStartMs),
    windowMs: windowMs(snapshot),
    ...costOf(snapshot),
    waiting: waitingAt(snapshot),
    meanE2eMs: e2eMs,
    meanInFlight: meanInFlight(snapshot),
    completedRps: completedRps(snapshot),
    worstRatiosOfBound: worstRatiosOfBound(snapshot, tiers, evidence),
    goodputRps: goodput,
    evidence,
    goodBlocks: good,
    pace: paceBlocks(snapshot, blockMs, input.searchStartMs ?? 0),
  };
}

/**
 * Mean E2E of the window, else the last known one, else the age of the oldest request: the mean is
 * then at least of that order, and no statistic is made from a window without an answer.
 */
export function e2eOr(snapshot: BurstSnapshot, lastE2eMs: number | undefined): number {
  const known = meanE2eMs(snapshot) ?? lastE2eMs;
  if (known !== undefined && known > 0) return known;
  let oldest = 1;
  for (let i = 0; i < snapshot.records.count; i++) {
    if (rowState(snapshot.records, i, snapshot.nowMs) !== 'pending') continue;
    const ageMs = snapshot.nowMs - (snapshot.records.scheduledMs[i] ?? Number.NaN);
    if (ageMs > oldest) oldest = ageMs;
  }
  return oldest;
}

/**
 * What the burst took from the budget: requests sent in it, and output tokens of those that ended in
 * it (each request ends in one burst). Without usage the content chunks are counted, which is at most
 * the number of tokens.
 */
function costOf(snapshot: BurstSnapshot): { requests: number; outputTokens: number } {
  const { records, burstStartMs, nowMs } = snapshot;
  let requests = 0;
  let outputTokens = 0;
  for (let i = 0; i < records.count; i++) {
    const sentMs = records.sentMs[i] ?? Number.NaN;
    if (sentMs >= burstStartMs && sentMs < nowMs) requests += 1;
    const endMs = records.endMs[i] ?? Number.NaN;
    if (!(endMs >= burstStartMs && endMs < nowMs)) continue;
    const tokens = records.outputTokens[i] ?? -1;
    outputTokens += tokens >= 0 ? tokens : (records.chunkCount[i] ?? 0);
  }
  return { requests, outputTokens };
}

/** Requests sent that have no first token yet. */
function waitingAt(snapshot: BurstSnapshot): number {
  const { records, nowMs } = snapshot;
  let waiting = 0;
  for (let i = 0; i < records.count; i++) {
    const isSent = (records.sentMs[i] ?? Number.NaN) < nowMs;
    const hasToken = (records.firstTokenMs[i] ?? Number.NaN) < nowMs;
    if (isSent && !hasToken && rowState(records, i, nowMs) === 'pending') waiting += 1;
  }
  return waiting;
}
