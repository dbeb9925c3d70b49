/** The form makes the JSON of the API: held against the API's own schema, and back again. */
import { describe, expect, test } from 'vitest';
import { gateBodySchema } from '../../src/core/policy/gate-schema.ts';
import { searchBodySchema } from '../../src/core/policy/question-schema.ts';
import { asSearch, bodyOf, placeInGate, textOf } from '../../src/page/form-body.js';
import { fieldGroups } from '../../src/view/page/form-fields.ts';

const FIELDS = fieldGroups([]).flatMap((group) => group.fields);

function fill(texts: Readonly<Record<string, string>>, kind: 'search' | 'gate' = 'search') {
  const fields = FIELDS.filter(({ only }) => only === undefined || only === kind);
  return fields.map(({ pointer, kind }) => ({ pointer, kind, text: texts[pointer] ?? '' }));
}

const FILLED = {
  '/target/base_url': ' http://127.0.0.1:8000/v1 ',
  '/target/model': 'llama',
  '/target/api_key_ref': 'env:VLLM_KEY',
  '/policy': 'chat',
  '/slo': 'gold: p99(ttft) < 500 ms\n\nsilver: p90(ttft) < 1 s and error_rate < 1%',
  '/load/axis': 'request_rate',
  '/load/min': '0.5',
  '/load/max': '1e2',
  '/workload/endpoint': 'chat',
  '/workload/input_tokens': '{"mean": 1024, "stdev": 512}',
  '/workload/output_tokens': '128',
  '/workload/arrivals': 'poisson',
  '/budget/load_seconds': '60',
  '/budget/requests': '20000',
  '/budget/output_tokens': '100000',
  '/confidence': '0.95',
  '/required_at_least': '50',
  '/at_least': '50',
  '/resolution': '0.1',
  '/seed': '42',
  '/on_busy': 'reject',
  '/lease_seconds': '120',
  '/labels': 'commit=abc123\nnote = a=b',
};

describe('bodyOf', () => {
  const body = bodyOf(fill(FILLED));

  test('with every field filled in makes a body that the API takes', () => {
    expect(searchBodySchema.safeParse(body).error).toBeUndefined();
    expect(body).toMatchObject({
      target: { base_url: 'http://127.0.0.1:8000/v1' },
      slo: [
        { name: 'gold', objectives: 'p99(ttft) < 500 ms' },
        { name: 'silver', objectives: 'p90(ttft) < 1 s and error_rate < 1%' },
      ],
      load: { axis: 'request_rate', min: 0.5, max: 100 },
      workload: { input_tokens: { mean: 1024, stdev: 512 }, output_tokens: 128 },
      labels: { commit: 'abc123', note: 'a=b' },
    });
  });

  test('makes the body of a gate, and the search that its check asks about', () => {
    const gate = bodyOf(fill(FILLED, 'gate'));
    expect(gateBodySchema.safeParse(gate).error).toBeUndefined();
    expect(gate['at_least']).toBe(50);
    const search = asSearch(gate);
    expect(searchBodySchema.safeParse(search).error).toBeUndefined();
    expect(search).toMatchObject({
      required_at_least: 50,
      load: { axis: 'request_rate', min: 50, max: 50 },
    });
    expect(['/load/max', '/required_at_least', '/slo'].map(placeInGate)).toEqual([
      '/at_least',
      '/at_least',
      '/slo',
    ]);
  });

  test('leaves out what is empty', () => {
    const sent = bodyOf(fill({ '/target/base_url': 'http://x/v1', '/slo': 'p99(ttft) < 1 s' }));
    expect(sent).toEqual({ target: { base_url: 'http://x/v1' }, slo: 'p99(ttft) < 1 s' });
  });

  test.each([
    ['/load/min', 'many'],
    ['/load/max', '0x10'],
    ['/seed', 'Infinity'],
    ['/workload/input_tokens', '{"mean": }'],
    ['/confidence', '0,95'],
  ])('sends what it cannot read as it was typed: %s %s', (pointer, text) => {
    const [, group = '', name] = pointer.split('/');
    const sent = bodyOf(fill({ [pointer]: text }))[group];
    expect(name === undefined ? sent : Object(sent)[name]).toBe(text);
  });

  test('a name such as __proto__ in a label is a label', () => {
    const { labels } = bodyOf(fill({ '/labels': '__proto__=x' }));
    expect(JSON.stringify(labels)).toBe('{"__proto__":"x"}');
  });

  test.each([
    ['p99(ttft) < 500 ms\nand error_rate < 1%', 'p99(ttft) < 500 ms and error_rate < 1%'],
    ['gold: p99(ttft) < 1 s', [{ name: 'gold', objectives: 'p99(ttft) < 1 s' }]],
  ])('an SLO %j', (text, slo) => {
    expect(bodyOf(fill({ '/slo': text }))).toEqual({ slo });
  });

  test('textOf goes the other way', () => {
    const texts = Object.fromEntries(
      FIELDS.map(({ pointer, kind }) => [pointer, textOf(body, pointer, kind)]),
    );
    expect(bodyOf(fill(texts))).toEqual(body);
  });
});
