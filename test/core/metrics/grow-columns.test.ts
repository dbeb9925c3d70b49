import { describe, expect, it } from 'vitest';
import {
  appendColumns,
  appendRow,
  copyColumns,
  gapToUnits,
  setGaps,
} from '../../../src/core/metrics/grow-columns.ts';
import {
  createColumns,
  GAP_OVERFLOW,
  outcomeAt,
  type RequestColumns,
} from '../../../src/core/metrics/request-columns.ts';

function filled(rows: number, gapsEach: number): RequestColumns {
  const columns = createColumns(1);
  for (let i = 0; i < rows; i++) {
    appendRow(columns, {
      scheduledMs: i,
      outcome: i % 2 === 0 ? 'ok' : 'rejected',
      sentMs: i + 1,
      chunkCount: gapsEach + 1,
      outputTokens: i,
      gapUnits: Array.from({ length: gapsEach }, (_, g) => i * 100 + g),
    });
  }
  return columns;
}

function gapsOf(columns: RequestColumns, i: number): number[] {
  const start = columns.gapStart[i] ?? -1;
  return start < 0
    ? []
    : [...columns.gapUnits.subarray(start, start + (columns.chunkCount[i] ?? 1) - 1)];
}

describe('growing columns', () => {
  it('keeps every row and gap over many growths', () => {
    const columns = filled(500, 3);
    expect(columns.count).toBe(500);
    expect(columns.scheduledMs[499]).toBe(499);
    expect(outcomeAt(columns, 499)).toBe('rejected');
    expect(columns.firstTokenMs[499]).toBeNaN();
    expect(columns.inputTokens[499]).toBe(-1);
    expect(gapsOf(columns, 317)).toEqual([31_700, 31_701, 31_702]);
  });

  it('marks what is absent as missing also in room that a growth made', () => {
    const columns = createColumns(0);
    appendRow(columns, { scheduledMs: 5, outcome: 'pending' });
    expect(columns.endMs[0]).toBeNaN();
    expect(columns.endMs[1]).toBeNaN();
    expect(columns.outputTokens[1]).toBe(-1);
    expect(columns.gapStart[0]).toBe(-1);
    expect(columns.httpStatus[0]).toBe(0);
  });

  it('moves gap offsets when columns are joined', () => {
    const merged = createColumns();
    for (const part of [filled(3, 2), createColumns(), filled(4, 1)]) appendColumns(merged, part);
    expect(merged.count).toBe(7);
    expect(gapsOf(merged, 2)).toEqual([200, 201]);
    expect(gapsOf(merged, 6)).toEqual([300]);
  });

  it('copies without sharing memory', () => {
    const original = filled(2, 1);
    const copy = copyColumns(original);
    original.scheduledMs[0] = 99;
    original.gapUnits[0] = 99;
    expect(copy.scheduledMs[0]).toBe(0);
    expect(gapsOf(copy, 0)).toEqual([0]);
    appendColumns(copy, original);
    expect(copy.count).toBe(4);
    expect(original.count).toBe(2);
  });

  it('refuses gaps that do not fit the chunks', () => {
    const columns = createColumns();
    const i = appendRow(columns, { scheduledMs: 0, outcome: 'ok', chunkCount: 3 });
    expect(() => setGaps(columns, i, [1])).toThrow('1 gaps for 3 chunks');
  });

  it.each([
    [0, 0],
    [0.014, 1],
    [12.34, 1_234],
    [655.35, GAP_OVERFLOW],
    [4_000, GAP_OVERFLOW],
    [-0.2, 0],
  ])('a gap of %d ms is %d units', (ms, units) => {
    expect(gapToUnits(ms)).toBe(units);
  });
});
