/**
 * One clock for processes on several machines: the database's. Each side measures how far its own
 * monotonic clock is from it, and times travel as times of the database.
 */
import type { RequestColumns } from '../../core/metrics/request-columns.ts';
import type { Line } from './line.ts';

/** The best of this many round trips is wrong by half of the shortest at most. */
const SAMPLES = 8;
/** Two machines drift by up to some 20 µs a second; measured again this often they stay within 1 ms. */
export const REMEASURE_MS = 30_000;
/** The database's clock was set, or the line is too slow to tell the time by it. */
const MAX_JUMP_MS = 50;

export interface OwnClock {
  nowMs(): number;
}

export interface DatabaseClock {
  /** Add it to a time of the own clock: the database's time. */
  readonly offsetMs: number;
  nowMs(): number;
  /** False when the offset has jumped: times from before and after do not fit together. */
  measure(): Promise<boolean>;
}

export async function createDatabaseClock(line: Line, own: OwnClock): Promise<DatabaseClock> {
  let offsetMs = await bestOffset(line, own);
  return {
    get offsetMs() {
      return offsetMs;
    },
    nowMs: () => own.nowMs() + offsetMs,
    async measure() {
      const before = offsetMs;
      offsetMs = await bestOffset(line, own);
      return Math.abs(offsetMs - before) <= MAX_JUMP_MS;
    },
  };
}

async function bestOffset(line: Line, own: OwnClock): Promise<number> {
  let best = { offsetMs: 0, widthMs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < SAMPLES; i++) {
    const before = own.nowMs();
    const [row] = await line.query(
      'select (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms',
    );
    const after = own.nowMs();
    const offsetMs = Number(row?.['now_ms']) - (before + after) / 2;
    if (after - before < best.widthMs) best = { offsetMs, widthMs: after - before };
  }
  return best.offsetMs;
}

/** Every time of the columns, in place; a missing one (NaN) stays missing. */
export function shiftColumns(columns: RequestColumns, byMs: number): void {
  const { scheduledMs, sentMs, firstByteMs, firstTokenMs, lastTokenMs, endMs } = columns;
  for (const times of [scheduledMs, sentMs, firstByteMs, firstTokenMs, lastTokenMs, endMs]) {
    for (let i = 0; i < columns.count; i++) times[i] = (times[i] ?? Number.NaN) + byMs;
  }
}
