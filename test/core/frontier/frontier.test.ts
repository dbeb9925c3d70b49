import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildFrontier } from '../../../src/core/frontier/frontier.ts';
import { poolInterval, poolLatency } from '../../../src/core/frontier/pool.ts';
import type { ProbeReport } from '../../../src/core/probe/probe-report.ts';
import type { SearchResult, TierResult } from '../../../src/core/search/answer/result.ts';
import { latency, probeReport } from './probe-report.fixture.ts';

function resultOf(tier: Partial<TierResult> = {}): SearchResult {
  return {
    confidence: 0.95,
    resolution: 0.1,
    tiers: [{ tier: 'slo', outcome: 'two_sided', lower: 8, upper: 12, ...tier }],
    warnings: [],
    probes: 3,
    requests: 300,
    loadSeconds: 36,
    stopped: 'budget',
  };
}

/** A probe at a load where the server gives this rate at this judged latency. */
function at(load: number, rps: number, latencyMs: number, change: Partial<ProbeReport> = {}) {
  const base = probeReport();
  const tiers = base.tiers.map((tier) => ({
    ...tier,
    goodputRps: { value: rps },
    objectives: tier.objectives.map((each) => ({ ...each, measured: { value: latencyMs } })),
  }));
  return probeReport({ load, completedRps: rps, tiers, ...change });
}

describe('points', () => {
  test('one per load, in order of load, over all its probes', () => {
    const points = buildFrontier(
      [
        probeReport({ probe: 0, load: 12, requests: 50 }),
        probeReport({ probe: 1, load: 8, requests: 100, windowMs: 10_000, completedRps: 10 }),
        probeReport({ probe: 2, load: 12, requests: 70, outcomes: { ok: 60, rejected: 10 } }),
        probeReport({ probe: 3, load: 8, requests: 300, windowMs: 30_000, completedRps: 14 }),
      ],
      resultOf(),
      'concurrency',
    );
    expect(points.map((point) => point.load)).toEqual([8, 12]);
    expect(points.map((point) => point.probes)).toEqual([
      [1, 3],
      [0, 2],
    ]);
    expect(points.map((point) => point.requests)).toEqual([400, 120]);
    // A rate is pooled over time: (10 × 10 s + 14 × 30 s) / 40 s.
    expect(points[0]?.completedRps).toBeCloseTo(13, 10);
    expect(points[0]?.windowMs).toBe(40_000);
    expect(points[1]?.outcomes).toEqual({ ok: 160, rejected: 10 });
  });

  test('bursts before a change of the target are in no point; a gate drops none', () => {
    const reports = [
      probeReport({ probe: 0, load: 8, completedRps: 20 }),
      probeReport({ probe: 1, load: 8, completedRps: 10 }),
    ];
    const drift = { kind: 'drift', atProbe: 1, ratio: 1.5 } as const;
    const pointsWith = (droppedProbes: number) =>
      buildFrontier(
        reports,
        { ...resultOf(), warnings: [{ ...drift, droppedProbes }] },
        'concurrency',
      );
    expect(pointsWith(1)).toMatchObject([{ probes: [1], completedRps: 10 }]);
    expect(pointsWith(0)).toMatchObject([{ probes: [0, 1] }]);
  });

  test('rates are compared on the grid of thousandths, not as floats', () => {
    const reports = [probeReport({ load: 0.1 + 0.2 }), probeReport({ load: 0.3, probe: 1 })];
    expect(buildFrontier(reports, resultOf(), 'request_rate')).toHaveLength(1);
  });

  test.each([
    ['voided', probeReport({ voided: 'canary late' })],
    ['without a window', probeReport({ windowMs: 0 })],
    ['without a request', probeReport({ requests: 0 })],
  ])('a probe that is %s leaves no point', (_name, report) => {
    expect(buildFrontier([report], resultOf(), 'concurrency')).toEqual([]);
  });

  test('the verdict is the bracket’s, also where a probe alone said otherwise', () => {
    const reports = [4, 8, 10, 12, 16].map((load, probe) => probeReport({ load, probe }));
    const verdicts = buildFrontier(reports, resultOf(), 'concurrency').map((p) => p.verdict);
    expect(verdicts).toEqual(['pass', 'pass', 'inconclusive', 'fail', 'fail']);
  });

  test('without bounds every point is inconclusive', () => {
    const result: SearchResult = {
      ...resultOf(),
      tiers: [{ tier: 'slo', outcome: 'undecided' }],
    };
    expect(buildFrontier([probeReport()], result, 'concurrency')[0]?.verdict).toBe('inconclusive');
  });
});

