/** `--floor`: ours right beside the raw socket, in turns, for a machine that has other work. */
import { measureSendLag, type SendLag } from './clients.ts';
import type { BenchTarget } from './processes.ts';
import { load, measure, type Row, round } from './rows.ts';

const FLOOR_ROUNDS = 5;
const FLOOR_WINDOW_MS = 3_000;

/** Pairs, one right after the other: what the machine does otherwise changes less within a pair. */
export async function floor(target: BenchTarget): Promise<unknown> {
  const rows: Row[] = [];
  const ratios: number[] = [];
  const lags: SendLag[] = [];
  for (let round = 0; round < FLOOR_ROUNDS; round++) {
    const pair = await pairOf(target, FLOOR_WINDOW_MS);
    rows.push(...pair.rows);
    ratios.push(pair.ratio);
    lags.push(await measureSendLag(target, 500, FLOOR_WINDOW_MS));
  }
  return {
    plimsoll_to_raw_at_1024: { median: median(ratios), all: ratios },
    send_lag_ms_p50_at_500: round2(median(lags.map(({ lagMs }) => lagMs.p50))),
    send_lag_ms_p99_at_500: {
      median: round2(median(lags.map(({ lagMs }) => lagMs.p99))),
      all: lags.map(({ lagMs }) => round2(lagMs.p99)),
    },
    send_lag_cores: round2(median(lags.map(({ cpuRatio }) => cpuRatio))),
    rows,
    send_lag: lags,
  };
}

/** Ours right after the raw socket, at 1,024 streams of 25 chunks a second. */
export async function pairOf(
  target: BenchTarget,
  windowMs: number,
): Promise<{ readonly rows: readonly [raw: Row, ours: Row]; readonly ratio: number }> {
  const asked = load(1_024, 25, windowMs);
  const raw = await measure(target, 'raw', asked);
  const ours = await measure(target, 'plimsoll', asked);
  return { rows: [raw, ours], ratio: round2(ours.cpu_us_per_chunk / raw.cpu_us_per_chunk) };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round2(value: number): number {
  return round(value, 2);
}
