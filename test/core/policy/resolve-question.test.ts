import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/core/base/fault.ts';
import { type PolicyFile, parsePolicyFile } from '../../../src/core/policy/policy-file.ts';
import { DEFAULT_LIMITS } from '../../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../../src/core/policy/resolve-question.ts';

const POLICY = `
name: small
description: For tests
slo: p99(ttft) < 1 s
load: { axis: concurrency, min: 2, max: 64 }
workload: { output_tokens: 32, endpoint: completions }
budget: { load_seconds: 120 }
resolution: 0.2
`;

function policies(text: string = POLICY): ReadonlyMap<string, PolicyFile> {
  const parsed = parsePolicyFile(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return new Map([[parsed.value.name, parsed.value]]);
}

const target = { base_url: 'http://127.0.0.1:8000/v1/' };
const resolve = (body: unknown, limits = DEFAULT_LIMITS) =>
  resolveQuestion(body, policies(), limits);

function questionOf(body: unknown, limits = DEFAULT_LIMITS) {
  const resolved = resolve(body, limits);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value;
}

/** `pointer code` of every fault. */
function faultsOf(body: unknown, limits = DEFAULT_LIMITS): string[] {
  const resolved = resolve(body, limits);
  return resolved.ok ? [] : resolved.error.map((fault) => `${fault.pointer} ${fault.code}`);
}

describe('a question', () => {
  it('is complete with a target and an SLO', () => {
    expect(questionOf({ target, slo: 'p99(ttft) < 500 ms' })).toEqual({
      target: { baseUrl: 'http://127.0.0.1:8000/v1', dialect: 'auto' },
      tiers: [expect.objectContaining({ name: 'slo', text: 'p99(ttft) < 500 ms' })],
      axis: 'concurrency',
      minLoad: 1,
      maxLoad: 512,
      workload: {
        kind: 'synthetic',
        endpoint: 'chat',
        inputTokens: { kind: 'normal', mean: 1_024, stdev: 512, min: 1, max: 3_072 },
        outputTokens: { kind: 'fixed', tokens: 128 },
        arrivals: { kind: 'poisson' },
      },
      budget: { loadSeconds: 600, requests: 20_000, outputTokens: 4_000_000 },
      confidence: 0.95,
      resolution: 0.1,
      seed: 0,
      labels: {},
    });
  });

  it('takes what a policy says and lets inline parts win key by key', () => {
    const question = questionOf({
      target: { ...target, model: 'm', api_key_ref: 'env:KEY', dialect: 'vllm' },
      policy: 'small',
      load: { max: 32, start: 4 },
      workload: { input_tokens: { uniform: { min: 10, max: 20 } }, arrivals: 'constant' },
      budget: { requests: 500 },
      seed: 42,
      labels: { commit: 'abc' },
    });
    expect(question).toMatchObject({
      target: { model: 'm', apiKeyRef: 'env:KEY', dialect: 'vllm' },
      policy: 'small',
      tiers: [{ objectives: [{ id: 'p99(ttft)' }] }],
      minLoad: 2,
      maxLoad: 32,
      startLoad: 4,
      workload: {
        endpoint: 'completions',
        inputTokens: { kind: 'uniform', min: 10, max: 20 },
        outputTokens: { kind: 'fixed', tokens: 32 },
        arrivals: { kind: 'constant' },
      },
      budget: { loadSeconds: 120, requests: 500, outputTokens: 4_000_000 },
      resolution: 0.2,
      seed: 42,
      labels: { commit: 'abc' },
    });
  });

  it('starts a load on another axis afresh', () => {
    const question = questionOf({ target, policy: 'small', load: { axis: 'request_rate' } });
    expect(question).toMatchObject({ axis: 'request_rate', minLoad: 0.1, maxLoad: 50 });
  });

  it('keeps defaults below the ceilings', () => {
    const limits = { ...DEFAULT_LIMITS, maxConcurrency: 100, maxLoadSeconds: 60 };
    const question = questionOf({ target, slo: 'p99(ttft) < 1 s' }, limits);
    expect(question).toMatchObject({ maxLoad: 100, budget: { loadSeconds: 60 } });
  });

  it('reads every form of length', () => {
    const lengths = (input_tokens: unknown) => {
      const { workload } = questionOf({ target, policy: 'small', workload: { input_tokens } });
      return workload.kind === 'synthetic' ? workload.inputTokens : undefined;
    };
    expect(lengths(7)).toEqual({ kind: 'fixed', tokens: 7 });
    expect(lengths({ mean: 7.4 })).toEqual({ kind: 'fixed', tokens: 7 });
    expect(lengths({ mean: 100, stdev: 10, max: 120 })).toEqual({
      kind: 'normal',
      mean: 100,
      stdev: 10,
      min: 1,
      max: 120,
    });
    expect(lengths({ lognormal: { median: 400, sigma: 0.8, min: 8, max: 4_000 } })).toEqual({
      kind: 'lognormal',
      lnMean: Math.log(400),
      lnSigma: 0.8,
      min: 8,
      max: 4_000,
    });
  });

  it('accepts the keys that say how to start', () => {
    const start = {
      on_busy: 'join',
      lease_seconds: 60,
      deadline_at: '2026-11-24T02:00:00+01:00',
      max_age_seconds: 0,
    };
    expect(faultsOf({ target, policy: 'small', ...start })).toEqual([]);
    expect(
      faultsOf({
        target,
        policy: 'small',
        on_busy: 'wait',
        lease_seconds: 1,
        deadline_at: 'tomorrow',
        max_age_seconds: -1,
      }),
    ).toEqual([
      '/on_busy invalid_value',
      '/lease_seconds out_of_range',
      '/deadline_at invalid_format',
      '/max_age_seconds out_of_range',
    ]);
  });
});

describe('faults of a question', () => {
  it.each<[string, unknown, string[]]>([
    ['no object', 5, [' wrong_type']],
    ['no target', { policy: 'small' }, ['/target missing_key']],
    ['neither policy nor SLO', { target }, ['/slo missing_key']],
    ['an unknown policy', { target, policy: 'chatt' }, ['/policy unknown_policy']],
    ['a name of the prototype', { target, policy: 'constructor' }, ['/policy unknown_policy']],
    ['an unknown key', { target, policy: 'small', sloo: 1 }, ['/sloo unknown_key']],
    [
      'unknown keys inside',
      { target: { ...target, url: 'x' }, policy: 'small', load: { 'a/b~c': 1 } },
      ['/target/url unknown_key', '/load/a~1b~0c unknown_key'],
    ],
    [
      'min above max',
      { target, policy: 'small', load: { min: 9, max: 8 } },
      ['/load/min min_above_max'],
    ],
    [
      'max below the policy',
      { target, policy: 'small', load: { max: 1 } },
      ['/load/max min_above_max'],
    ],
    [
      'min above the default',
      { target, slo: 'p9(e2e) < 1 s', load: { min: 600 } },
      ['/load/min min_above_max'],
    ],
    [
      'start outside',
      { target, policy: 'small', load: { start: 65 } },
      ['/load/start out_of_range'],
    ],
    ['half a stream', { target, policy: 'small', load: { max: 8.5 } }, ['/load/max not_integer']],
    [
      'a rate below the grid',
      { target, policy: 'small', load: { axis: 'request_rate', min: 0.0001 } },
      ['/load/min out_of_range'],
    ],
    [
      'a mean out of its own range',
      { target, policy: 'small', workload: { input_tokens: { mean: 5, max: 4 } } },
      ['/workload/input_tokens/mean out_of_range'],
    ],
    [
      'a uniform law upside down',
      { target, policy: 'small', workload: { output_tokens: { uniform: { min: 9, max: 8 } } } },
      ['/workload/output_tokens/uniform/min min_above_max'],
    ],
    [
      'a length of no known form',
      {
        target,
        policy: 'small',
        workload: { input_tokens: 'long', output_tokens: { uniform: { min: 1.5 } } },
      },
      [
        '/workload/input_tokens wrong_type',
        '/workload/output_tokens/uniform/min wrong_type',
        '/workload/output_tokens/uniform/max missing_key',
      ],
    ],
    [
      'two tiers of a name',
      {
        target,
        slo: [
          { name: 'a', objectives: 'error_rate < 1%' },
          { name: 'a', objectives: 'error_rate < 2%' },
        ],
      },
      ['/slo/1/name duplicate_name'],
    ],
    ['an empty list of tiers', { target, slo: [] }, ['/slo wrong_length']],
    ['an SLO of no known form', { target, slo: 7 }, ['/slo wrong_type']],
    ['a tier without text', { target, slo: [{ name: 'a' }] }, ['/slo/0/objectives missing_key']],
    [
      'labels that are no texts',
      { target, policy: 'small', labels: { a: 1, 'b c': 'x' } },
      ['/labels/a wrong_type', '/labels/b c invalid_key'],
    ],
    [
      'too many labels',
      {
        target,
        policy: 'small',
        labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])),
      },
      ['/labels wrong_length'],
    ],
    ['an odd seed', { target, policy: 'small', seed: 1.5 }, ['/seed wrong_type']],
    [
      'a certainty',
      { target, policy: 'small', confidence: 1, resolution: 0 },
      ['/confidence out_of_range', '/resolution out_of_range'],
    ],
    [
      'a plain key',
      { target: { ...target, api_key_ref: 'sk-1234' }, policy: 'small' },
      ['/target/api_key_ref invalid_format'],
    ],
  ])('%s', (_name, body, faults) => {
    expect(faultsOf(body)).toEqual(faults);
  });

  it.each([
    'localhost:8000',
    'ftp://127.0.0.1/v1',
    'http://user:secret@127.0.0.1/v1',
    'http://127.0.0.1/v1?key=secret',
    'http://127.0.0.1/v1#x',
    'http:///v1',
    '/v1',
    '',
    ' http://127.0.0.1/v1',
  ])('the base URL %j', (base_url) => {
    const resolved = resolve({ target: { base_url }, policy: 'small' });
    expect(resolved).toMatchObject({
      ok: false,
      error: [{ pointer: '/target/base_url', code: 'malformed_url' }],
    });
    expect(JSON.stringify(resolved)).not.toContain('secret');
  });

  it('never quote a key that was given in place of its reference', () => {
    const resolved = resolve({ target: { ...target, api_key_ref: 'sk-1234' }, policy: 'small' });
    expect(JSON.stringify(resolved)).not.toContain('sk-1234');
  });

  it('name the ceilings of the operator, also when the policy passes them', () => {
    const limits = { ...DEFAULT_LIMITS, maxConcurrency: 10, maxLoadSeconds: 60, maxRequests: 100 };
    const body = { target, policy: 'small', load: { min: 11 }, budget: { requests: 101 } };
    expect(faultsOf(body, limits)).toEqual([
      '/load/min above_ceiling',
      '/policy above_ceiling',
      '/policy above_ceiling',
      '/budget/requests above_ceiling',
    ]);
  });

  it('come all together, SLO texts with their columns', () => {
    const resolved = resolve({
      target: { base_url: 'nowhere', dialect: 'klingon' },
      policy: 'none',
      slo: [{ name: 'gold', objectives: 'p99(ttft) < 500 and p95(tpott) < 50 ms', extra: 1 }],
      load: { axis: 'concurrency', min: 10, max: 5, start: 'x' },
      workload: { input_tokens: { mean: -1 }, kind: 'real' },
      budget: { load_seconds: 1e9, requests: '5' },
      confidence: 2,
      wat: true,
    });
    if (resolved.ok) throw new Error('accepted');
    const found = resolved.error.map((fault: Fault) => `${fault.pointer} ${fault.code}`).sort();
    expect(found).toEqual([
      '/budget/load_seconds above_ceiling',
      '/budget/requests wrong_type',
      '/confidence out_of_range',
      '/load/min min_above_max',
      '/load/start wrong_type',
      '/policy unknown_policy',
      '/slo/0/extra unknown_key',
      '/slo/0/objectives slo_missing_unit',
      '/slo/0/objectives slo_unknown_metric',
      '/target/base_url malformed_url',
      '/target/dialect invalid_value',
      '/wat unknown_key',
      '/workload/input_tokens/mean out_of_range',
      '/workload/kind invalid_value',
    ]);
    const columns = resolved.error.filter((fault) => fault.code.startsWith('slo_'));
    expect(columns.map((fault) => [fault.line, fault.column])).toEqual([
      [1, 13],
      [1, 25],
    ]);
    for (const fault of resolved.error) {
      expect(fault.expected).not.toBe('');
      expect(fault.received).not.toBe('');
    }
  });

  it('are all that any body gives: nothing throws', () => {
    const key = fc.constantFrom(
      'target',
      'base_url',
      'policy',
      'slo',
      'name',
      'objectives',
      'load',
      'axis',
      'min',
      'max',
      'workload',
      'input_tokens',
      'mean',
      'uniform',
      'budget',
      'labels',
      'seed',
      '__proto__',
    );
    const leaf = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('small', 'concurrency', 'p99(ttft) < 1 s', 'http://127.0.0.1/v1', 5, null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.dictionary(key, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    const body = fc.record(
      Object.fromEntries(
        ['target', 'policy', 'slo', 'load', 'workload', 'budget', 'labels', 'seed'].map((k) => [
          k,
          tree,
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(body, tree), (given) => {
        const resolved = resolve(given);
        if (!resolved.ok) expect(resolved.error.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
