/**
 * `--bursts`: all streams write at one instant, as a server that batches its steps does. The last chunk
 * read is late by about streams times cost per chunk, so here cost is timing error.
 */
import type { BenchTarget } from './processes.ts';
import { CLIENTS, load, measure, type Row } from './rows.ts';

export async function bursts(target: BenchTarget, quick: boolean): Promise<unknown> {
  const windowMs = quick ? 3_000 : 8_000;
  const rows: Row[] = [];
  for (const streams of quick ? [1_024] : [64, 256, 1_024]) {
    for (const client of CLIENTS) {
      rows.push(await measure(target, client, { ...load(streams, 25, windowMs), together: true }));
    }
  }
  return { together: true, rows };
}
