/** Workloads of parts, arrivals, extras and cache rules: what they become, and everything wrong with them. */
import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../../../../src/core/policy/policy-file.ts';
import { DEFAULT_LIMITS } from '../../../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../../../src/core/policy/resolve-question.ts';
import { questionToJson } from '../../../../src/service/http/to-json/question.ts';

const target = { base_url: 'http://127.0.0.1:8000/v1' };
const noPolicies = new Map();

function resolved(body: Readonly<Record<string, unknown>>) {
  return resolveQuestion({ target, slo: 'p99(ttft) < 1 s', ...body }, noPolicies, DEFAULT_LIMITS);
}
function questionOf(body: Readonly<Record<string, unknown>>) {
  const answer = resolved(body);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}
/** `pointer code` of each fault. */
function faultsOf(body: Readonly<Record<string, unknown>>): string[] {
  const answer = resolved(body);
  return answer.ok ? [] : answer.error.map(({ pointer, code }) => `${pointer} ${code}`);
}

const chat = { name: 'chat', weight: 0.7, input_tokens: 100, output_tokens: 10 };
const rag = { name: 'rag', weight: 0.3, model: 'lora', shared_prefix: { tokens: 900 } };
const axis = { axis: 'request_rate' };

describe('a mix', () => {
  it('becomes parts with their own defaults, and objectives know their part', () => {
    const question = questionOf({
      slo: 'p99(ttft, rag) < 2 s and error_rate(chat) < 1% and p99.9(e2e, chat) < 9 s and goodput > 1 rps',
      workload: { parts: [chat, rag] },
    });
    expect(question.workload).toEqual({
      kind: 'mix',
      arrivals: { kind: 'poisson' },
      parts: [
        {
          name: 'chat',
          weight: 0.7,
          request: {
            kind: 'synthetic',
            endpoint: 'chat',
            inputTokens: { kind: 'fixed', tokens: 100 },
            outputTokens: { kind: 'fixed', tokens: 10 },
          },
        },
        expect.objectContaining({
          name: 'rag',
          request: expect.objectContaining({
            model: 'lora',
            sharedPrefix: { tokens: { kind: 'fixed', tokens: 900 }, count: 1, ratio: 1 },
          }),
        }),
      ],
    });
    const [tier] = question.tiers;
    expect(tier?.objectives.map(({ id, partIndex }) => [id, partIndex])).toEqual([
      ['p99(ttft, rag)', 1],
      ['error_rate(chat)', 0],
      ['p99.9(e2e, chat)', 0],
      ['goodput', undefined],
    ]);
  });

  it.each([
    [[{ ...chat, weight: 0.6 }, rag], ['/workload/parts weights_do_not_sum']],
    [[{ ...chat, weight: 0.6999 }, rag], []],
    [[chat, { ...rag, name: 'chat' }], ['/workload/parts/1/name duplicate_name']],
    [[chat, { ...rag, name: 'ttft' }], ['/workload/parts/1/name reserved_name']],
    [[chat, { ...rag, name: 'and' }], ['/workload/parts/1/name reserved_name']],
    [[chat, { ...rag, name: 'R-AG' }], ['/workload/parts/1/name invalid_format']],
    [
      [chat, { ...rag, weight: 0 }],
      ['/workload/parts/1/weight out_of_range', '/workload/parts weights_do_not_sum'],
    ],
  ])('%j has the faults %j', (parts, expected) => {
    expect(faultsOf({ workload: { parts } })).toEqual(expected);
  });

  it('names the sum of weights that do not sum', () => {
    const answer = resolved({ workload: { parts: [{ ...chat, weight: 0.5 }, rag] } });
    expect(answer.ok ? [] : answer.error).toMatchObject([{ received: '0.8' }]);
  });

  it('has no keys of a request beside it, and no SLO of a part that is not there', () => {
    expect(
      faultsOf({
        slo: [
          { name: 'a', objectives: 'p99(ttft, rag) < 1 s' },
          { name: 'b', objectives: 'mean(e2e, images) < 1 s' },
        ],
        workload: { kind: 'synthetic', input_tokens: 5, parts: [chat, rag] },
      }).sort(),
    ).toEqual([
      '/slo/1/objectives slo_unknown_part',
      '/workload/input_tokens conflicting_keys',
      '/workload/kind conflicting_keys',
    ]);
    expect(faultsOf({ slo: 'p99(ttft, chat) < 1 s' })).toEqual(['/slo slo_unknown_part']);
  });

  it('replaces the one request of a policy', () => {
    const file = parsePolicyFile(
      'name: one\ndescription: d\nslo: p99(ttft) < 1 s\nworkload: { input_tokens: 9, cache: cold }\n',
    );
    if (!file.ok) throw new Error('policy');
    const policies = new Map([['one', file.value]]);
    const answer = resolveQuestion(
      { target, policy: 'one', workload: { parts: [chat, rag] } },
      policies,
      DEFAULT_LIMITS,
    );
    expect(answer.ok && answer.value.workload).toMatchObject({
      kind: 'mix',
      cache: { kind: 'cold' },
    });
  });
});

