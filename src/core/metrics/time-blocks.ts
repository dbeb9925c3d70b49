/**
 * Cuts a window into blocks of time. Neighbours in one block share queues and batches, so the
 * statistics never look below a block.
 */

/** More blocks than this say nothing more about spread; longer ones are always allowed. */
export const MAX_BLOCKS = 512;
/** Blocks shorter than this would hold no request of any server that is worth measuring. */
const MIN_BLOCK_MS = 1;

export interface TimeBlocks {
  readonly count: number;
  readonly blockMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Blocks of about `blockMs` over [startMs, endMs); the last one may be shorter. */
export function cutBlocks(startMs: number, endMs: number, blockMs: number): TimeBlocks {
  const spanMs = Math.max(0, endMs - startMs);
  const wanted = Number.isFinite(blockMs) ? Math.max(MIN_BLOCK_MS, blockMs) : Math.max(1, spanMs);
  const length = Math.max(wanted, spanMs / MAX_BLOCKS);
  const count = Math.min(MAX_BLOCKS, Math.ceil(spanMs / length));
  return { count, blockMs: length, startMs, endMs };
}

/** Index of the block that holds `atMs`, clamped to the window. */
export function blockAt(blocks: TimeBlocks, atMs: number): number {
  const index = Math.floor((atMs - blocks.startMs) / blocks.blockMs);
  return Math.max(0, Math.min(blocks.count - 1, index));
}

/** Seconds that block b covers. */
export function blockSeconds(blocks: TimeBlocks, b: number): number {
  const fromMs = blocks.startMs + b * blocks.blockMs;
  return Math.max(0, Math.min(blocks.blockMs, blocks.endMs - fromMs)) / 1_000;
}
