/**
 * Writing into request columns: append a row, its gaps, or whole columns, and copy. The arrays double
 * when they are full, so that appending stays cheap however long a burst is; a ceiling keeps a
 * runaway generator from eating the memory of the service.
 */
import { assert } from '../base/result.ts';
import {
  createColumns,
  GAP_OVERFLOW,
  GAP_UNIT_MS,
  type Outcome,
  outcomeIndex,
  type RequestColumns,
} from './request-columns.ts';

/** About 0.5 GB of columns: far above any budget that a search is given. */
export const MAX_ROWS = 4_000_000;
/** 1 GB of Uint16: 150 gaps for 3.5 million requests. */
export const MAX_GAPS = 536_870_912;

/** One request as a plain object; what is absent becomes the column's mark for missing. */
export interface RequestRow {
  readonly scheduledMs: number;
  readonly outcome: Outcome;
  readonly part?: number | undefined;
  readonly sentMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly lastTokenMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly chunkCount?: number | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly askedOutputTokens?: number | undefined;
  readonly askedInputTokens?: number | undefined;
  readonly httpStatus?: number | undefined;
  readonly retryAfterS?: number | undefined;
  /** Gaps between the content chunks in `GAP_UNIT_MS`, chunkCount - 1 of them; absent: not kept. */
  readonly gapUnits?: ArrayLike<number> | undefined;
}

/** Appends one request and returns its index. */
export function appendRow(columns: RequestColumns, row: RequestRow): number {
  reserveRows(columns, columns.count + 1);
  const i = columns.count;
  columns.count = i + 1;
  columns.scheduledMs[i] = row.scheduledMs;
  columns.sentMs[i] = row.sentMs ?? Number.NaN;
  columns.firstByteMs[i] = row.firstByteMs ?? Number.NaN;
  columns.firstTokenMs[i] = row.firstTokenMs ?? Number.NaN;
  columns.lastTokenMs[i] = row.lastTokenMs ?? Number.NaN;
  columns.endMs[i] = row.endMs ?? Number.NaN;
  columns.chunkCount[i] = row.chunkCount ?? 0;
  columns.inputTokens[i] = row.inputTokens ?? -1;
  columns.outputTokens[i] = row.outputTokens ?? -1;
  columns.cachedTokens[i] = row.cachedTokens ?? -1;
  columns.askedOutputTokens[i] = row.askedOutputTokens ?? -1;
  columns.askedInputTokens[i] = row.askedInputTokens ?? -1;
  columns.outcome[i] = outcomeIndex(row.outcome);
  columns.part[i] = row.part ?? 0;
  columns.httpStatus[i] = row.httpStatus ?? 0;
  columns.retryAfterS[i] = row.retryAfterS ?? -1;
  columns.gapStart[i] = -1;
  if (row.gapUnits !== undefined) setGaps(columns, i, row.gapUnits);
  return i;
}

/** Stores the gaps of row i; their number must be its chunk count less one. */
export function setGaps(columns: RequestColumns, i: number, gapUnits: ArrayLike<number>): void {
  const expected = Math.max(0, (columns.chunkCount[i] ?? 0) - 1);
  assert(gapUnits.length === expected, `${gapUnits.length} gaps for ${expected + 1} chunks`);
  reserveGaps(columns, columns.gapCount + gapUnits.length);
  columns.gapStart[i] = columns.gapCount;
  columns.gapUnits.set(gapUnits, columns.gapCount);
  columns.gapCount += gapUnits.length;
}

/** A gap in units, rounded; what does not fit is kept as the overflow mark. */
export function gapToUnits(gapMs: number): number {
  return Math.max(0, Math.min(GAP_OVERFLOW, Math.round(gapMs / GAP_UNIT_MS)));
}

