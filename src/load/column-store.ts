/**
 * Appends rows to request columns and cuts them to size: the generator collects ended requests here,
 * the service merges what the generators hand over.
 */
import { createColumns, type RequestColumns } from '../core/metrics/request-columns.ts';

const ROW_FIELDS = [
  'scheduledMs',
  'sentMs',
  'firstByteMs',
  'firstTokenMs',
  'lastTokenMs',
  'endMs',
  'chunkCount',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'askedOutputTokens',
  'askedInputTokens',
  'outcome',
  'httpStatus',
  'retryAfterS',
  'gapStart',
] as const satisfies readonly (keyof RequestColumns)[];

/** Room grows by a quarter: at 100,000 requests of 150 gaps, doubling would waste 30 MB. */
const GROWTH = 1.25;
const FIRST_ROWS = 256;
const FIRST_GAPS = 4_096;

/** Makes room for more rows and gaps; what is in the columns stays. */
export function reserve(columns: RequestColumns, moreRows: number, moreGaps: number): void {
  const rows = columns.count + moreRows;
  if (rows > columns.scheduledMs.length) {
    const larger = createColumns(Math.max(FIRST_ROWS, Math.ceil(rows * GROWTH)));
    for (const field of ROW_FIELDS) larger[field].set(used(columns[field], columns.count));
    const { count, gapUnits, gapCount } = columns;
    Object.assign(columns, larger, { count, gapUnits, gapCount });
  }
  const gaps = columns.gapCount + moreGaps;
  if (gaps > columns.gapUnits.length) {
    const larger = new Uint16Array(Math.max(FIRST_GAPS, Math.ceil(gaps * GROWTH)));
    larger.set(columns.gapUnits.subarray(0, columns.gapCount));
    columns.gapUnits = larger;
  }
}

export function appendRows(target: RequestColumns, source: RequestColumns): void {
  reserve(target, source.count, source.gapCount);
  for (const field of ROW_FIELDS) {
    target[field].set(used(source[field], source.count), target.count);
  }
  target.gapUnits.set(source.gapUnits.subarray(0, source.gapCount), target.gapCount);
  for (let i = 0; i < source.count; i++) {
    const start = source.gapStart[i] ?? -1;
    if (start >= 0) target.gapStart[target.count + i] = start + target.gapCount;
  }
  target.count += source.count;
  target.gapCount += source.gapCount;
}

/** A copy without spare room: a view would carry its whole buffer through IPC. */
export function trimmed(columns: RequestColumns): RequestColumns {
  const copy = createColumns(columns.count);
  for (const field of ROW_FIELDS) copy[field].set(used(columns[field], columns.count));
  copy.count = columns.count;
  copy.gapUnits = columns.gapUnits.slice(0, columns.gapCount);
  copy.gapCount = columns.gapCount;
  return copy;
}

function used(
  array: Float64Array | Int32Array | Uint16Array | Uint8Array,
  count: number,
): ArrayLike<number> {
  return array.subarray(0, count);
}
