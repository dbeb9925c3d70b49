/** Policies over HTTP: what is shipped, what a check says, and that a question can be asked again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { policyFileSchema } from '../../../src/core/policy/question-schema.ts';
import { policyCheckSchema, policyListSchema } from '../../../src/service/http/schemas/policy.ts';
import { searchSchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

async function check(body: unknown) {
  const response = await rig.post('/v1/policies/check', body);
  expect(response.status).toBe(200);
  return policyCheckSchema.parse(await response.json());
}

test('the list names what can be read', async () => {
  const list = await rig.call('/v1/policies');
  const { policies } = policyListSchema.parse(await list.json());
  expect(policies.map(({ name }) => name)).toContain('chat');
  for (const { name, description } of policies) {
    const policy = policyFileSchema.parse(await (await rig.call(`/v1/policies/${name}`)).json());
    expect(policy).toMatchObject({ name, description });
  }
});

describe('check', () => {
  test('a right question comes back whole, and nothing is started', async () => {
    const body = { target: { base_url: 'http://127.0.0.1:8000/v1' }, policy: 'chat' };
    const checked = await check(body);
    expect(checked).toMatchObject({ ok: true, errors: [], question: { policy: 'chat' } });
    expect(checked.question?.slo.length).toBeGreaterThan(0);
    expect(checked.price?.requests_to_pass).toBeGreaterThan(100);
    expect(checked.price?.sentence).toContain('requests to pass');
    expect(rig.sessions).toEqual([]);
  });

  test('a wrong one comes back with all faults', async () => {
    const checked = await check(
      searchBody({ slo: 'p99(ttft) < 500', extra: 1, target: { base_url: 'http://10.0.0.1/v1' } }),
    );
    expect(checked).toMatchObject({ ok: false, question: null, price: null });
    const pointers = checked.errors.map(({ pointer }) => pointer).sort();
    expect(pointers).toEqual(['/extra', '/slo', '/target/base_url']);
  });

  test('a gate is checked as a gate, and priced as one', async () => {
    const gate = { target: { base_url: 'http://127.0.0.1:8000/v1' }, policy: 'chat', at_least: 8 };
    const asGate = async (body: unknown, query = '?kind=gate') => {
      const response = await rig.post(`/v1/policies/check${query}`, body);
      return policyCheckSchema.parse(await response.json());
    };
    const checked = await asGate(gate);
    expect(checked).toMatchObject({ ok: true, errors: [], question: { at_least: 8 } });
    expect(checked.question).not.toHaveProperty('resolution');
    expect(checked.price?.sentence).toContain('half of the allowed');
    const wrong = await asGate({ ...gate, at_least: -1, resolution: 0.1 });
    expect(wrong.ok).toBe(false);
    const pointers = wrong.errors.map(({ pointer }) => pointer).sort();
    expect(pointers).toEqual(['/at_least', '/resolution']);
    // For a search the load to sustain is not known.
    expect((await asGate(gate, '')).errors.map(({ pointer }) => pointer)).toEqual(['/at_least']);
    const refused = await rig.post('/v1/policies/check?kind=hook', gate);
    expect(refused.status).toBe(400);
    expect(rig.sessions).toEqual([]);
  });

  test('what is no JSON is refused', async () => {
    const response = await rig.post('/v1/policies/check', '{');
    expect(response.status).toBe(400);
  });
});

test.each([
  ['inline', searchBody({ workload: { input_tokens: { lognormal: { median: 60, sigma: 0.5 } } } })],
  ['a policy', { target: { base_url: 'http://127.0.0.1:8000/v1' }, policy: 'rag', seed: 3 }],
  ['uniform lengths', searchBody({ workload: { output_tokens: { uniform: { min: 2, max: 9 } } } })],
  ['a request rate', searchBody({ load: { axis: 'request_rate', min: 0.5, max: 20, start: 2 } })],
])('a question can be asked again as it was answered: %s', async (_name, body) => {
  const first = await check(body);
  expect(first.errors).toEqual([]);
  const second = await check(first.question);
  expect(second).toEqual(first);
});

test('a search shows the whole question', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const body = { target: { base_url: 'http://127.0.0.1:8000/v1/' }, policy: 'chat' };
  const search = searchSchema.parse(await (await rig.post('/v1/searches', body)).json());
  expect(search.question).toEqual((await check(body)).question);
  resolve();
});
