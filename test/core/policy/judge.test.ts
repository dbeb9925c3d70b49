import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestRow } from '../../../src/core/metrics/grow-columns.ts';
import { meanOfBlocks, rateOfBlocks } from '../../../src/core/policy/block-intervals.ts';
import { tierEvidence } from '../../../src/core/policy/evidence/evidence-of.ts';
import { judgeTier } from '../../../src/core/policy/judge.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { joined, type TierVerdict } from '../../../src/core/policy/verdict.ts';
import { answer, burst } from '../metrics/sample-burst.ts';

const BLOCK_MS = 1_000;

function judged(text: string, rows: readonly RequestRow[], voided?: string): TierVerdict {
  const tier = parseTier('slo', text, '');
  if (!tier.ok) throw new Error(JSON.stringify(tier.error));
  const snapshot = burst(rows, { nowMs: 100_000 });
  return judgeTier(tier.value, tierEvidence(tier.value, snapshot, BLOCK_MS), {
    snapshot,
    confidence: 0.95,
    blockMs: BLOCK_MS,
    meanInFlight: 5,
    ...(voided === undefined ? {} : { voided }),
  });
}

/** n answers spread over 90 s, the given ones late in TTFT. */
function answers(n: number, late: (i: number) => boolean = () => false): RequestRow[] {
  return Array.from({ length: n }, (_, i) =>
    answer((i * 90_000) / n, { ttft: late(i) ? 900 : 100 + (i % 50) }),
  );
}