describe('dominance', () => {
  test('past the maximum a load that gives less at more latency is dominated', () => {
    const points = buildFrontier(
      [at(4, 5, 100), at(8, 9, 200), at(16, 9.5, 450), at(32, 9.2, 900)],
      resultOf(),
      'concurrency',
    );
    expect(points.map((point) => point.dominated)).toEqual([false, false, false, true]);
  });

  test('ties are kept', () => {
    const points = buildFrontier([at(4, 5, 100), at(8, 5, 100)], resultOf(), 'concurrency');
    expect(points.map((point) => point.dominated)).toEqual([false, false]);
  });

  test('the best throughput and the best latency are never dominated', () => {
    const merit = fc.record({
      rps: fc.integer({ min: 1, max: 50 }),
      ms: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(merit, { minLength: 1, maxLength: 12 }), (merits) => {
        const points = buildFrontier(
          merits.map(({ rps, ms }, i) => at(i + 1, rps, ms, { probe: i })),
          resultOf(),
          'concurrency',
        );
        const free = points.filter((point) => !point.dominated);
        const fastest = Math.max(...points.map((point) => point.completedRps));
        expect(free.some((point) => point.completedRps === fastest)).toBe(true);
        // Every dominated point has a point on the frontier that is no worse.
        for (const point of points.filter((each) => each.dominated)) {
          const ms = point.tiers[0]?.judged?.measured.value ?? 0;
          expect(
            free.some(
              (other) =>
                other.completedRps >= point.completedRps &&
                (other.tiers[0]?.judged?.measured.value ?? 0) <= ms,
            ),
          ).toBe(true);
        }
      }),
    );
  });
});

describe('pooling', () => {
  test('ends pool with ends, by weight', () => {
    expect(
      poolInterval(
        [
          { value: 10, low: 8, high: 14 },
          { value: 20, low: 18, high: 22 },
        ],
        [1, 3],
      ),
    ).toEqual({ value: 17.5, low: 15.5, high: 20 });
  });

  test('a short probe without an upper end does not take the end from a long one', () => {
    expect(
      poolInterval(
        [
          { value: 10, low: 8 },
          { value: 20, low: 18, high: 22 },
        ],
        [50, 3_000],
      ),
    ).toEqual({ value: 20, low: 18, high: 22 });
  });

  test('an end that no probe could give stays absent', () => {
    expect(poolInterval([{ value: 10, low: 8 }, undefined], [1, 1])).toEqual({ value: 10, low: 8 });
    expect(poolInterval([undefined], [1])).toBeUndefined();
  });

  test('the pooled value lies among the values and inside its own interval', () => {
    const interval = fc
      .tuple(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
      )
      .map(([value, half]) => ({ value, low: value - half, high: value + half }));
    const weighted = fc.tuple(interval, fc.integer({ min: 1, max: 10_000 }));
    fc.assert(
      fc.property(fc.array(weighted, { minLength: 1, maxLength: 6 }), (pairs) => {
        const pooled = poolInterval(
          pairs.map(([each]) => each),
          pairs.map(([, weight]) => weight),
        );
        const values = pairs.map(([each]) => each.value);
        const slack = 1e-6;
        expect(pooled?.value).toBeGreaterThanOrEqual(Math.min(...values) - slack);
        expect(pooled?.value).toBeLessThanOrEqual(Math.max(...values) + slack);
        expect(pooled?.low).toBeLessThanOrEqual((pooled?.value ?? 0) + slack);
        expect(pooled?.high).toBeGreaterThanOrEqual((pooled?.value ?? 0) - slack);
      }),
    );
  });

  test('latency: samples add up, the mean is weighted, the maximum is the largest', () => {
    const pooled = poolLatency([
      latency(100, { value: 300 }, 100),
      undefined,
      latency(300, { value: 500 }, 200),
    ]);
    expect(pooled).toMatchObject({ n: 400, mean: 175, max: 1_000, p99: { value: 450 } });
    expect(poolLatency([undefined])).toBeUndefined();
  });
});