/** Appends every row of `from`, gaps included. `from` is only read. */
export function appendColumns(into: RequestColumns, from: RequestColumns): void {
  const at = into.count;
  const { count, gapCount } = from;
  reserveRows(into, at + count);
  reserveGaps(into, into.gapCount + gapCount);
  into.scheduledMs.set(from.scheduledMs.subarray(0, count), at);
  into.sentMs.set(from.sentMs.subarray(0, count), at);
  into.firstByteMs.set(from.firstByteMs.subarray(0, count), at);
  into.firstTokenMs.set(from.firstTokenMs.subarray(0, count), at);
  into.lastTokenMs.set(from.lastTokenMs.subarray(0, count), at);
  into.endMs.set(from.endMs.subarray(0, count), at);
  into.chunkCount.set(from.chunkCount.subarray(0, count), at);
  into.inputTokens.set(from.inputTokens.subarray(0, count), at);
  into.outputTokens.set(from.outputTokens.subarray(0, count), at);
  into.cachedTokens.set(from.cachedTokens.subarray(0, count), at);
  into.askedOutputTokens.set(from.askedOutputTokens.subarray(0, count), at);
  into.askedInputTokens.set(from.askedInputTokens.subarray(0, count), at);
  into.outcome.set(from.outcome.subarray(0, count), at);
  into.part.set(from.part.subarray(0, count), at);
  into.httpStatus.set(from.httpStatus.subarray(0, count), at);
  into.retryAfterS.set(from.retryAfterS.subarray(0, count), at);
  for (let i = 0; i < count; i++) {
    const start = from.gapStart[i] ?? -1;
    into.gapStart[at + i] = start < 0 ? -1 : start + into.gapCount;
  }
  into.gapUnits.set(from.gapUnits.subarray(0, gapCount), into.gapCount);
  into.count = at + count;
  into.gapCount += gapCount;
}

/** An independent copy without spare room. */
export function copyColumns(from: RequestColumns): RequestColumns {
  const copy = createColumns(from.count);
  copy.gapUnits = new Uint16Array(from.gapCount);
  appendColumns(copy, from);
  return copy;
}

/** Makes room for `rows` rows. */
export function reserveRows(columns: RequestColumns, rows: number): void {
  if (rows <= columns.scheduledMs.length) return;
  assert(rows <= MAX_ROWS, `${rows} request rows, at most ${MAX_ROWS} are kept`);
  const capacity = Math.min(MAX_ROWS, Math.max(rows, columns.scheduledMs.length * 2, 16));
  const times = (old: Float64Array): Float64Array => {
    const grown = new Float64Array(capacity).fill(Number.NaN, old.length);
    grown.set(old);
    return grown;
  };
  const counts = (old: Int32Array, empty: number): Int32Array => {
    const grown = new Int32Array(capacity).fill(empty, old.length);
    grown.set(old);
    return grown;
  };
  columns.scheduledMs = times(columns.scheduledMs);
  columns.sentMs = times(columns.sentMs);
  columns.firstByteMs = times(columns.firstByteMs);
  columns.firstTokenMs = times(columns.firstTokenMs);
  columns.lastTokenMs = times(columns.lastTokenMs);
  columns.endMs = times(columns.endMs);
  columns.chunkCount = counts(columns.chunkCount, 0);
  columns.inputTokens = counts(columns.inputTokens, -1);
  columns.outputTokens = counts(columns.outputTokens, -1);
  columns.cachedTokens = counts(columns.cachedTokens, -1);
  columns.askedOutputTokens = counts(columns.askedOutputTokens, -1);
  columns.askedInputTokens = counts(columns.askedInputTokens, -1);
  columns.retryAfterS = counts(columns.retryAfterS, -1);
  columns.gapStart = counts(columns.gapStart, -1);
  const bytes = (old: Uint8Array): Uint8Array => {
    const grown = new Uint8Array(capacity);
    grown.set(old);
    return grown;
  };
  columns.outcome = bytes(columns.outcome);
  columns.part = bytes(columns.part);
  const httpStatus = new Uint16Array(capacity);
  httpStatus.set(columns.httpStatus);
  columns.httpStatus = httpStatus;
}

/** Makes room for `gaps` gaps. */
export function reserveGaps(columns: RequestColumns, gaps: number): void {
  if (gaps <= columns.gapUnits.length) return;
  assert(gaps <= MAX_GAPS, `${gaps} gaps, at most ${MAX_GAPS} are kept`);
  const grown = new Uint16Array(Math.min(MAX_GAPS, Math.max(gaps, columns.gapUnits.length * 2)));
  grown.set(columns.gapUnits);
  columns.gapUnits = grown;
}
