/**
 * Requests in flight over time: sent and not ended. Exact integrals of the step function, by block
 * and over the whole window.
 */
import type { BurstSnapshot } from './burst-snapshot.ts';
import { endedAtMs, rowState, windowMs } from './burst-window.ts';
import { blockAt, blockSeconds, type TimeBlocks } from './time-blocks.ts';

/** Mean number in flight in the window; 0 for an empty window. */
export function meanInFlight(snapshot: BurstSnapshot): number {
  const span = windowMs(snapshot);
  if (span <= 0) return 0;
  let total = 0;
  for (let i = 0; i < snapshot.records.count; i++) {
    const fromMs = Math.max(sentMs(snapshot, i), snapshot.windowStartMs);
    const untilMs = flightEndMs(snapshot, i);
    if (untilMs > fromMs) total += untilMs - fromMs;
  }
  return total / span;
}

/** Mean number being decoded by block: from the first token on, those that wait left out. */
export function meanDecodingByBlock(snapshot: BurstSnapshot, blocks: TimeBlocks): Float64Array {
  const means = new Float64Array(blocks.count);
  for (let i = 0; i < snapshot.records.count; i++) {
    const fromMs = Math.max(snapshot.records.firstTokenMs[i] ?? Number.NaN, blocks.startMs);
    const untilMs = Math.min(flightEndMs(snapshot, i), blocks.endMs);
    if (!(untilMs > fromMs)) continue;
    const last = blockAt(blocks, untilMs);
    for (let b = blockAt(blocks, fromMs); b <= last; b++) {
      const blockStartMs = blocks.startMs + b * blocks.blockMs;
      const blockEndMs = blockStartMs + blocks.blockMs;
      const overlap = Math.min(untilMs, blockEndMs) - Math.max(fromMs, blockStartMs);
      means[b] = (means[b] ?? 0) + Math.max(0, overlap);
    }
  }
  for (let b = 0; b < blocks.count; b++) {
    const spanMs = blockSeconds(blocks, b) * 1_000;
    means[b] = spanMs > 0 ? (means[b] ?? 0) / spanMs : 0;
  }
  return means;
}

function sentMs(snapshot: BurstSnapshot, i: number): number {
  return snapshot.records.sentMs[i] ?? Number.NaN;
}

/** NaN for a request that was never sent, so that no comparison holds. */
function flightEndMs(snapshot: BurstSnapshot, i: number): number {
  const { records, nowMs } = snapshot;
  if (Number.isNaN(sentMs(snapshot, i))) return Number.NaN;
  return rowState(records, i, nowMs) === 'pending' ? nowMs : endedAtMs(records, i);
}
