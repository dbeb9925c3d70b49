/**
 * Which requests are the sample of a latency objective, and with what value. Evidence, the measured
 * quantile and the worst value all walk the same sample, so that they cannot disagree.
 *
 * - Arrival-counted (TTFT): requests scheduled in the window; one enters when the bound has passed
 *   since its send, so the end of a burst censors nothing: at that moment it is known to be good or
 *   bad, and neither quick ones nor failures come in early.
 * - Completion-counted (TPOT, E2E): everything that ended in the window, whenever it was sent;
 *   counting only what was sent after the window began would favour short answers.
 *
 * Values: ms; Infinity for a failure or an answer still owed; NaN where a measurement is missing.
 * What we cut ourselves before it was decided, and our own stale connections, are no sample.
 */
import type { BurstSnapshot } from '../../metrics/burst-snapshot.ts';
import { endedAtMs, endedInWindow, rowState } from '../../metrics/burst-window.ts';
import { outcomeIndex } from '../../metrics/request-columns.ts';
import { applies, latencyMs, type RequestMetric } from '../../metrics/request-metrics.ts';

export type Visit = (ms: number, atMs: number) => void;
export type ArrivalMetric = 'ttft' | 'ttft_from_send';

const STALE = outcomeIndex('stale_connection');

export function isArrivalMetric(metric: string): metric is ArrivalMetric {
  return metric === 'ttft' || metric === 'ttft_from_send';
}

/** Calls `visit(ms, scheduledMs)` for every request whose bound has passed. */
export function visitArrivals(
  snapshot: BurstSnapshot,
  metric: ArrivalMetric,
  boundMs: number,
  visit: Visit,
): void {
  const { records, nowMs, windowStartMs } = snapshot;
  for (let i = 0; i < records.count; i++) {
    const scheduledMs = records.scheduledMs[i] ?? Number.NaN;
    if (!(scheduledMs >= windowStartMs) || records.outcome[i] === STALE) continue;
    const state = rowState(records, i, nowMs);
    const fromMs = originMs(metric, records.sentMs[i], scheduledMs, state);
    const knownMs = fromMs + boundMs;
    if (!(knownMs < nowMs)) continue;
    if (state === 'ignored' && endedAtMs(records, i) <= knownMs) continue;
    if (state === 'failed') visit(Number.POSITIVE_INFINITY, scheduledMs);
    else {
      const ms = latencyMs(metric, records, i);
      if (ms !== undefined && fromMs + ms < nowMs) visit(ms, scheduledMs);
      else visit(state === 'ok' ? Number.NaN : Number.POSITIVE_INFINITY, scheduledMs);
    }
  }
}

/** From when the bound runs; NaN while a request waits to be sent and is counted from its send. */
function originMs(
  metric: ArrivalMetric,
  sentMs: number | undefined,
  scheduledMs: number,
  state: string,
): number {
  if (metric === 'ttft') return scheduledMs;
  if (sentMs !== undefined && !Number.isNaN(sentMs)) return sentMs;
  return state === 'failed' ? scheduledMs : Number.NaN;
}

/**
 * Calls `visit(ms, endMs)` for every request that ended in the window, and returns how many ended well
 * but cannot have the metric (one token).
 */
export function visitCompletions(
  snapshot: BurstSnapshot,
  metric: RequestMetric,
  visit: Visit,
): number {
  const { records } = snapshot;
  let exempt = 0;
  for (let i = 0; i < records.count; i++) {
    const state = endedInWindow(snapshot, i);
    if (state === 'failed') visit(Number.POSITIVE_INFINITY, endedAtMs(records, i));
    else if (state === 'ok') {
      if (applies(metric, records, i)) {
        visit(latencyMs(metric, records, i) ?? Number.NaN, endedAtMs(records, i));
      } else exempt += 1;
    }
  }
  return exempt;
}

/** The sample of a latency objective by its metric's own rule of counting. */
export function visitLatency(
  snapshot: BurstSnapshot,
  metric: RequestMetric,
  boundMs: number,
  visit: Visit,
): number {
  if (!isArrivalMetric(metric)) return visitCompletions(snapshot, metric, visit);
  visitArrivals(snapshot, metric, boundMs, visit);
  return 0;
}
