import { describe, expect, it } from 'vitest';
import type { RequestRow } from '../../../../src/core/metrics/grow-columns.ts';
import { evidenceOf, tierEvidence } from '../../../../src/core/policy/evidence/evidence-of.ts';
import { FAILED_AS_BOUNDS } from '../../../../src/core/policy/evidence/mean-evidence.ts';
import type { Objective } from '../../../../src/core/policy/objective.ts';
import { parseTier } from '../../../../src/core/policy/slo-parse.ts';
import type { Evidence } from '../../../../src/core/stats/evidence.ts';
import { answer, burst } from '../../metrics/sample-burst.ts';

function tierOf(text: string) {
  const parsed = parseTier('slo', text, '');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function objectiveOf(text: string): Objective {
  const objective = tierOf(text).objectives[0];
  if (objective === undefined) throw new Error(text);
  return objective;
}

/** Total samples and bad ones of a ratio. */
function counts(evidence: Evidence): [number, number] {
  if (evidence.kind !== 'ratio') throw new Error(JSON.stringify(evidence));
  return evidence.blocks.reduce<[number, number]>(
    ([n, bad], block) => [n + block.n, bad + block.bad],
    [0, 0],
  );
}

const BLOCK_MS = 2_000;
const ttft = objectiveOf('p90(ttft) < 500 ms');
const failed = (scheduledMs: number, endMs: number): RequestRow => ({
  scheduledMs,
  sentMs: scheduledMs,
  endMs,
  outcome: 'server_error',
});

describe('a quantile of TTFT counts arrivals', () => {
  it.each<[string, RequestRow, [number, number]]>([
    ['in time', answer(1_000, { ttft: 499 }), [1, 0]],
    ['at the bound', answer(1_000, { ttft: 500 }), [1, 1]],
    ['sent before the window', answer(-1, { ttft: 100 }), [0, 0]],
    ['at the start of the window', answer(0, { ttft: 100 }), [1, 0]],
    ['answered, but its bound has not passed', answer(9_500, { ttft: 10 }), [0, 0]],
    ['its bound has just passed', answer(9_499, { ttft: 10 }), [1, 0]],
    ['no token yet, bound not passed', { scheduledMs: 9_600, outcome: 'pending' }, [0, 0]],
    ['no token yet, bound passed', { scheduledMs: 9_000, outcome: 'pending' }, [1, 1]],
    ['failed at once, bound not passed', failed(9_600, 9_601), [0, 0]],
    ['failed at once, bound passed', failed(9_000, 9_001), [1, 1]],
    ['failed after a quick token', { ...failed(5_000, 6_000), firstTokenMs: 5_100 }, [1, 1]],
    ['unsent', { scheduledMs: 5_000, outcome: 'unsent' }, [1, 1]],
    ['cut by us before it was decided', { ...failed(5_000, 5_400), outcome: 'cancelled' }, [0, 0]],
    [
      'cut by us when it was late already',
      { ...failed(5_000, 5_600), outcome: 'cancelled' },
      [1, 1],
    ],
    [
      'cut by us after a token in time',
      { ...failed(5_000, 5_600), firstTokenMs: 5_300, outcome: 'cancelled' },
      [1, 0],
    ],
    ['our own stale connection', { ...failed(5_000, 5_600), outcome: 'stale_connection' }, [0, 0]],
  ])('%s', (_name, row, expected) => {
    expect(counts(evidenceOf(ttft, burst([row]), BLOCK_MS))).toEqual(expected);
  });

  it('lets <= hold at the bound', () => {
    const objective = objectiveOf('p90(ttft) <= 500 ms');
    const snapshot = burst([answer(1_000, { ttft: 500 })]);
    expect(counts(evidenceOf(objective, snapshot, BLOCK_MS))).toEqual([1, 0]);
  });

  it('cuts blocks by the scheduled time', () => {
    const rows = [answer(0), answer(1_999), answer(2_000), answer(6_500, { ttft: 600 })];
    expect(evidenceOf(ttft, burst(rows), BLOCK_MS)).toMatchObject({
      kind: 'ratio',
      blocks: [
        { n: 2, bad: 0 },
        { n: 1, bad: 0 },
        { n: 1, bad: 1 },
      ],
      weight: 1,
    });
  });

  it('marks the upper tail of the burst itself as the level of arrivals', () => {
    const rows = Array.from({ length: 40 }, (_, i) => answer(i * 20, { ttft: 100 + i }));
    const p90 = objectiveOf('p90(ttft) < 500 ms');
    const evidence = evidenceOf(p90, burst(rows), 100_000);
    const level = evidence.kind === 'ratio' ? evidence.blocks[0]?.level : undefined;
    // Twice the allowed tenth of 40 samples, and the sample at the edge.
    expect(level).toEqual({ n: 40, sum: 9, sumOfSquares: 9 });
  });

  it('takes the root of a completion in units of its bound as its level', () => {
    const tpot = objectiveOf('p90(tpot) < 40 ms');
    const evidence = evidenceOf(tpot, burst([answer(0), failed(100, 101)]), 100_000);
    const level = evidence.kind === 'ratio' ? evidence.blocks[0]?.level : undefined;
    expect(level?.n).toBe(2);
    expect(level?.sum).toBeCloseTo(Math.sqrt(10 / 40) + Math.SQRT2);
  });

  it('weighs a window shorter than the mean E2E less', () => {
    const short = burst([answer(0)], { nowMs: 1_000 });
    expect(evidenceOf(ttft, short, 8_000)).toMatchObject({ weight: 0.25 });
    const tpot = objectiveOf('p90(tpot) < 50 ms');
    expect(evidenceOf(tpot, short, 8_000)).toMatchObject({ weight: 1 });
  });

  it('is counted from the send when the objective says so', () => {
    const objective = objectiveOf('p90(ttft_from_send) < 500 ms');
    const late = { ...answer(1_000, { ttft: 600 }), sentMs: 1_200 };
    const waiting: RequestRow = { scheduledMs: 2_000, outcome: 'pending' };
    const unsent: RequestRow = { scheduledMs: 3_000, outcome: 'unsent' };
    const snapshot = burst([late, waiting, unsent]);
    expect(counts(evidenceOf(objective, snapshot, BLOCK_MS))).toEqual([2, 1]);
  });
});

describe('TPOT, E2E, attainment and error rate count completions', () => {
  const tpot = objectiveOf('p90(tpot) < 20 ms');

  it.each<[string, RequestRow, [number, number]]>([
    ['quick', answer(1_000, { gap: 19 }), [1, 0]],
    ['at the bound', answer(1_000, { gap: 20 }), [1, 1]],
    ['sent long before the window', answer(-5_000, { ttft: 5_100, gap: 19 }), [1, 0]],
    ['ended before the window', answer(-5_000), [0, 0]],
    ['not ended', answer(9_950), [0, 0]],
    ['one token', answer(1_000, { tokens: 1 }), [0, 0]],
    ['failed', failed(1_000, 1_500), [1, 1]],
    ['unsent', { scheduledMs: 1_000, outcome: 'unsent' }, [1, 1]],
    ['cut by us', { ...failed(1_000, 9_000), outcome: 'cancelled' }, [0, 0]],
    ['our own stale connection', { ...failed(1_000, 9_000), outcome: 'stale_connection' }, [0, 0]],
  ])('%s', (_name, row, expected) => {
    expect(counts(evidenceOf(tpot, burst([row]), BLOCK_MS))).toEqual(expected);
  });

  it('cuts blocks by the end', () => {
    const rows = [answer(1_799), answer(1_800), answer(-100)];
    const e2e = objectiveOf('p90(e2e) < 1 s');
    expect(evidenceOf(e2e, burst(rows), BLOCK_MS)).toMatchObject({
      blocks: [
        { n: 2, bad: 0 },
        { n: 1, bad: 0 },
      ],
    });
  });

  it('joins the bounds of an attainment request by request', () => {
    const objective = objectiveOf('attainment(ttft < 150 ms and tpot < 20 ms) >= 90%');
    const rows = [
      answer(0),
      answer(1_000, { ttft: 200 }),
      answer(2_000, { gap: 30 }),
      answer(3_000, { tokens: 1 }),
      failed(4_000, 4_100),
    ];
    expect(counts(evidenceOf(objective, burst(rows), BLOCK_MS))).toEqual([5, 3]);
  });

  it('counts as error whatever did not end well, but for what was not the target', () => {
    const objective = objectiveOf('error_rate < 1%');
    const rows: RequestRow[] = [
      answer(0),
      { ...failed(1_000, 2_000), outcome: 'rejected' },
      { ...failed(1_000, 2_000), outcome: 'content_filtered' },
      { ...failed(1_000, 2_000), outcome: 'empty' },
      { ...failed(1_000, 2_000), outcome: 'cancelled' },
      { ...failed(1_000, 2_000), outcome: 'stale_connection' },
      { scheduledMs: 1_000, outcome: 'pending' },
    ];
    expect(counts(evidenceOf(objective, burst(rows), BLOCK_MS))).toEqual([4, 3]);
  });
});

describe('token gaps', () => {
  const itl = objectiveOf('p90(itl) < 20 ms');

  it('are samples of their own', () => {
    const row = { ...answer(0, { tokens: 4 }), gapUnits: [1_999, 2_000, 65_535] };
    expect(counts(evidenceOf(itl, burst([row]), BLOCK_MS))).toEqual([3, 2]);
    const inclusive = objectiveOf('p90(itl) <= 20 ms');
    expect(counts(evidenceOf(inclusive, burst([row]), BLOCK_MS))).toEqual([3, 1]);
  });

  it('that a failed request still owed are all bad', () => {
    const refused = { ...failed(0, 100), askedOutputTokens: 51 };
    expect(counts(evidenceOf(itl, burst([refused]), BLOCK_MS))).toEqual([50, 50]);
    const cut = { ...answer(0, { tokens: 3 }), outcome: 'reset', askedOutputTokens: 11 } as const;
    expect(counts(evidenceOf(itl, burst([cut]), BLOCK_MS))).toEqual([10, 8]);
    expect(counts(evidenceOf(itl, burst([failed(0, 100)]), BLOCK_MS))).toEqual([1, 1]);
  });

  it('are missing when answers come in one chunk or gaps are not kept', () => {
    const bundled = Array.from({ length: 3 }, (_, i) => ({
      ...answer(i * 100),
      chunkCount: 1,
      gapUnits: [],
    }));
    expect(evidenceOf(itl, burst(bundled), BLOCK_MS).kind).toBe('missing');
    const unkept = Array.from({ length: 3 }, (_, i) => ({ ...answer(i), gapUnits: undefined }));
    expect(evidenceOf(itl, burst(unkept), BLOCK_MS).kind).toBe('missing');
  });
});

describe('a measurement that is missing', () => {
  const tpot = objectiveOf('p90(tpot) < 20 ms');
  const noUsage = (i: number): RequestRow => ({ ...answer(i), outputTokens: undefined });

  it('never passes: one is bad, many make the evidence missing', () => {
    const good = Array.from({ length: 19 }, (_, i) => answer(i));
    expect(counts(evidenceOf(tpot, burst([...good, noUsage(20)]), BLOCK_MS))).toEqual([20, 1]);
    const many = burst([...good, noUsage(20), noUsage(21)]);
    expect(evidenceOf(tpot, many, BLOCK_MS)).toEqual({
      kind: 'missing',
      reason: expect.stringContaining('tpot could not be measured in 2 of 21 requests'),
    });
  });

  it('is said of a workload of one-token answers', () => {
    const rows = Array.from({ length: 20 }, (_, i) => answer(i, { tokens: 1 }));
    expect(evidenceOf(tpot, burst(rows), BLOCK_MS).kind).toBe('missing');
    expect(evidenceOf(tpot, burst(rows.slice(1)), BLOCK_MS)).toMatchObject({ blocks: [] });
    const joint = objectiveOf('attainment(ttft < 1 s and tpot < 20 ms) >= 90%');
    expect(evidenceOf(joint, burst(rows), BLOCK_MS).kind).toBe('missing');
  });

  it('fails an attainment that needs it only as missing', () => {
    const joint = objectiveOf('attainment(ttft < 1 s and tpot < 20 ms) >= 90%');
    const rows = Array.from({ length: 10 }, (_, i) => noUsage(i));
    expect(evidenceOf(joint, burst(rows), BLOCK_MS).kind).toBe('missing');
    const goodput = tierOf('attainment(ttft < 1 s and tpot < 20 ms) >= 90% and goodput > 1 rps');
    expect(tierEvidence(goodput, burst(rows), BLOCK_MS).map((one) => one.kind)).toEqual([
      'missing',
      'missing',
    ]);
  });

  it('does not hide failures', () => {
    const rows = [failed(0, 1), failed(2, 3), failed(4, 5)];
    expect(counts(evidenceOf(tpot, burst(rows), BLOCK_MS))).toEqual([3, 3]);
  });
});

describe('means and goodput', () => {
  it('sum what ended, and a failure breaks the bound a hundred times', () => {
    const objective = objectiveOf('mean(e2e) < 300 ms');
    expect(evidenceOf(objective, burst([answer(0), answer(50)]), BLOCK_MS)).toEqual({
      kind: 'mean',
      blocks: [{ n: 2, sum: 400, sumOfSquares: 80_000 }],
      weight: 1,
    });
    const evidence = evidenceOf(objective, burst([answer(0), failed(0, 5)]), BLOCK_MS);
    expect(evidence).toMatchObject({ blocks: [{ n: 2, sum: 200 + FAILED_AS_BOUNDS * 300 }] });
  });

  it('take the mean gap from the first to the last chunk', () => {
    const objective = objectiveOf('mean(itl) < 1 s');
    const row = { ...answer(0, { tokens: 3, gap: 2_000 }), gapUnits: [65_535, 65_535] };
    expect(evidenceOf(objective, burst([row]), BLOCK_MS)).toMatchObject({
      blocks: [{ n: 2, sum: 4_000 }],
    });
  });

  it('count good requests by every latency bound of the tier', () => {
    const tier = tierOf('p90(ttft) < 150 ms and p90(tpot) < 20 ms and goodput >= 1 req/s');
    const rows = [
      answer(0),
      answer(1_000, { ttft: 200 }),
      answer(3_000, { gap: 25 }),
      answer(4_000),
    ];
    expect(tierEvidence(tier, burst(rows, { nowMs: 5_000 }), BLOCK_MS)[2]).toEqual({
      kind: 'floor',
      blocks: [
        { seconds: 2, good: 1 },
        { seconds: 2, good: 0 },
        { seconds: 1, good: 1 },
      ],
      weight: 1,
    });
  });
});
