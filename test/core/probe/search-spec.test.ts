import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../../src/core/policy/resolve-question.ts';
import { searchSpecOf } from '../../../src/core/probe/search-spec.ts';

function specOf(body: object) {
  const target = { base_url: 'http://127.0.0.1:1/v1' };
  const resolved = resolveQuestion({ target, ...body }, new Map(), DEFAULT_LIMITS);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return searchSpecOf(resolved.value);
}

describe('the question as the search sees it', () => {
  it('holds every objective as a number, in order', () => {
    const slo =
      'p99(ttft) < 1 s and p99.9(ttft_from_send) < 1 s and p95(tpot) < 50 ms and p90(itl) < 9 ms ' +
      'and attainment(ttft < 1 s) >= 99.5% and error_rate < 2% and mean(e2e) < 3 s and goodput > 4 rps';
    expect(specOf({ slo }).tiers).toEqual([
      {
        name: 'slo',
        objectives: [
          { kind: 'ratio', id: 'p99(ttft)', missRatio: 0.01, counted: 'arrival' },
          { kind: 'ratio', id: 'p99.9(ttft_from_send)', missRatio: 0.001, counted: 'arrival' },
          { kind: 'ratio', id: 'p95(tpot)', missRatio: 0.05, counted: 'completion' },
          { kind: 'ratio', id: 'p90(itl)', missRatio: 0.1, counted: 'completion' },
          {
            kind: 'ratio',
            id: 'attainment(ttft<1000ms)',
            missRatio: 0.005,
            counted: 'completion',
          },
          { kind: 'ratio', id: 'error_rate', missRatio: 0.02, counted: 'completion' },
          { kind: 'mean', id: 'mean(e2e)', bound: 3_000 },
          { kind: 'floor', id: 'goodput', boundRps: 4 },
        ],
      },
    ]);
  });

  it('puts loads on the grid of the axis', () => {
    const slo = 'error_rate < 1%';
    const load = { axis: 'request_rate', min: 0.5, max: 40, start: 2.5 };
    expect(specOf({ slo, load, resolution: 0.2 })).toMatchObject({
      axis: 'request_rate',
      minUnits: 500,
      maxUnits: 40_000,
      startUnits: 2_500,
      confidence: 0.95,
      resolution: 0.2,
      budget: { loadMs: 600_000, requests: 20_000, outputTokens: 4_000_000 },
    });
    expect(specOf({ slo })).not.toHaveProperty('startUnits');
  });
});
