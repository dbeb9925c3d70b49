/** A row of the bench: one client under one load, and the largest rate that a client keeps up with. */
import { type Load, type Measurement, measureOurs, measurePeer } from './clients.ts';
import type { PeerKind } from './peer-process.ts';
import type { BenchTarget } from './processes.ts';

export type ClientName = 'plimsoll' | PeerKind;

export interface Row {
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

export function load(streams: number, chunksPerSecond: number, windowMs: number): Load {
  const rampMs = Math.min(4_000, 500 + streams);
  // One answer lasts about 4 s, so that requests come and go all the time.
  const chunksPerAnswer = Math.max(10, Math.min(150, Math.round(4 * chunksPerSecond)));
  return { streams, chunksPerSecond, chunksPerAnswer, rampMs, settleMs: 1_500, windowMs };
}

export function rowOf(client: ClientName, asked: Load, measured: Measurement): Row {
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

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export async function measure(target: BenchTarget, client: ClientName, asked: Load): Promise<Row> {
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
export async function ceiling(
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

export const RATES = [50, 75, 100, 125, 150, 200, 250, 300];
export const CLIENTS: readonly ClientName[] = ['raw', 'plimsoll', 'fetch', 'openai'];
