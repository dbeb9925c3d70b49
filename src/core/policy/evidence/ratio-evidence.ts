/** Evidence of the objectives that are a fraction of bad samples: quantiles, attainment, error rate. */
import type { BurstSnapshot } from '../../metrics/burst-snapshot.ts';
import { endedAtMs, endedInWindow } from '../../metrics/burst-window.ts';
import { binds, goodnessOf, meets } from '../../metrics/good-requests.ts';
import type { RequestColumns } from '../../metrics/request-columns.ts';
import { latencyMs, type RequestMetric } from '../../metrics/request-metrics.ts';
import { blockAt, type TimeBlocks } from '../../metrics/time-blocks.ts';
import { type Evidence, LEVEL_TAIL, levelOf, type RatioBlock } from '../../stats/evidence.ts';
import { quantileRank, selectRank } from '../../stats/quantile.ts';
import type { Objective, RequestBound } from '../objective.ts';
import { missingEvidence } from './missing.ts';
import { isArrivalMetric, visitLatency } from './samples.ts';

/** An upper tail that holds more than this share of the samples is no tail. */
const MIN_TAIL_BELOW = 0.5;

export interface RatioCounter {
  add(atMs: number, bad: boolean): void;
  addMany(atMs: number, n: number, bad: number): void;
  /** Adds to the levels of the block at `atMs` (`stats/evidence.ts` says on which scale). */
  level(atMs: number, level: number): void;
  total(): number;
  /** Blocks that hold a sample. */
  blocks(): RatioBlock[];
}

export function ratioCounter(blocks: TimeBlocks): RatioCounter {
  const samples = new Float64Array(Math.max(1, blocks.count));
  const misses = new Float64Array(Math.max(1, blocks.count));
  const levels = Array.from(
    { length: Math.max(1, blocks.count) },
    () => [0, 0, 0] as [number, number, number],
  );
  let total = 0;
  const addMany = (atMs: number, n: number, bad: number): void => {
    const b = blockAt(blocks, atMs);
    samples[b] = (samples[b] ?? 0) + n;
    misses[b] = (misses[b] ?? 0) + bad;
    total += n;
  };
  return {
    add: (atMs, bad) => addMany(atMs, 1, bad ? 1 : 0),
    addMany,
    level(atMs, level) {
      const sums = levels[blockAt(blocks, atMs)];
      if (sums === undefined || Number.isNaN(level)) return;
      sums[0] += 1;
      sums[1] += level;
      sums[2] += level * level;
    },
    total: () => total,
    blocks() {
      const filled: RatioBlock[] = [];
      samples.forEach((n, b) => {
        if (n <= 0) return;
        const [count, sum, sumOfSquares] = levels[b] ?? [0, 0, 0];
        const block = { n, bad: misses[b] ?? 0 };
        filled.push(count > 0 ? { ...block, level: { n: count, sum, sumOfSquares } } : block);
      });
      return filled;
    },
  };
}

/** `p_q(x) < T`: the fraction at or over T, failures included. Not for gaps. */
export function quantileEvidence(
  objective: Extract<Objective, { kind: 'quantile' }> & { readonly metric: RequestMetric },
  snapshot: BurstSnapshot,
  blocks: TimeBlocks,
  weight: number,
): Evidence {
  const counter = ratioCounter(blocks);
  const values = new Float64Array(snapshot.records.count);
  const times = new Float64Array(snapshot.records.count);
  let known = 0;
  let unmeasured = 0;
  const exempt = visitLatency(snapshot, objective.metric, objective.boundMs, (ms, atMs) => {
    // NaN meets no bound: an unmeasured request is a bad one.
    counter.add(atMs, !meets(objective, ms));
    if (Number.isNaN(ms)) unmeasured += 1;
    else {
      values[known] = ms;
      times[known] = atMs;
      known += 1;
    }
  });
  const arrival = isArrivalMetric(objective.metric);
  const level = arrival ? upperTailOf(values, known, objective.q) : rootLevelOf(objective.boundMs);
  for (let i = 0; i < known; i++) counter.level(times[i] ?? 0, level(values[i] ?? 0));
  const counts = { n: counter.total(), unmeasured, exempt };
  return (
    missingEvidence(objective.metric, counts, 1 - objective.q) ?? {
      kind: 'ratio',
      blocks: counter.blocks(),
      weight,
    }
  );
}

/** Level of an arrival-counted latency: is it in the upper tail of this burst's own? */
function upperTailOf(values: Float64Array, count: number, q: number): (ms: number) => number {
  if (count === 0) return () => 0;
  const share = Math.min(1 - MIN_TAIL_BELOW, LEVEL_TAIL * (1 - q));
  const edge = selectRank(values.slice(0, count), count, quantileRank(count, 1 - share));
  return (ms) => (ms >= edge ? 1 : 0);
}

/** Level of a completion-counted latency: its root in units of the bound, capped. */
function rootLevelOf(boundMs: number): (ms: number) => number {
  return (ms) => levelOf(ms / boundMs);
}

/** Requests that ended in the window and met every bound together. */
export function attainmentEvidence(
  bounds: readonly RequestBound[],
  ratio: number,
  snapshot: BurstSnapshot,
  blocks: TimeBlocks,
): Evidence {
  const { records } = snapshot;
  const counter = ratioCounter(blocks);
  let unmeasured = 0;
  let exempt = 0;
  let answered = 0;
  const applied = new Array<number>(bounds.length).fill(0);
  for (let i = 0; i < records.count; i++) {
    const state = endedInWindow(snapshot, i);
    if (state === 'failed') counter.add(endedAtMs(records, i), true);
    if (state !== 'ok') continue;
    answered += 1;
    bounds.forEach((bound, b) => {
      if (binds(bound, records, i)) applied[b] = (applied[b] ?? 0) + 1;
    });
    const goodness = goodnessOf(records, i, bounds);
    if (goodness === 'exempt') exempt += 1;
    else {
      counter.add(endedAtMs(records, i), goodness !== 'good');
      counter.level(endedAtMs(records, i), levelOf(worstOfBounds(records, i, bounds)));
    }
    if (goodness === 'unmeasured') unmeasured += 1;
  }
  const never = bounds.find((_, b) => applied[b] === 0);
  const missing =
    missingEvidence('attainment', { n: counter.total(), unmeasured, exempt }, 1 - ratio) ??
    (never === undefined
      ? undefined
      : missingEvidence(never.metric, { n: 0, unmeasured: 0, exempt: answered }, 1 - ratio));
  return missing ?? { kind: 'ratio', blocks: counter.blocks(), weight: 1 };
}

/** The largest latency of row i in units of its bound; NaN when none is known. */
function worstOfBounds(
  records: RequestColumns,
  i: number,
  bounds: readonly RequestBound[],
): number {
  let worst = Number.NaN;
  for (const bound of bounds) {
    if (!binds(bound, records, i)) continue;
    const ratio = (latencyMs(bound.metric, records, i) ?? Number.NaN) / bound.boundMs;
    if (!(ratio <= worst)) worst = Number.isNaN(ratio) ? worst : ratio;
  }
  return worst;
}

/** Requests that ended in the window in any other way than well. */
export function errorRateEvidence(snapshot: BurstSnapshot, blocks: TimeBlocks): Evidence {
  const counter = ratioCounter(blocks);
  for (let i = 0; i < snapshot.records.count; i++) {
    const state = endedInWindow(snapshot, i);
    if (state === 'ok' || state === 'failed') {
      counter.add(endedAtMs(snapshot.records, i), state === 'failed');
    }
  }
  return { kind: 'ratio', blocks: counter.blocks(), weight: 1 };
}