describe('the verdict of one probe', () => {
  it('passes when the whole interval is below the bound', () => {
    const tier = judged('p90(ttft) < 500 ms', answers(2_000));
    expect(tier.verdict).toBe('pass');
    expect(tier.objectives[0]).toMatchObject({
      id: 'p90(ttft)',
      verdict: 'pass',
      n: 2_000,
      bad: 0,
      bound: 500,
      unit: 'ms',
    });
    expect(tier.objectives[0]?.measured?.value).toBe(144);
    expect(tier.objectives[0]).not.toHaveProperty('reason');
  });

  it('does not judge a p99 from 50 requests', () => {
    const tier = judged('p99(ttft) < 500 ms', answers(50));
    expect(tier.verdict).toBe('inconclusive');
    expect(tier.objectives[0]?.reason).toContain('0 of 50 miss');
    expect(tier.objectives[0]?.measured).not.toHaveProperty('high');
  });

  it('fails when even the low end is over', () => {
    const tier = judged(
      'p90(ttft) < 500 ms',
      answers(1_000, (i) => i % 2 === 0),
    );
    expect(tier.verdict).toBe('fail');
    expect(tier.objectives[0]).toMatchObject({ verdict: 'fail', n: 1_000, bad: 500 });
  });

  it('is wider when the misses come in clusters', () => {
    const spread = judged(
      'p90(ttft) < 500 ms',
      answers(2_000, (i) => i % 16 === 0),
    );
    const cluster = judged(
      'p90(ttft) < 500 ms',
      answers(2_000, (i) => i < 125),
    );
    expect(spread.objectives[0]).toMatchObject({ bad: 125, verdict: 'pass' });
    expect(cluster.objectives[0]).toMatchObject({ bad: 125, verdict: 'inconclusive' });
  });

  it('shows no quantile where too many failed to have one', () => {
    const rows = answers(400).map((row, i) =>
      i % 2 === 0 ? row : { ...row, outcome: 'rejected' as const, firstTokenMs: undefined },
    );
    const tier = judged('p90(ttft) < 500 ms and error_rate < 10%', rows);
    expect(tier.objectives[0]).toMatchObject({ verdict: 'fail', bad: 200 });
    expect(tier.objectives[0]).not.toHaveProperty('measured');
    expect(tier.objectives[1]).toMatchObject({ verdict: 'fail', measured: { value: 0.5 } });
  });

  it('says why a missing measurement is no verdict', () => {
    const rows = answers(100).map((row) => ({ ...row, outputTokens: undefined }));
    const tier = judged('p90(ttft) < 500 ms and p90(tpot) < 50 ms', rows);
    expect(tier.objectives[1]).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('no usage'),
    });
    expect(tier.verdict).not.toBe('pass');
    expect(tier.attainmentRatio).toBeUndefined();
  });

  it('judges nothing of a void probe', () => {
    const tier = judged('p90(ttft) < 500 ms', answers(2_000), 'client late');
    expect(tier.verdict).toBe('inconclusive');
    expect(tier.objectives[0]?.reason).toBe('probe void: client late');
    expect(tier.objectives[0]?.measured?.value).toBe(144);
  });

  it('measures attainment, means, goodput and error rate in their own units', () => {
    const tier = judged(
      'attainment(ttft < 500 ms) >= 80% and mean(e2e) < 1 s and goodput >= 5 req/s and error_rate < 5% and p90(itl) < 20 ms',
      answers(2_000, (i) => i % 20 === 0),
    );
    expect(tier.verdict).toBe('pass');
    const [attainment, mean, goodput, errors, itl] = tier.objectives;
    expect(attainment).toMatchObject({ unit: 'ratio', bound: 0.8, measured: { value: 0.95 } });
    expect(mean?.unit).toBe('ms');
    // 5 of 100 take 900 ms, the others 100 + (i mod 50), and 100 ms of decoding come on top.
    expect(mean?.measured?.value).toBeCloseTo(263.5);
    expect(goodput).toMatchObject({ unit: 'req/s', measured: { value: 19 } });
    expect(errors).toMatchObject({ unit: 'ratio', measured: { value: 0, low: 0 } });
    expect(itl).toMatchObject({ unit: 'ms', measured: { value: 10 } });
    expect(tier.goodputRps?.value).toBeCloseTo(19);
    expect(tier.attainmentRatio?.value).toBeCloseTo(0.95);
  });

  it('has no verdict without a request', () => {
    const tier = judged('p90(ttft) < 500 ms and mean(e2e) < 1 s and goodput > 1 rps', []);
    expect(tier.objectives.map((one) => one.verdict)).toEqual([
      'inconclusive',
      'inconclusive',
      // Nothing good in 100 s: that is below one a second.
      'fail',
    ]);
  });

  it.each([
    [['pass', 'pass'], 'pass'],
    [['pass', 'inconclusive'], 'inconclusive'],
    [['fail', 'inconclusive'], 'fail'],
    [[], 'inconclusive'],
  ] as const)('joins %j to %s', (verdicts, whole) => {
    expect(joined(verdicts)).toBe(whole);
  });
});

describe('intervals from blocks', () => {
  it('hold the value, and never turn into NaN', () => {
    const block = fc.record({
      n: fc.integer({ min: 1, max: 100 }),
      each: fc.double({ min: 0, max: 1e4, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), (list) => {
        const means = list.map(({ n, each }) => ({
          n,
          sum: n * each,
          sumOfSquares: n * each * each,
        }));
        const mean = meanOfBlocks(means, 3, 0.95);
        if (list.length === 0) expect(mean).toBeUndefined();
        else {
          expect(Number.isFinite(mean?.value)).toBe(true);
          expect(mean?.low ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(mean?.value ?? 0);
          expect(mean?.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(mean?.value ?? 0);
        }
        const rate = rateOfBlocks(
          list.map(({ n }) => ({ seconds: 1, good: n })),
          3,
          0.95,
        );
        expect(rate?.low ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('agree with the textbook for equal batches', () => {
    // Mean 3, sample deviation sqrt(2.5), t(0.975, 4) = 2.776: 3 ± 1.963.
    const blocks = [1, 2, 3, 4, 5].map((x) => ({ n: 1, sum: x, sumOfSquares: x * x }));
    const interval = meanOfBlocks(blocks, 3, 0.95);
    expect(interval?.low).toBeCloseTo(3 - 1.963, 2);
    expect(interval?.high).toBeCloseTo(3 + 1.963, 2);
  });
});
