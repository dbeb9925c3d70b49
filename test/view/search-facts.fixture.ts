/** One search as facts, to change in one place. */
import type { Question } from '../../src/core/policy/question.ts';
import type { SearchResult, TierResult } from '../../src/core/search/answer/result.ts';
import type { SearchFacts } from '../../src/view/search-facts.ts';

export const TTFT = 'p99(ttft) < 500 ms';

export function question(change: Partial<Question> = {}): Question {
  return {
    target: { baseUrl: 'http://127.0.0.1:8000/v1', dialect: 'auto' },
    tiers: [
      {
        name: 'slo',
        text: TTFT,
        objectives: [
          {
            kind: 'quantile',
            id: 'p99(ttft)',
            metric: 'ttft',
            q: 0.99,
            operator: '<',
            boundMs: 500,
            text: TTFT,
          },
        ],
      },
    ],
    axis: 'concurrency',
    minLoad: 1,
    maxLoad: 512,
    workload: {
      kind: 'synthetic',
      endpoint: 'chat',
      inputTokens: { kind: 'fixed', tokens: 1024 },
      outputTokens: { kind: 'fixed', tokens: 128 },
      arrivals: { kind: 'poisson' },
    },
    budget: { loadSeconds: 600, requests: 20_000, outputTokens: 4_000_000 },
    confidence: 0.95,
    resolution: 0.1,
    seed: 42,
    labels: {},
    ...change,
  };
}

export function result(
  tier: Partial<TierResult>,
  change: Partial<SearchResult> = {},
): SearchResult {
  return {
    confidence: 0.95,
    resolution: 0.1,
    tiers: [{ tier: 'slo', outcome: 'resolved', ...tier }],
    warnings: [],
    probes: 7,
    requests: 4_321,
    loadSeconds: 210.5,
    stopped: 'resolved',
    ...change,
  };
}

export function facts(change: Partial<SearchFacts> = {}): SearchFacts {
  return { id: 's1', kind: 'search', state: 'done', question: question(), ...change };
}
