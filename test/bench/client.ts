/**
 * `npm run bench:client`: what our client costs and how true its times are, beside the `openai`
 * package's stream, plain `fetch` and a raw socket, against a scripted target in a process of its own
 * that keeps the time of every write. Figures are of this machine at this moment: compare the rows of one run.
 *
 *   --quick      under a minute
 *   --floor      only ours beside the raw socket at 1,024 streams, and the send lag at 500/s, in turns:
 *                medians, for a machine that has other work
 *   --out FILE   the same as JSON
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import {
  type Load,
  type Measurement,
  measureOurs,
  measurePeer,
  measureSendLag,
  type SendLag,
} from './client/clients.ts';
import type { PeerKind } from './client/peer-process.ts';
import { type BenchTarget, startTarget } from './client/processes.ts';

type ClientName = 'plimsoll' | PeerKind;

interface Row {
  readonly client: ClientName;
  readonly streams: number;
  readonly chunks_per_s: number;
  readonly cpu_us_per_chunk: number;
  readonly late_1ms_ratio: number;
  readonly first_ms_p50: number;
  readonly first_ms_p99: number;
  readonly first_ms_max: number;
  readonly error_ms_p50: number;
  readonly error_ms_p99: number;
  readonly gap_ms_p50: number;
  readonly gap_ms_p99: number;
  readonly gap_ms_max: number;
  readonly rss_mb: number;
  readonly event_loop_utilisation: number;
  /** Chunks of the target that the client never showed. */
  readonly chunks_missing: number;
  readonly asked_chunks_per_s: number;
  readonly target_utilisation: number;
  readonly target_write_lag_ms_p99: number;
  /** The target was near its own limit: the row says less about the client. */
  readonly target_limited: boolean;
}

/** Above this share of busy time the target's own writes queue. */
const TARGET_LIMIT = 0.9;
const BYTES_PER_MB = 1_048_576;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

function load(streams: number, chunksPerSecond: number, windowMs: number): Load {
  const rampMs = Math.min(4_000, 500 + streams);
  // One answer lasts about 4 s, so that requests come and go all the time.
  const chunksPerAnswer = Math.max(10, Math.min(150, Math.round(4 * chunksPerSecond)));
  return { streams, chunksPerSecond, chunksPerAnswer, rampMs, settleMs: 1_500, windowMs };
}

