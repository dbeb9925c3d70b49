/** The records of a burst cost what was promised, from the generator to what is stored. */
import { describe, expect, it } from 'vitest';
import { appendColumns, appendRow, copyColumns } from '../../src/core/metrics/grow-columns.ts';
import { createColumns } from '../../src/core/metrics/request-columns.ts';
import { createRecordLog } from '../../src/load/generator/record-log.ts';

const REQUESTS = 100_000;
const GAPS = 150;
const MAX_BYTES = 64 * 1_048_576;

describe('records', () => {
  it('of 100,000 requests with 150 gaps take less than 64 MB', () => {
    const part = createColumns(0);
    const gapUnits = new Uint16Array(GAPS);
    for (let i = 0; i < 1_000; i++) {
      appendRow(part, { scheduledMs: i, outcome: 'ok', chunkCount: GAPS + 1, gapUnits });
    }
    const merged = createColumns(0);
    for (let i = 0; i < REQUESTS / 1_000; i++) appendColumns(merged, copyColumns(part));
    const stored = copyColumns(merged);
    expect([stored.count, stored.gapCount]).toEqual([REQUESTS, REQUESTS * GAPS]);
    let bytes = 0;
    for (const value of Object.values(stored)) {
      if (ArrayBuffer.isView(value)) bytes += value.buffer.byteLength;
    }
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  it('are kept only from the start of a burst on, and until they are fetched', () => {
    const log = createRecordLog();
    const plan = { scheduledMs: 5, part: 0, askedInputTokens: -1, askedOutputTokens: -1 };
    log.addUnsent(plan, 6);
    log.keepFrom(10);
    log.addUnsent(plan, 9);
    log.addUnsent(plan, 10);
    log.addUnsent(plan, 11);
    const taken = log.take();
    expect(taken.count).toBe(2);
    expect(taken.scheduledMs.buffer.byteLength).toBe(16);
    expect(log.take().count).toBe(0);
    log.addUnsent(plan, 12);
    log.keepFrom(undefined);
    expect(log.take().count).toBe(0);
    log.keepFrom(20);
    log.addUnsent(plan, 21);
    log.keepFrom(30);
    expect(log.take().count).toBe(0);
  });
});
