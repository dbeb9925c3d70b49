/** Rows are kept whole through growth and merging, and cost what was promised. */
import { describe, expect, it } from 'vitest';
import { createColumns, type RequestColumns } from '../../src/core/metrics/request-columns.ts';
import { appendRows, reserve, trimmed } from '../../src/load/column-store.ts';

function rowsOf(count: number, gaps: number, first = 0): RequestColumns {
  const columns = createColumns(0);
  reserve(columns, count, count * gaps);
  for (let i = 0; i < count; i++) {
    columns.scheduledMs[i] = first + i;
    columns.outputTokens[i] = gaps + 1;
    columns.outcome[i] = 1;
    columns.gapStart[i] = columns.gapCount;
    for (let k = 0; k < gaps; k++) columns.gapUnits[columns.gapCount++] = (first + i + k) % 65_536;
    columns.count += 1;
  }
  return columns;
}

describe('request columns', () => {
  it('merge with their gaps, whatever came before', () => {
    const merged = createColumns(0);
    appendRows(merged, rowsOf(3, 2, 10));
    const silent = rowsOf(1, 0, 20);
    silent.gapStart[0] = -1;
    appendRows(merged, silent);
    appendRows(merged, rowsOf(300, 5, 30));
    expect(merged.count).toBe(304);
    expect(merged.gapStart[3]).toBe(-1);
    const start = merged.gapStart[4] ?? -1;
    expect(start).toBe(6);
    expect(Array.from(merged.gapUnits.subarray(start, start + 5))).toEqual([30, 31, 32, 33, 34]);
    expect(merged.scheduledMs[303]).toBe(329);
    expect(merged.gapCount).toBe(3 * 2 + 300 * 5);
  });

  it('have missing values in rows that were reserved and not written', () => {
    const columns = createColumns(0);
    reserve(columns, 10, 0);
    expect(columns.firstTokenMs[5]).toBeNaN();
    expect(columns.inputTokens[5]).toBe(-1);
  });

  it('are cut to size: no view carries its spare room', () => {
    const cut = trimmed(rowsOf(300, 3));
    expect(cut.scheduledMs.buffer.byteLength).toBe(300 * 8);
    expect(cut.gapUnits.buffer.byteLength).toBe(900 * 2);
  });

  it('of 100,000 requests with 150 gaps take less than 64 MB', () => {
    const merged = createColumns(0);
    const part = rowsOf(1_000, 150);
    for (let i = 0; i < 100; i++) appendRows(merged, part);
    expect([merged.count, merged.gapCount]).toEqual([100_000, 15_000_000]);
    const bytes = Object.values(merged)
      .map((value) => (ArrayBuffer.isView(value) ? value.buffer.byteLength : 0))
      .reduce((sum, n) => sum + n, 0);
    expect(bytes / 1_048_576).toBeLessThan(64);
  });
});