function rowOf(client: ClientName, asked: Load, measured: Measurement): Row {
  const { errors } = measured;
  return {
    client,
    streams: asked.streams,
    chunks_per_s: round(errors.chunksSent / (measured.windowMs / 1_000), 0),
    cpu_us_per_chunk: round(measured.cpuUs / errors.chunksSent, 2),
    late_1ms_ratio: round(errors.late1msRatio, 4),
    first_ms_p50: round(errors.first.p50, 3),
    first_ms_p99: round(errors.first.p99, 3),
    first_ms_max: round(errors.first.max, 3),
    error_ms_p50: round(errors.all.p50, 3),
    error_ms_p99: round(errors.all.p99, 3),
    gap_ms_p50: round(errors.gap.p50, 3),
    gap_ms_p99: round(errors.gap.p99, 3),
    gap_ms_max: round(errors.gap.max, 3),
    rss_mb: round(measured.rssBytes / BYTES_PER_MB, 0),
    event_loop_utilisation: round(measured.utilisation, 3),
    chunks_missing: errors.chunksSent - errors.compared,
    asked_chunks_per_s: asked.streams * asked.chunksPerSecond,
    target_utilisation: round(measured.targetUtilisation, 3),
    target_write_lag_ms_p99: round(measured.targetWriteLagMsP99, 3),
    target_limited: measured.targetUtilisation > TARGET_LIMIT,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

async function measure(target: BenchTarget, client: ClientName, asked: Load): Promise<Row> {
  const measured =
    client === 'plimsoll'
      ? await measureOurs(target, asked)
      : await measurePeer(target, client, asked);
  const row = rowOf(client, asked, measured);
  console.error(
    `${client.padEnd(9)} ${String(row.streams).padStart(5)} streams ${String(row.chunks_per_s).padStart(6)}/s  ` +
      `${row.cpu_us_per_chunk.toFixed(1).padStart(5)} us/chunk  error p50 ${row.error_ms_p50} p99 ${row.error_ms_p99} ms  ` +
      `first p99 ${row.first_ms_p99}  gap p99 ${row.gap_ms_p99}  late ${(100 * row.late_1ms_ratio).toFixed(1)} %  ` +
      `${row.rss_mb} MB  loop ${row.event_loop_utilisation}  target ${row.target_utilisation}` +
      `${row.target_limited ? ' (the target is the limit)' : ''}`,
  );
  return row;
}

/** The largest rate at which the client still keeps up: half of the late chunks would be too many. */
async function ceiling(
  target: BenchTarget,
  client: ClientName,
  rates: readonly number[],
  windowMs: number,
): Promise<Row> {
  const streams = 256;
  let best: Row | undefined;
  for (const chunksPerSecond of rates) {
    const row = await measure(target, client, load(streams, chunksPerSecond, windowMs));
    const kept = row.chunks_per_s >= 0.95 * row.asked_chunks_per_s && row.error_ms_p50 < 10;
    if (best !== undefined && !kept) break;
    best = row;
    if (!kept || row.target_limited || row.event_loop_utilisation >= 0.95) break;
  }
  if (best === undefined) throw new Error('no rate was measured');
  return best;
}

const RATES = [50, 75, 100, 125, 150, 200, 250, 300];
const CLIENTS: readonly ClientName[] = ['raw', 'plimsoll', 'fetch', 'openai'];

async function main(): Promise<void> {
  const quick = options.quick;
  const windowMs = quick ? 3_000 : 8_000;
  const target = await startTarget();
  const rows: Row[] = [];
  const ceilings: Row[] = [];
  const lags: SendLag[] = [];
  try {
    if (options.floor) return await floor(target);
    // The target first: what it can write when the cheapest client reads.
    console.error('the target, read by a raw socket:');
    const own = quick
      ? await ceiling(target, 'raw', [100, 200], 1_000)
      : await ceiling(target, 'raw', RATES, 4_000);
    for (const client of CLIENTS) rows.push(await measure(target, client, load(256, 50, windowMs)));
    for (const client of quick ? (['raw', 'plimsoll'] as const) : CLIENTS) {
      rows.push(await measure(target, client, load(1_024, 25, windowMs)));
    }
    if (!quick) {
      for (const client of CLIENTS)
        rows.push(await measure(target, client, load(64, 50, windowMs)));
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
    report({ target: own, rows, ceilings, send_lag: lags });
  } finally {
    target.stop();
  }
}

const FLOOR_ROUNDS = 5;
const FLOOR_WINDOW_MS = 3_000;

/** Pairs, one right after the other: what the machine does otherwise changes less within a pair. */
async function floor(target: BenchTarget): Promise<void> {
  const rows: Row[] = [];
  const ratios: number[] = [];
  const lags: SendLag[] = [];
  for (let round = 0; round < FLOOR_ROUNDS; round++) {
    const asked = load(1_024, 25, FLOOR_WINDOW_MS);
    const raw = await measure(target, 'raw', asked);
    const ours = await measure(target, 'plimsoll', asked);
    rows.push(raw, ours);
    ratios.push(round2(ours.cpu_us_per_chunk / raw.cpu_us_per_chunk));
    lags.push(await measureSendLag(target, 500, FLOOR_WINDOW_MS));
  }
  const result = {
    plimsoll_to_raw_at_1024: { median: median(ratios), all: ratios },
    send_lag_ms_p50_at_500: round2(median(lags.map(({ lagMs }) => lagMs.p50))),
    send_lag_ms_p99_at_500: {
      median: round2(median(lags.map(({ lagMs }) => lagMs.p99))),
      all: lags.map(({ lagMs }) => round2(lagMs.p99)),
    },
    send_lag_cores: round2(median(lags.map(({ cpuRatio }) => cpuRatio))),
  };
  console.error(result);
  write({ ...result, rows, send_lag: lags });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round2(value: number): number {
  return round(value, 2);
}

interface Figures {
  readonly target: Row;
  readonly rows: readonly Row[];
  readonly ceilings: readonly Row[];
  readonly send_lag: readonly SendLag[];
}

function report(figures: Figures): void {
  const cpu = (client: ClientName, streams: number): number =>
    figures.rows.find((row) => row.client === client && row.streams === streams)
      ?.cpu_us_per_chunk ?? Number.NaN;
  const ratios = {
    plimsoll_to_openai_at_256: round(cpu('plimsoll', 256) / cpu('openai', 256), 3),
    plimsoll_to_fetch_at_256: round(cpu('plimsoll', 256) / cpu('fetch', 256), 3),
    plimsoll_to_raw_at_1024: round(cpu('plimsoll', 1_024) / cpu('raw', 1_024), 3),
  };
  const result = {
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
  console.error('CPU per chunk, ours in units of theirs:', ratios);
  write(result);
}

function write(result: unknown): void {
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  if (options.out === undefined) process.stdout.write(text);
  else writeFileSync(options.out, text);
}

await main();