describe('all faults of a workload at once', () => {
  it.each([
    [
      { input_tokens: { percentiles: { p50: 100 } } },
      ['/workload/input_tokens/percentiles wrong_length'],
    ],
    [
      { output_tokens: { percentiles: { p50: 100, p95: 90 } } },
      ['/workload/output_tokens/percentiles min_above_max'],
    ],
    [
      { input_tokens: { histogram: [{ min: 9, max: 3, weight: 0 }] } },
      [
        '/workload/input_tokens/histogram/0/min min_above_max',
        '/workload/input_tokens/histogram no_weight',
      ],
    ],
    [
      { length_pairs: [{ input: 1, output: 2 }], input_tokens: 5, length_correlation: 0.1 },
      ['/workload/input_tokens conflicting_keys', '/workload/length_correlation conflicting_keys'],
    ],
    [{ length_correlation: 1.5 }, ['/workload/length_correlation out_of_range']],
    [
      { shared_prefix: { tokens: { uniform: { min: 9, max: 2 } }, ratio: 2 } },
      [
        '/workload/shared_prefix/ratio out_of_range',
        '/workload/shared_prefix/tokens/uniform/min min_above_max',
      ],
    ],
    [
      { think_ms: { uniform: { min: 9, max: 2 } } },
      ['/workload/think_ms/uniform/min min_above_max'],
    ],
    [{ cache: { reset: '/shutdown' } }, ['/workload/cache/reset invalid_value']],
  ])('%j', (workload, expected) => {
    expect(faultsOf({ workload }).sort()).toEqual([...expected].sort());
  });

  it.each([
    [{ kind: 'gamma' }, ['/workload/arrivals/shape missing_key']],
    [{ kind: 'gamma', shape: 0 }, ['/workload/arrivals/shape out_of_range']],
    [{ kind: 'trace' }, ['/workload/arrivals missing_key']],
    [{ kind: 'trace', at_ms: [0, 5, 3] }, ['/workload/arrivals/at_ms/2 out_of_order']],
    [{ kind: 'trace', at_ms: [4, 4] }, ['/workload/arrivals/at_ms no_span']],
    [
      {
        kind: 'poisson',
        fluctuation: { square: { period_seconds: 9, amplitude: 3, duty_ratio: 0.5 } },
      },
      ['/workload/arrivals/fluctuation/square/amplitude out_of_range'],
    ],
    [
      { kind: 'poisson', fluctuation: { series: { step_seconds: 1, rates: [0, 0] } } },
      ['/workload/arrivals/fluctuation/series/rates no_weight'],
    ],
    [
      { kind: 'poisson', fluctuation: { sine: { period_seconds: 9, amplitude: 1.2 } } },
      ['/workload/arrivals/fluctuation/sine/amplitude out_of_range'],
    ],
  ])('arrivals %j', (given, expected) => {
    expect(faultsOf({ load: axis, workload: { arrivals: given } })).toEqual(expected);
  });

  it('a fluctuation is of a rate, not of streams', () => {
    const given = {
      kind: 'constant',
      fluctuation: { sine: { period_seconds: 9, amplitude: 0.2 } },
    };
    expect(faultsOf({ workload: { arrivals: given } })).toEqual(['/workload/arrivals wrong_axis']);
    expect(faultsOf({ load: axis, workload: { arrivals: given } })).toEqual([]);
  });
});

