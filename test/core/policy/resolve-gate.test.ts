import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../../../src/core/policy/policy-file.ts';
import { DEFAULT_LIMITS } from '../../../src/core/policy/question-defaults.ts';
import { resolveGate } from '../../../src/core/policy/resolve-gate.ts';
import { resolveQuestion } from '../../../src/core/policy/resolve-question.ts';

const target = { base_url: 'http://127.0.0.1:8000/v1' };
const slo = 'p99(ttft) < 500 ms';
const policies = new Map(
  [
    'name: nightly\ndescription: d\nslo: p99(ttft) < 1 s\nload: { min: 8, max: 256, start: 16 }\ngates: { at_least: 64 }',
    'name: rate\ndescription: d\nslo: p99(ttft) < 1 s\nload: { axis: request_rate }\ngates: { at_least: 2.5 }',
    'name: open\ndescription: d\nslo: p99(ttft) < 1 s',
  ].map((text) => {
    const parsed = parsePolicyFile(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return [parsed.value.name, parsed.value] as const;
  }),
);

const gate = (body: unknown) => resolveGate(body, policies, DEFAULT_LIMITS);
const search = (body: unknown) => resolveQuestion(body, policies, DEFAULT_LIMITS);

describe('a gate', () => {
  it('asks one load', () => {
    const resolved = gate({ target, slo, at_least: 64 });
    expect(resolved).toMatchObject({
      ok: true,
      value: { axis: 'concurrency', minLoad: 64, maxLoad: 64, requiredAtLeast: 64 },
    });
  });

  it.each([
    ['nightly', { axis: 'concurrency', minLoad: 64, maxLoad: 64, requiredAtLeast: 64 }],
    ['rate', { axis: 'request_rate', minLoad: 2.5, maxLoad: 2.5, requiredAtLeast: 2.5 }],
  ])('takes its load from the policy %s', (policy, value) => {
    const resolved = gate({ target, policy });
    expect(resolved).toMatchObject({ ok: true, value });
    expect(resolved.ok && resolved.value.startLoad).toBeUndefined();
  });

  it('asks what it is told rather than what the policy says', () => {
    expect(gate({ target, policy: 'nightly', at_least: 600 })).toMatchObject({
      ok: true,
      value: { minLoad: 600, maxLoad: 600, requiredAtLeast: 600 },
    });
  });

  it.each([
    ['no load anywhere', { slo }, [['/at_least', 'missing_key']]],
    ['a policy without one', { policy: 'open' }, [['/at_least', 'missing_key']]],
    [
      'a policy with one on another axis',
      { policy: 'nightly', load: { axis: 'request_rate' } },
      [['/at_least', 'missing_key']],
    ],
    ['half a stream', { slo, at_least: 1.5 }, [['/at_least', 'not_integer']]],
    ['no load', { slo, at_least: 0 }, [['/at_least', 'out_of_range']]],
    ['above the ceiling', { slo, at_least: 5_000 }, [['/at_least', 'above_ceiling']]],
    ['a text', { slo, at_least: '64' }, [['/at_least', 'wrong_type']]],
    [
      'a range',
      { slo, at_least: 64, load: { min: 1, max: 9 } },
      [
        ['/load/min', 'unknown_key'],
        ['/load/max', 'unknown_key'],
      ],
    ],
    [
      'keys of a search',
      { slo, at_least: 64, resolution: 0.1, required_at_least: 3 },
      [
        ['/resolution', 'unknown_key'],
        ['/required_at_least', 'unknown_key'],
      ],
    ],
    [
      'everything at once',
      { slo: 'p99(ttft) <', at_least: 1.5, seed: -1, odd: 1 },
      [
        ['/at_least', 'not_integer'],
        ['/odd', 'unknown_key'],
        ['/seed', 'out_of_range'],
        ['/slo', 'slo_syntax'],
      ],
    ],
  ])('refuses %s', (_, body, wanted) => {
    const resolved = gate({ target, ...body });
    expect(resolved.ok).toBe(false);
    const found = resolved.ok ? [] : resolved.error.map(({ pointer, code }) => [pointer, code]);
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });

  it.each([null, 7, 'x', [], [{}]])('refuses %j', (body) => {
    const resolved = gate(body);
    expect(resolved.ok).toBe(false);
  });
});

describe('a search with a required load', () => {
  it('takes it inline, or from the policy', () => {
    expect(search({ target, slo, required_at_least: 64 })).toMatchObject({
      ok: true,
      value: { requiredAtLeast: 64, minLoad: 1, maxLoad: 512 },
    });
    expect(search({ target, policy: 'nightly' })).toMatchObject({
      ok: true,
      value: { requiredAtLeast: 64, minLoad: 8 },
    });
    const other = search({ target, policy: 'nightly', load: { axis: 'request_rate' } });
    expect(other.ok && other.value.requiredAtLeast).toBeUndefined();
  });

  it.each([
    [{ required_at_least: 600 }, 'out_of_range'],
    [{ required_at_least: 64, load: { max: 32 } }, 'out_of_range'],
    [{ required_at_least: 6.4 }, 'not_integer'],
  ])('refuses %j', (body, code) => {
    expect(search({ target, slo, ...body })).toMatchObject({
      ok: false,
      error: [{ pointer: '/required_at_least', code }],
    });
  });
});

it('a policy with half a stream as its least capacity is refused with its place', () => {
  const text = 'name: p\ndescription: d\nslo: p99(ttft) < 1 s\ngates:\n  at_least: 2.5';
  expect(parsePolicyFile(text)).toMatchObject({
    ok: false,
    error: [{ pointer: '/gates/at_least', code: 'not_integer', line: 5, column: 13 }],
  });
});
