/**
 * `--generators N`: what more generators carry, and what the split costs. The cores that the target
 * and the generators share are told with it: on a machine without a free core for each, the rate says
 * more of the machine, and CPU per chunk is what another machine would see.
 */
import { availableParallelism } from 'node:os';
import { measureOurs } from './clients.ts';
import type { BenchTarget } from './processes.ts';
import { load, type Row, round, rowOf } from './rows.ts';

/** Many, each of them slow: the target writes at most one chunk a stream and tick. */
const STREAMS = 1_024;
const RATES = [50, 60, 70, 80, 90, 100, 110, 125];
const WINDOW_MS = 3_000;
/** A load that one generator carries with ease: what does the split itself cost? */
const SHARED_RATE = 19;

export async function generatorCounts(target: BenchTarget, most: number): Promise<unknown> {
  const counts = [];
  for (let generators = 1; generators <= most; generators++) {
    const shared = await measured(target, generators, SHARED_RATE);
    let best: Row | undefined;
    for (const rate of RATES) {
      const row = await measured(target, generators, rate);
      if (row.chunks_per_s < 0.95 * row.asked_chunks_per_s || row.error_ms_p50 >= 10) break;
      best = row;
    }
    counts.push({ generators, shared, best });
  }
  const first = counts[0];
  return {
    cores: availableParallelism(),
    counts: counts.map(({ generators, shared, best }) => ({
      generators,
      rate_to_one: round((best?.chunks_per_s ?? 0) / (first?.best?.chunks_per_s ?? 0), 2),
      cpu_to_one: round(shared.cpu_us_per_chunk / (first?.shared.cpu_us_per_chunk ?? 0), 2),
      cores_of_target_at_best: best?.target_utilisation ?? null,
      shared,
      best: best ?? null,
    })),
  };
}

async function measured(target: BenchTarget, generators: number, rate: number): Promise<Row> {
  const asked = load(STREAMS, rate, WINDOW_MS);
  const row = rowOf('plimsoll', asked, await measureOurs(target, asked, generators));
  console.error(
    `${generators} generators  asked ${row.asked_chunks_per_s}/s  carried ${row.chunks_per_s}/s  ` +
      `${row.cpu_us_per_chunk.toFixed(1)} us/chunk  error p50 ${row.error_ms_p50} p99 ${row.error_ms_p99} ms  ` +
      `busiest loop ${row.event_loop_utilisation}  target ${row.target_utilisation}`,
  );
  return row;
}
