/**
 * Goodput and attainment: which requests are good. Good means ended well and every bound met; a
 * request that lacks a measurement it should have is not good, one that cannot have it (TPOT of a
 * one-token answer) is judged by the other bounds.
 */
import type { BurstSnapshot } from './burst-snapshot.ts';
import { endedAtMs, endedInWindow } from './burst-window.ts';
import type { RequestColumns } from './request-columns.ts';
import { applies, latencyMs, type RequestMetric } from './request-metrics.ts';
import { blockAt, blockSeconds, type TimeBlocks } from './time-blocks.ts';

export interface LatencyBound {
  readonly metric: RequestMetric;
  readonly operator: '<' | '<=';
  readonly boundMs: number;
  /** Binds only requests of this part of a mix; absent: all. */
  readonly part?: number;
}

/** `exempt`: none of the bounds applies to this request. */
export type Goodness = 'good' | 'bad' | 'unmeasured' | 'exempt';

export function meets(bound: Pick<LatencyBound, 'operator' | 'boundMs'>, ms: number): boolean {
  return bound.operator === '<' ? ms < bound.boundMs : ms <= bound.boundMs;
}

/** Judges a request that ended well. */
export function goodnessOf(
  columns: RequestColumns,
  i: number,
  bounds: readonly LatencyBound[],
): Goodness {
  let judged = 0;
  let unmeasured = false;
  for (const bound of bounds) {
    if (!binds(bound, columns, i)) continue;
    judged += 1;
    const ms = latencyMs(bound.metric, columns, i);
    if (ms === undefined) unmeasured = true;
    else if (!meets(bound, ms)) return 'bad';
  }
  if (unmeasured) return 'unmeasured';
  return judged === 0 && bounds.length > 0 ? 'exempt' : 'good';
}

/** Whether the request is one that the bound is about, and can have its metric. */
export function binds(bound: LatencyBound, columns: RequestColumns, i: number): boolean {
  if (bound.part !== undefined && columns.part[i] !== bound.part) return false;
  return applies(bound.metric, columns, i);
}

export interface GoodBlock {
  readonly seconds: number;
  readonly good: number;
}

/** Good requests by the block in which they ended. An exempt request ended well: it counts. */
export function goodBlocks(
  snapshot: BurstSnapshot,
  bounds: readonly LatencyBound[],
  blocks: TimeBlocks,
): GoodBlock[] {
  const good = new Float64Array(blocks.count);
  const { records } = snapshot;
  for (let i = 0; i < records.count; i++) {
    if (endedInWindow(snapshot, i) !== 'ok') continue;
    const goodness = goodnessOf(records, i, bounds);
    if (goodness !== 'good' && goodness !== 'exempt') continue;
    const b = blockAt(blocks, endedAtMs(records, i));
    good[b] = (good[b] ?? 0) + 1;
  }
  return Array.from(good, (count, b) => ({ seconds: blockSeconds(blocks, b), good: count }));
}
