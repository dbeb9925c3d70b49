import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestRow } from '../../../src/core/metrics/grow-columns.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { observe } from '../../../src/core/probe/observe.ts';
import { report } from '../../../src/core/probe/report.ts';
import { WORST_RATIO_MAX } from '../../../src/core/probe/worst-ratio.ts';
import type { ProbeDecision } from '../../../src/core/search/decision.ts';
import { answer, burst } from '../metrics/sample-burst.ts';

const decision: ProbeDecision = {
  kind: 'probe',
  probe: 3,
  phase: 'refine',
  loadUnits: 12,
  load: 12,
  rampMs: 500,
  settleMs: 2_000,
  windowMs: 60_000,
  lookEveryMs: 3_000,
  reason: 'test',
};

function tierOf(text: string, name = 'slo') {
  const parsed = parseTier(name, text, '');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const tier = tierOf('p99(ttft) < 500 ms and p95(tpot) < 50 ms and error_rate < 1%');
const seen = (rows: readonly RequestRow[], tiers = [tier], nowMs = 10_000) =>
  observe({
    snapshot: burst(rows, { burstStartMs: -2_000, nowMs }),
    decision,
    tiers,
    end: 'length',
    searchStartMs: -100_000,
  });

describe('an observation', () => {
  it('says what the burst cost and showed', () => {
    const rows: RequestRow[] = [
      ...Array.from({ length: 40 }, (_, i) => answer(i * 200)),
      answer(-1_500), // settling: costs, but is not in the window
      { scheduledMs: 9_900, sentMs: 9_900, outcome: 'pending' },
      { scheduledMs: 9_990, outcome: 'pending' },
    ];
    const observation = seen(rows);
    expect(observation).toMatchObject({
      probe: 3,
      loadUnits: 12,
      end: 'length',
      loadMs: 12_000,
      windowMs: 10_000,
      requests: 42,
      outputTokens: 41 * 11,
      meanE2eMs: 200,
      completedRps: 4,
      waiting: 1,
      worstRatiosOfBound: [0.2],
      goodputRps: [4],
    });
    // 40 requests of 200 ms and 100 ms of the pending one, over 10 s.
    expect(observation.meanInFlight).toBeCloseTo(0.81);
    expect(observation.evidence).toHaveLength(1);
    expect(observation.evidence[0]?.map((one) => one.kind)).toEqual(['ratio', 'ratio', 'ratio']);
    expect(observation.goodBlocks[0]).toHaveLength(3); // 4 s each at least: 10 s hold three
    expect(observation.pace[0]).toMatchObject({ atMs: 102_000, meanTpotMs: 10, n: 19 });
  });

  it('follows the order of tiers and objectives', () => {
    const tiers = [tier, tierOf('goodput >= 1 req/s and mean(e2e) < 1 s', 'second')];
    const observation = seen([answer(0)], tiers);
    expect(observation.evidence.map((list) => list.map((one) => one.kind))).toEqual([
      ['ratio', 'ratio', 'ratio'],
      ['floor', 'mean'],
    ]);
    expect(observation.goodputRps).toEqual([0.1, 0.1]);
  });

  it('keeps the last known E2E, or the age of the oldest, when nothing ended', () => {
    const rows: RequestRow[] = [{ scheduledMs: 4_000, sentMs: 4_000, outcome: 'pending' }];
    expect(seen(rows).meanE2eMs).toBe(6_000);
    const snapshot = burst(rows);
    expect(
      observe({ snapshot, decision, tiers: [tier], end: 'length', lastE2eMs: 700 }).meanE2eMs,
    ).toBe(700);
    expect(seen([]).meanE2eMs).toBeGreaterThan(0);
  });

  it('counts the chunks where a server sends no usage', () => {
    expect(seen([{ ...answer(0), outputTokens: undefined }]).outputTokens).toBe(11);
  });

  it.each<[string, RequestRow[], number]>([
    [
      'the largest value of a small sample',
      [answer(0, { ttft: 100 }), answer(9, { ttft: 400 })],
      0.8,
    ],
    ['TPOT when it is nearer its bound', [answer(0, { ttft: 50, gap: 45 })], 0.9],
    [
      'a failure',
      [answer(0), { scheduledMs: 1, sentMs: 1, endMs: 2, outcome: 'reset' }],
      WORST_RATIO_MAX,
    ],
    ['nothing yet', [], 0],
  ])('takes as worst value %s', (_name, rows, worst) => {
    expect(seen(rows).worstRatiosOfBound[0]).toBeCloseTo(worst);
  });

  it('takes the worst value at the quantile of the objective, also of gaps', () => {
    const rows = Array.from({ length: 100 }, (_, i) => answer(i, { ttft: i < 10 ? 5_000 : 100 }));
    expect(seen(rows, [tierOf('p80(ttft) < 500 ms')]).worstRatiosOfBound[0]).toBeCloseTo(0.2);
    expect(seen(rows, [tierOf('p95(ttft) < 500 ms')]).worstRatiosOfBound[0]).toBe(WORST_RATIO_MAX);
    expect(seen(rows, [tierOf('p95(itl) < 40 ms')]).worstRatiosOfBound[0]).toBeCloseTo(0.25);
    expect(seen(rows, [tierOf('mean(itl) < 40 ms')]).worstRatiosOfBound[0]).toBeCloseTo(0.25);
    const joint = tierOf('attainment(ttft < 500 ms and tpot < 20 ms) >= 80%');
    expect(seen(rows, [joint]).worstRatiosOfBound[0]).toBeCloseTo(0.5);
  });

  it('and the report are plain JSON without NaN, whatever the burst', () => {
    const row = fc
      .record({
        scheduledMs: fc.integer({ min: -3_000, max: 12_000 }),
        sent: fc.boolean(),
        ttft: fc.option(fc.nat(4_000), { nil: undefined }),
        life: fc.option(fc.nat(6_000), { nil: undefined }),
        tokens: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
        outcome: fc.constantFrom(
          'ok',
          'ok',
          'rejected',
          'cancelled',
          'unsent',
          'empty',
          'idle_timeout',
        ),
      })
      .map(
        ({ scheduledMs, sent, ttft, life, tokens, outcome }): RequestRow => ({
          scheduledMs,
          sentMs: sent ? scheduledMs + 1 : undefined,
          firstTokenMs: ttft === undefined ? undefined : scheduledMs + ttft,
          endMs: life === undefined ? undefined : scheduledMs + life,
          outcome: life === undefined ? 'pending' : (outcome as RequestRow['outcome']),
          outputTokens: tokens,
          chunkCount: tokens ?? 0,
        }),
      );
    const tiers = [
      tierOf(
        'p50(ttft) < 1 s and p50(ttft_from_send) < 1 s and p90(tpot) < 1 s and p9(itl) < 9 ms',
      ),
      tierOf('mean(e2e) < 1 s and mean(itl) < 1 s and goodput > 1 rps and error_rate < 9%', 'b'),
    ];
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.integer({ min: 0, max: 11_000 }),
        (rows, nowMs) => {
          const snapshot = burst(rows, { burstStartMs: -1_000, nowMs });
          const observation = observe({ snapshot, decision, tiers, end: 'length' });
          expect(JSON.parse(JSON.stringify(observation))).toEqual(observation);
          const told = report({
            snapshot,
            observation,
            decision,
            axis: 'request_rate',
            tiers,
            confidence: 0.95,
            attempt: 0,
            startedAtMs: 0,
          });
          expect(hasNaN(told)).toBe(false);
          for (const judged of told.tiers) expect(judged.objectives.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});

function hasNaN(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNaN);
}

describe('a report', () => {
  it('joins summary, verdicts and what the search decided', () => {
    const rows = Array.from({ length: 100 }, (_, i) => answer(i * 90));
    const snapshot = burst(rows, { burstStartMs: -2_000 });
    const observation = observe({ snapshot, decision, tiers: [tier], end: 'clear_fail' });
    const input = {
      snapshot,
      observation,
      decision,
      tiers: [tier],
      confidence: 0.95,
      attempt: 1,
      startedAtMs: 1_700_000_000_000,
    };
    const closed = report({ ...input, axis: 'concurrency' });
    expect(closed).toMatchObject({
      probe: 3,
      attempt: 1,
      phase: 'refine',
      load: 12,
      end: 'clear_fail',
      settleMs: 2_000,
      windowMs: 10_000,
      loadMs: 12_000,
      requests: 100,
      outcomes: { ok: 100 },
      intendedRps: undefined,
      completedRps: 10,
      ttftMs: { n: 100, mean: 100 },
      tiers: [{ tier: 'slo', verdict: 'inconclusive' }],
    });
    expect(closed).not.toHaveProperty('voided');
    const open = report({ ...input, axis: 'request_rate', settleMs: 0, voided: 'client late' });
    expect(open).toMatchObject({ intendedRps: 12, settleMs: 0, voided: 'client late' });
  });
});
