/**
 * Evidence about a mean. A failed request has no latency, and a mean over the survivors flatters a
 * server that fails under load. So it counts with `FAILED_AS_BOUNDS` times the bound: failures of one
 * request in a hundred break a mean objective by themselves, fewer make it that much harder.
 */
import type { BurstSnapshot } from '../../metrics/burst-snapshot.ts';
import { GAP_UNIT_MS } from '../../metrics/request-columns.ts';
import { gapSumMs } from '../../metrics/request-metrics.ts';
import { blockAt, type TimeBlocks } from '../../metrics/time-blocks.ts';
import type { Evidence, MeanBlock } from '../../stats/evidence.ts';
import type { Objective } from '../objective.ts';
import { visitGaps } from './gap-evidence.ts';
import { missingEvidence } from './missing.ts';
import { visitCompletions } from './samples.ts';

/** 100: a failure ratio of 1 %, the usual error budget, uses up the whole bound. */
export const FAILED_AS_BOUNDS = 100;
/** Unmeasured requests are left out of a mean up to this ratio (by half, as in `missing.ts`). */
const UNMEASURED_ALLOWANCE = 0.01;

type MeanObjective = Extract<Objective, { kind: 'mean' }>;

/** Every latency is taken from the requests that ended in the window; a mean has no bound to wait for. */
export function meanEvidence(
  objective: MeanObjective,
  snapshot: BurstSnapshot,
  blocks: TimeBlocks,
): Evidence {
  const sums = blockSums(blocks);
  const counts =
    objective.metric === 'itl'
      ? addGaps(objective, snapshot, sums)
      : addRequests(objective, objective.metric, snapshot, sums);
  return (
    missingEvidence(objective.metric, counts, UNMEASURED_ALLOWANCE) ?? {
      kind: 'mean',
      blocks: sums.blocks(),
      weight: 1,
    }
  );
}

type Counts = { readonly n: number; readonly unmeasured: number; readonly exempt: number };

function addRequests(
  objective: MeanObjective,
  metric: Exclude<MeanObjective['metric'], 'itl'>,
  snapshot: BurstSnapshot,
  sums: BlockSums,
): Counts {
  let n = 0;
  let unmeasured = 0;
  const exempt = visitCompletions(snapshot, metric, (ms, atMs) => {
    n += 1;
    if (Number.isNaN(ms)) unmeasured += 1;
    else addValues(sums, atMs, 1, Math.min(ms, FAILED_AS_BOUNDS * objective.boundMs));
  });
  return { n, unmeasured, exempt };
}

function addGaps(objective: MeanObjective, snapshot: BurstSnapshot, sums: BlockSums): Counts {
  const { records } = snapshot;
  const requests = visitGaps(snapshot, {
    measured(start, count, atMs, row) {
      let squares = 0;
      let sum = 0;
      for (let g = start; g < start + count; g++) {
        const ms = (records.gapUnits[g] ?? 0) * GAP_UNIT_MS;
        sum += ms;
        squares += ms * ms;
      }
      // First to last chunk is exact where a stored gap is rounded or overflowed.
      sums.add(atMs, count, gapSumMs(records, row) ?? sum, squares);
    },
    owed: (count, atMs) => addValues(sums, atMs, count, FAILED_AS_BOUNDS * objective.boundMs),
  });
  return { ...requests, n: requests.answered - requests.exempt };
}

function addValues(sums: BlockSums, atMs: number, n: number, value: number): void {
  sums.add(atMs, n, n * value, n * value * value);
}

interface BlockSums {
  add(atMs: number, n: number, sum: number, squares: number): void;
  blocks(): MeanBlock[];
}

function blockSums(blocks: TimeBlocks): BlockSums {
  const length = Math.max(1, blocks.count);
  const counts = new Float64Array(length);
  const sums = new Float64Array(length);
  const squares = new Float64Array(length);
  return {
    add(atMs, n, sum, square) {
      const b = blockAt(blocks, atMs);
      counts[b] = (counts[b] ?? 0) + n;
      sums[b] = (sums[b] ?? 0) + sum;
      squares[b] = (squares[b] ?? 0) + square;
    },
    blocks() {
      const filled: MeanBlock[] = [];
      counts.forEach((n, b) => {
        if (n > 0) filled.push({ n, sum: sums[b] ?? 0, sumOfSquares: squares[b] ?? 0 });
      });
      return filled;
    },
  };
}
