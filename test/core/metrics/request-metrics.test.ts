import { describe, expect, it } from 'vitest';
import {
  applies,
  e2eMs,
  gapSumMs,
  gapsMissing,
  keptGaps,
  tpotMs,
  ttftFromSendMs,
  ttftMs,
} from '../../../src/core/metrics/request-metrics.ts';
import { answer, burst } from './sample-burst.ts';

const columnsOf = (row: Parameters<typeof burst>[0][number]) => burst([row]).records;

describe('metrics of one request', () => {
  it('are counted from the scheduled send', () => {
    const columns = columnsOf({ ...answer(1_000, { ttft: 120, tokens: 11 }), sentMs: 1_020 });
    expect(ttftMs(columns, 0)).toBe(120);
    expect(ttftFromSendMs(columns, 0)).toBe(100);
    expect(e2eMs(columns, 0)).toBe(220);
    expect(tpotMs(columns, 0)).toBe(10);
    expect(gapSumMs(columns, 0)).toBe(100);
    expect(keptGaps(columns, 0)).toBe(10);
  });

  it('are undefined where nothing was measured', () => {
    const columns = columnsOf({ scheduledMs: 5, outcome: 'refused', endMs: 6 });
    expect(ttftMs(columns, 0)).toBeUndefined();
    expect(ttftFromSendMs(columns, 0)).toBeUndefined();
    expect(tpotMs(columns, 0)).toBeUndefined();
    expect(gapSumMs(columns, 0)).toBeUndefined();
  });

  it('give no TPOT to one token, to no usage, or to an answer in one chunk', () => {
    const one = columnsOf(answer(0, { tokens: 1 }));
    expect([tpotMs(one, 0), applies('tpot', one, 0)]).toEqual([undefined, false]);
    const noUsage = columnsOf({ ...answer(0), outputTokens: undefined });
    expect([tpotMs(noUsage, 0), applies('tpot', noUsage, 0)]).toEqual([undefined, true]);
    const bundle = columnsOf({ ...answer(0), chunkCount: 1, gapUnits: [] });
    expect([tpotMs(bundle, 0), applies('tpot', bundle, 0)]).toEqual([undefined, true]);
  });

  it('tell gaps that are missing from gaps that cannot be', () => {
    expect(gapsMissing(columnsOf(answer(0)), 0)).toBe(false);
    expect(gapsMissing(columnsOf(answer(0, { tokens: 1 })), 0)).toBe(false);
    expect(gapsMissing(columnsOf({ ...answer(0), gapUnits: undefined }), 0)).toBe(true);
    expect(gapsMissing(columnsOf({ ...answer(0), chunkCount: 1, gapUnits: [] }), 0)).toBe(true);
  });
});
