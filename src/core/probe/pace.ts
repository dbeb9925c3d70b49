/**
 * Decode pace by block, for drift: mean TPOT of the answers that ended in the block against the mean
 * number being decoded (those that wait for a slot slow nobody). Without usage there is no pace, and drift is not looked for.
 */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { endedAtMs, endedInWindow } from '../metrics/burst-window.ts';
import { meanDecodingByBlock } from '../metrics/in-flight.ts';
import { tpotMs } from '../metrics/request-metrics.ts';
import { blockAt, blockSeconds, cutBlocks } from '../metrics/time-blocks.ts';
import type { PaceBlock } from '../search/observation.ts';

/** `searchStartMs`: the search's first load, on the snapshot's clock. */
export function paceBlocks(
  snapshot: BurstSnapshot,
  blockMs: number,
  searchStartMs: number,
): PaceBlock[] {
  const { records } = snapshot;
  const blocks = cutBlocks(snapshot.windowStartMs, snapshot.nowMs, blockMs);
  const counts = new Float64Array(blocks.count);
  const sums = new Float64Array(blocks.count);
  for (let i = 0; i < records.count; i++) {
    if (endedInWindow(snapshot, i) !== 'ok') continue;
    const ms = tpotMs(records, i);
    if (ms === undefined) continue;
    const b = blockAt(blocks, endedAtMs(records, i));
    counts[b] = (counts[b] ?? 0) + 1;
    sums[b] = (sums[b] ?? 0) + ms;
  }
  const decoding = meanDecodingByBlock(snapshot, blocks);
  const pace: PaceBlock[] = [];
  counts.forEach((n, b) => {
    if (n === 0) return;
    const middleMs = blocks.startMs + b * blocks.blockMs + (blockSeconds(blocks, b) * 1_000) / 2;
    pace.push({
      atMs: middleMs - searchStartMs,
      meanTpotMs: (sums[b] ?? 0) / n,
      meanDecoding: decoding[b] ?? 0,
      n,
    });
  });
  return pace;
}