describe('what a policy adds to every request', () => {
  it.each([
    ['body', { stream: false }],
    ['body', { messages: [] }],
    ['body', { max_completion_tokens: 5 }],
    ['body', { cache_salt: 'x' }],
    ['headers', { Authorization: 'Bearer x' }],
    ['headers', { 'X-Api-Key': 'x' }],
    ['headers', { 'api-key': 'x' }],
    ['headers', { Cookie: 'x' }],
    ['headers', { HOST: 'x' }],
    ['headers', { 'Content-Length': '3' }],
    ['headers', { traceparent: 'x' }],
    ['headers', { 'X-Forwarded-For': 'x' }],
    ['headers', { 'Proxy-Authorization': 'x' }],
    ['headers', { 'bad name': 'x' }],
    ['headers', { 'x-team': 'a\r\nHost: evil' }],
  ])('may not be in %s: %j', (where, value) => {
    const [name] = Object.keys(value);
    expect(faultsOf({ workload: { request: { [where]: value } } })).toEqual([
      `/workload/request/${where}/${name} not_allowed`,
    ]);
  });

  it('never has the value of a header in a fault', () => {
    const answer = resolved({ workload: { request: { headers: { authorization: 'hunter2' } } } });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('is bounded in count and size', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`f${i}`, i]));
    expect(
      faultsOf({ workload: { request: { body: many, headers: { 'x-a': 'a'.repeat(1_025) } } } }),
    ).toEqual([
      '/workload/request/body wrong_length',
      '/workload/request/headers/x-a wrong_length',
    ]);
    expect(faultsOf({ workload: { request: { body: { f: 'x'.repeat(17_000) } } } })).toEqual([
      '/workload/request/body wrong_length',
    ]);
    expect(faultsOf({ workload: { request: { headers: { 'X-A': '1', 'x-a': '2' } } } })).toEqual([
      '/workload/request/headers wrong_length',
    ]);
  });
});

describe('posted again as it was told', () => {
  const fluctuation = { square: { period_seconds: 9, amplitude: 1, duty_ratio: 0.5 } };
  it.each([
    {
      parts: [
        chat,
        {
          ...rag,
          request: { body: { temperature: 0 }, headers: { 'x-a': 'b' }, query: { q: '1' } },
        },
      ],
    },
    {
      length_pairs: [
        { input: 1, output: 2 },
        { input: 3, output: 4, weight: 0.5 },
      ],
    },
    {
      input_tokens: { percentiles: { p50: 1_020, p95: 4_100, 'p99.9': 5_000 } },
      length_correlation: 0.3,
    },
    {
      input_tokens: { histogram: [{ min: 1, max: 9, weight: 2 }] },
      turns: { uniform: { min: 1, max: 4 } },
    },
    { think_ms: { lognormal: { median: 900, sigma: 0.5 } }, cache: 'cold' },
    { think_ms: 5, cache: { reset: '/flush_cache' } },
    { arrivals: { kind: 'gamma', shape: 0.5, fluctuation } },
    { arrivals: { kind: 'trace', at_ms: [0, 5, 9] } },
    { arrivals: { kind: 'poisson', fluctuation: { series: { step_seconds: 2, rates: [1, 3] } } } },
    {
      arrivals: { kind: 'constant', fluctuation: { sine: { period_seconds: 2, amplitude: 0.4 } } },
    },
  ])('%j', (workload) => {
    const question = questionOf({ load: axis, workload });
    const { target: asked, ...rest } = questionToJson(question);
    const again = resolveQuestion({ ...rest, target: asked }, noPolicies, DEFAULT_LIMITS);
    expect(again.ok ? again.value.workload : again.error).toEqual(question.workload);
  });
});

it('a policy file tells the line of a weight that does not sum', () => {
  const text = [
    'name: m',
    'description: d',
    'slo: p99(ttft, chat) < 1 s',
    'workload:',
    '  parts:',
    '    - { name: chat, weight: 0.5 }',
    '    - { name: rag, weight: 0.4 }',
  ].join('\n');
  const file = parsePolicyFile(text);
  expect(file.ok ? [] : file.error).toMatchObject([
    { pointer: '/workload/parts', code: 'weights_do_not_sum', received: '0.9', line: 6 },
  ]);
});
