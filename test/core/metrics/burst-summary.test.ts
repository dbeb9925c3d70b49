import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanE2eMs, summariseBurst } from '../../../src/core/metrics/burst-summary.ts';
import { goodBlocks, goodnessOf } from '../../../src/core/metrics/good-requests.ts';
import { meanDecodingByBlock, meanInFlight } from '../../../src/core/metrics/in-flight.ts';
import { blockSeconds, cutBlocks, MAX_BLOCKS } from '../../../src/core/metrics/time-blocks.ts';
import { answer, burst } from './sample-burst.ts';

describe('summary of a burst', () => {
  it('counts what was scheduled by outcome and what ended by rate', () => {
    const summary = summariseBurst(
      burst([
        answer(-100), // sent before the window, ends in it
        answer(1_000),
        answer(9_950), // has not ended at 10 s
        { scheduledMs: 2_000, outcome: 'rejected', sentMs: 2_000, endMs: 2_005 },
        { scheduledMs: 3_000, outcome: 'unsent' },
      ]),
      0.95,
    );
    expect(summary.requests).toBe(4);
    expect(summary.outcomes).toEqual({ ok: 1, pending: 1, rejected: 1, unsent: 1 });
    expect(summary.completedRps).toBeCloseTo(0.2);
    expect(summary.offeredRps).toBeCloseTo(0.3);
    expect(summary.outputTokensPerSecond).toBeCloseTo(2.2);
    expect(summary.inputTokensMean).toBe(100);
    // The first token of the first request came exactly at the start of the window.
    expect(summary.ttftMs?.n).toBe(2);
    expect(summary.e2eMs?.n).toBe(2);
    expect(summary.itlMs?.n).toBe(20);
    expect(summary.itlMs?.p99.value).toBe(10);
    // 200 + 200 + 5 ms and the 50 ms of the pending one, less the 100 before the window.
    expect(summary.meanInFlight).toBeCloseTo((100 + 200 + 5 + 50) / 10_000);
  });

  it('is empty, not zero, when nothing was measured', () => {
    const summary = summariseBurst(burst([]), 0.95);
    expect(summary.ttftMs).toBeUndefined();
    expect(summary.outputTokensMean).toBeUndefined();
    expect(meanE2eMs(burst([]))).toBeUndefined();
    expect(summariseBurst(burst([], { startMs: 5, nowMs: 5 }), 0.95).completedRps).toBe(0);
  });

  it('gives no upper end of a p99 from 50 requests', () => {
    const rows = Array.from({ length: 50 }, (_, i) => answer(i * 100, { ttft: 100 + i }));
    const ttft = summariseBurst(burst(rows), 0.95).ttftMs;
    expect(ttft?.p99.value).toBe(149);
    expect(ttft?.p99).not.toHaveProperty('high');
  });
});

describe('good requests', () => {
  const bounds = [
    { metric: 'ttft', operator: '<', boundMs: 100 },
    { metric: 'tpot', operator: '<=', boundMs: 10 },
  ] as const;

  it.each([
    ['both met', answer(0, { ttft: 99 }), 'good'],
    ['TTFT at its bound', answer(0, { ttft: 100 }), 'bad'],
    ['TPOT over its bound', answer(0, { ttft: 50, gap: 10.5 }), 'bad'],
    ['no usage', { ...answer(0, { ttft: 50 }), outputTokens: undefined }, 'unmeasured'],
    ['no usage but late anyway', { ...answer(0), outputTokens: undefined }, 'bad'],
    ['one token in time', answer(0, { ttft: 50, tokens: 1 }), 'good'],
  ])('%s', (_name, row, goodness) => {
    expect(goodnessOf(burst([row]).records, 0, bounds)).toBe(goodness);
  });

  it('are exempt when no bound can apply', () => {
    const { records } = burst([answer(0, { tokens: 1 })]);
    expect(goodnessOf(records, 0, [bounds[1]])).toBe('exempt');
    expect(goodnessOf(records, 0, [])).toBe('good');
  });

  it('fall into the block in which they end', () => {
    const snapshot = burst([answer(900, { ttft: 50 }), answer(1_000, { ttft: 50 }), answer(1_100)]);
    const blocks = cutBlocks(0, 2_500, 1_000);
    expect(goodBlocks(snapshot, bounds, blocks)).toEqual([
      { seconds: 1, good: 0 },
      { seconds: 1, good: 2 },
      { seconds: 0.5, good: 0 },
    ]);
  });
});

describe('blocks of time', () => {
  it('cover the window exactly, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e5 }),
        (startMs, spanMs, blockMs) => {
          const blocks = cutBlocks(startMs, startMs + spanMs, blockMs);
          expect(blocks.count).toBeLessThanOrEqual(MAX_BLOCKS);
          let seconds = 0;
          for (let b = 0; b < blocks.count; b++) seconds += blockSeconds(blocks, b);
          expect(seconds).toBeCloseTo(spanMs / 1_000, 5);
        },
      ),
    );
  });

  it('tell those that decode from those that wait', () => {
    // In flight from 100 to 300 ms, with its first token at 200.
    const snapshot = burst([answer(100)], { nowMs: 400 });
    const blocks = cutBlocks(0, 400, 200);
    expect([...meanDecodingByBlock(snapshot, blocks)]).toEqual([0, 0.5]);
  });

  it('hold the same requests in flight as the whole window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -3_000, max: 12_000 }), fc.nat(4_000))),
        fc.integer({ min: 50, max: 5_000 }),
        (flights, blockMs) => {
          const rows = flights.map(([sentMs, ms]) => ({
            scheduledMs: sentMs,
            sentMs,
            firstTokenMs: sentMs,
            endMs: sentMs + ms,
            outcome: 'ok' as const,
          }));
          const snapshot = burst(rows);
          const blocks = cutBlocks(0, 10_000, blockMs);
          const means = meanDecodingByBlock(snapshot, blocks);
          let area = 0;
          for (let b = 0; b < blocks.count; b++) area += (means[b] ?? 0) * blockSeconds(blocks, b);
          expect(area / 10).toBeCloseTo(meanInFlight(snapshot), 9);
        },
      ),
    );
  });
});
