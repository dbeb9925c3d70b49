/** The main table: every client at the same loads, how much each carries at most, and our send lag. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { measureSendLag, type SendLag } from './clients.ts';
import { median, pairOf } from './floor.ts';
import type { BenchTarget } from './processes.ts';
import {
  CLIENTS,
  type ClientName,
  ceiling,
  load,
  measure,
  RATES,
  type Row,
  round,
} from './rows.ts';

/** Pairs of ours and the raw socket in the whole table. */
const RAW_PAIRS = 5;

export async function table(target: BenchTarget, quick: boolean): Promise<unknown> {
  const windowMs = quick ? 3_000 : 8_000;
  const rows: Row[] = [];
  const ceilings: Row[] = [];
  const lags: SendLag[] = [];
  // The target first: what it can write when the cheapest client reads.
  console.error('the target, read by a raw socket:');
  const own = quick
    ? await ceiling(target, 'raw', [100, 200], 1_000)
    : await ceiling(target, 'raw', RATES, 4_000);
  for (const client of CLIENTS) rows.push(await measure(target, client, load(256, 50, windowMs)));
  // Ours and the floor are near each other, so their ratio is taken in turns.
  const pairs = [await pairOf(target, windowMs)];
  rows.push(...pairs.flatMap((pair) => pair.rows));
  if (!quick) {
    for (const client of ['fetch', 'openai'] as const) {
      rows.push(await measure(target, client, load(1_024, 25, windowMs)));
    }
    while (pairs.length < RAW_PAIRS) pairs.push(await pairOf(target, windowMs));
  }
  if (!quick) {
    for (const client of CLIENTS) rows.push(await measure(target, client, load(64, 50, windowMs)));
    rows.push(await measure(target, 'plimsoll', load(4_096, 6, windowMs)));
    for (const client of ['plimsoll', 'fetch', 'openai'] as const) {
      ceilings.push(await ceiling(target, client, RATES, 4_000));
    }
  }
  for (const rps of quick ? [50, 500] : [50, 500, 2_000]) {
    const lag = await measureSendLag(target, rps, windowMs);
    lags.push(lag);
    console.error(
      `send lag at ${rps}/s: p50 ${lag.lagMs.p50.toFixed(2)} p99 ${lag.lagMs.p99.toFixed(2)} max ${lag.lagMs.max.toFixed(2)} ms, ${lag.cpuRatio.toFixed(2)} cores`,
    );
  }
  const toRaw = pairs.map(({ ratio }) => ratio);
  return resultOf({ target: own, rows, ceilings, send_lag: lags, toRaw });
}

interface Figures {
  readonly target: Row;
  readonly rows: readonly Row[];
  readonly ceilings: readonly Row[];
  readonly send_lag: readonly SendLag[];
  /** CPU per chunk at 1,024 streams, ours over the raw socket's, of each pair. */
  readonly toRaw: readonly number[];
}

function resultOf(figures: Figures): unknown {
  const cpu = (client: ClientName, streams: number): number =>
    figures.rows.find((row) => row.client === client && row.streams === streams)
      ?.cpu_us_per_chunk ?? Number.NaN;
  const ratios = {
    plimsoll_to_openai_at_256: round(cpu('plimsoll', 256) / cpu('openai', 256), 3),
    plimsoll_to_fetch_at_256: round(cpu('plimsoll', 256) / cpu('fetch', 256), 3),
    plimsoll_to_raw_at_1024: median(figures.toRaw),
    plimsoll_to_raw_at_1024_all: figures.toRaw,
  };
  console.error('CPU per chunk, ours in units of theirs:', ratios);
  return {
    machine: {
      node: process.version,
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      load_average: loadavg()[0],
    },
    target_chunks_per_s: figures.target.chunks_per_s,
    target: figures.target,
    rows: figures.rows,
    ceilings: figures.ceilings,
    send_lag: figures.send_lag,
    cpu_ratios: ratios,
  };
}
