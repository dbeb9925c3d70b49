/**
 * Appending to the record columns. A virtual burst is looked into every few seconds of tens of
 * thousands of simulated searches, so rows are written in place and never copied.
 */
import { reserveGaps, reserveRows } from '../core/metrics/grow-columns.ts';
import { type RequestColumns, ROW_COLUMNS } from '../core/metrics/request-columns.ts';

/** Appends an empty row and says which; the arrays of `columns` are replaced when they are full. */
export function appendRow(columns: RequestColumns): number {
  reserveRows(columns, columns.count + 1);
  columns.count += 1;
  return columns.count - 1;
}

/** Copies what is known of row `i` of another record set into a new row. */
export function appendCopy(columns: RequestColumns, from: RequestColumns, i: number): number {
  const row = appendRow(columns);
  for (const name of ROW_COLUMNS) columns[name][row] = from[name][i] ?? 0;
  return row;
}

/** Appends one gap between chunks, in `GAP_UNIT_MS`. */
export function appendGap(columns: RequestColumns, units: number): void {
  if (columns.gapCount === columns.gapUnits.length) {
    reserveGaps(columns, Math.max(FIRST_GAPS, columns.gapCount + 1));
  }
  columns.gapUnits[columns.gapCount] = units;
  columns.gapCount += 1;
}

const FIRST_GAPS = 4_096;
