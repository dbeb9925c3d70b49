/** A mix judged by its parts: each objective sees its own requests, what is missing never passes. */
import { describe, expect, it } from 'vitest';
import type { RequestRow } from '../../../src/core/metrics/grow-columns.ts';
import { partSnapshot } from '../../../src/core/metrics/part-rows.ts';
import { UNKNOWN_PART } from '../../../src/core/metrics/request-columns.ts';
import { tierEvidence } from '../../../src/core/policy/evidence/evidence-of.ts';
import { goodBoundsOf } from '../../../src/core/policy/good-bounds.ts';
import { judgeTier } from '../../../src/core/policy/judge.ts';
import type { SloTier } from '../../../src/core/policy/objective.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { withParts } from '../../../src/core/policy/workload/slo-parts.ts';
import { observe } from '../../../src/core/probe/observe.ts';
import { cacheReport, partReports } from '../../../src/core/probe/part-report.ts';
import type { SyntheticSpec, WorkloadSpec } from '../../../src/core/workload/spec.ts';
import { answer, burst } from '../metrics/sample-burst.ts';

const request: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'fixed', tokens: 1 },
  outputTokens: { kind: 'fixed', tokens: 1 },
};
const workload: WorkloadSpec = {
  kind: 'mix',
  arrivals: { kind: 'poisson' },
  parts: [
    { name: 'chat', weight: 0.8, request },
    { name: 'rag', weight: 0.2, request },
  ],
};

function tierOf(text: string): SloTier {
  const parsed = parseTier('slo', text, '');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [tier] = withParts([parsed.value], workload);
  if (tier === undefined) throw new Error('no tier');
  return tier;
}

/** Chat is quick (100 ms), rag slow (900 ms): one in five. */
const rows: RequestRow[] = Array.from({ length: 400 }, (_, i) =>
  i % 5 === 4 ? { ...answer(i * 20, { ttft: 900 }), part: 1 } : { ...answer(i * 20), part: 0 },
);
const counted = (text: string, given: readonly RequestRow[] = rows) =>
  tierEvidence(tierOf(text), burst(given), 4_000).map((evidence) => {
    if (evidence.kind !== 'ratio') return evidence.kind;
    const sum = (of: 'n' | 'bad'): number => evidence.blocks.reduce((s, b) => s + b[of], 0);
    return `${sum('bad')} of ${sum('n')}`;
  });

describe('evidence', () => {
  it('is of the requests that the objective names', () => {
    expect(
      counted('p99(ttft) < 500 ms and p99(ttft, chat) < 500 ms and p99(ttft, rag) < 500 ms'),
    ).toEqual(['80 of 400', '0 of 320', '80 of 80']);
    expect(counted('attainment(ttft < 1 s, rag) >= 90% and error_rate(chat) < 1%')).toEqual([
      '0 of 80',
      '0 of 320',
    ]);
    expect(counted('p99(itl, rag) < 9 ms')).toEqual([`${80 * 10} of ${80 * 10}`]);
  });

  it('counts what could not be sent against every part', () => {
    const unsent = {
      scheduledMs: 5_000,
      outcome: 'unsent',
      endMs: 5_100,
      part: UNKNOWN_PART,
    } as const;
    expect(counted('p99(ttft, chat) < 1 s and p99(ttft, rag) < 1 s', [...rows, unsent])).toEqual([
      '1 of 321',
      '1 of 81',
    ]);
  });

  it('of a part that never came is none, and does not pass', () => {
    const chatOnly = rows.filter((row) => row.part === 0);
    const tier = tierOf('p80(ttft, chat) < 500 ms and p90(ttft, rag) < 500 ms');
    const snapshot = burst(chatOnly);
    const context = { snapshot, confidence: 0.9, blockMs: 4_000, meanInFlight: 1 };
    const judged = judgeTier(tier, tierEvidence(tier, snapshot, 4_000), context);
    expect(judged.objectives.map(({ verdict }) => verdict)).toEqual(['pass', 'inconclusive']);
    expect(judged.verdict).toBe('inconclusive');
  });

  it('without an index is a bug of ours, not all requests', () => {
    const parsed = parseTier('slo', 'p99(ttft, rag) < 1 s', '');
    if (!parsed.ok) throw new Error('slo');
    expect(() => tierEvidence(parsed.value, burst(rows), 4_000)).toThrow('Internal error');
  });
});

it('a request is good when it meets the bounds of its own part', () => {
  const tier = tierOf('p99(ttft, chat) < 500 ms and p99(ttft, rag) < 2 s');
  expect(goodBoundsOf(tier)).toMatchObject([{ part: 0 }, { part: 1 }]);
  const decision = { probe: 0, loadUnits: 1 };
  const seen = (text: string) =>
    observe({ snapshot: burst(rows), decision, tiers: [tierOf(text)], end: 'length' });
  expect(seen('p99(ttft, chat) < 500 ms and p99(ttft, rag) < 2 s').goodputRps).toEqual([40]);
  expect(seen('p99(ttft, chat) < 500 ms and p99(ttft, rag) < 500 ms').goodputRps).toEqual([32]);
  const worst = seen('p99(ttft, chat) < 1 s').worstRatiosOfBound;
  expect(worst).toEqual([0.1]);
});

describe('the report', () => {
  it('has the numbers of each part', () => {
    const [chat, rag] = partReports(burst(rows), workload, 0.95);
    expect(chat).toMatchObject({ part: 'chat', weight: 0.8, requests: 320, ttftMs: { mean: 100 } });
    expect(rag).toMatchObject({ part: 'rag', requests: 80, ttftMs: { mean: 900 } });
    expect(partReports(burst(rows), { ...request, arrivals: { kind: 'poisson' } }, 0.95)).toEqual(
      [],
    );
  });

  it('picks out rows without touching their gaps', () => {
    const snapshot = burst(rows);
    const rag = partSnapshot(snapshot, 1).records;
    expect(rag.count).toBe(80);
    expect(rag.gapUnits).toBe(snapshot.records.gapUnits);
    expect(rag.gapStart[0]).toBe(snapshot.records.gapStart[4]);
    expect(partSnapshot(burst(rows.filter((row) => row.part === 1)), 1).records.count).toBe(80);
  });

  it('says what the cache did, and whether a reset took', () => {
    const found = (first: number, rest: number): RequestRow[] =>
      rows.slice(0, 50).map((row, i) => ({ ...row, cachedTokens: i === 0 ? first : rest }));
    const rule = { cache: { kind: 'reset', route: '/flush_cache' } } as const;
    const reset: WorkloadSpec = { ...request, arrivals: { kind: 'poisson' }, ...rule };
    expect(cacheReport(burst(found(0, 80)), reset)).toEqual({
      rule: 'reset',
      cachedTokensRatio: (49 * 80) / 5_000,
      resetVerified: true,
    });
    expect(cacheReport(burst(found(90, 80)), reset).resetVerified).toBe(false);
    expect(cacheReport(burst(rows), reset)).toMatchObject({
      cachedTokensRatio: undefined,
      resetVerified: undefined,
    });
    expect(cacheReport(burst(found(90, 80)), workload)).toMatchObject({
      rule: 'as_is',
      resetVerified: undefined,
    });
  });
});
