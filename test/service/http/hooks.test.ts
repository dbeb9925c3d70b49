/** Hooks: status codes for three verdicts, bound to what they were made for, tokens nowhere. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../../src/core/policy/policy-file.ts';
import { EXAMPLES } from '../../../src/service/http/examples.ts';
import { cutToken } from '../../../src/service/http/hooks/cut-token.ts';
import {
  hookAnswerSchema,
  hookListSchema,
  newHookSchema,
} from '../../../src/service/http/schemas/hook.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { gateSchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
  addPolicy();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

/** A policy that the rig's server answers within a few bursts. */
function addPolicy(): void {
  const parsed = parsePolicyFile(
    `name: quick
description: for tests
slo: p90(ttft) < 100 ms
workload: { input_tokens: 64, output_tokens: 12 }`,
  );
  const { policies } = rig.parts;
  if (!parsed.ok || !(policies instanceof Map)) throw new Error('no policy');
  policies.set('quick', parsed.value);
}

const URL_ = 'http://127.0.0.1:8000/v1';

/** The rig's server has twelve slots: 4 streams pass, 60 fail. */
function binding(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'flagger',
    policies: ['quick'],
    targets: [{ base_url: URL_ }],
    at_least: [4],
    budget: { load_seconds: 600 },
    ...change,
  };
}

async function made(change: Record<string, unknown> = {}) {
  const response = await rig.post('/v1/hooks', binding(change));
  expect(response.status, await response.clone().text()).toBe(201);
  return newHookSchema.parse(await response.json());
}

const canary = (metadata: Record<string, string> = {}, checksum = '85d5') => ({
  name: 'llm',
  namespace: 'prod',
  phase: 'Progressing',
  checksum,
  metadata,
});

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, problemSchema.parse(await response.json()).code];
}

/** Flagger: the same POST again and again until it is not pending. */
async function verdictOf(path: string, body: unknown, query = ''): Promise<Response> {
  const first = await rig.post(`${path}${query}`, body);
  const problem = problemSchema.parse(await first.json());
  expect([first.status, problem.code]).toEqual([409, 'search_running']);
  expect(Number(first.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  await rig.ended(problem.search_id ?? '');
  return rig.post(`${path}${query}`, body);
}

async function gateOf(body: unknown, path: string): Promise<string> {
  const response = await rig.post(path, body);
  const { gate_id, search_id } = (await response.json()) as Record<string, string>;
  return gate_id ?? search_id ?? '';
}

describe('a call', () => {
  test('200 is yes, on one line', async () => {
    const { path } = await made();
    const response = await verdictOf(path, canary());
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(hookAnswerSchema.parse(JSON.parse(text))).toMatchObject({
      verdict: 'pass',
      sentence: expect.stringContaining('Sustains 4 concurrent requests'),
    });
  });

  test('412 is no, and a rollback hook gets its 200 from the same gate', async () => {
    const { path } = await made({ at_least: [60] });
    const failed = await verdictOf(path, canary());
    expect(await codeOf(failed)).toEqual([412, 'gate_failed']);
    const bursts = rig.bursts.length;
    const rollback = await rig.post(`${path}?on=fail`, canary());
    expect(hookAnswerSchema.parse(await rollback.json()).verdict).toBe('fail');
    expect(rig.bursts.length).toBe(bursts);
  });

  test('424 is inconclusive, and on=fail,inconclusive takes it for a reason to go back', async () => {
    const { path } = await made({ budget: { requests: 3 } });
    expect(await codeOf(await verdictOf(path, canary()))).toEqual([424, 'gate_inconclusive']);
    expect(await codeOf(await rig.post(`${path}?on=fail`, canary()))).toEqual([
      424,
      'gate_inconclusive',
    ]);
    expect((await rig.post(`${path}?on=fail,inconclusive`, canary())).status).toBe(200);
  });

  test('a rollback hook does not go back when the gate passed', async () => {
    const { path } = await made();
    await verdictOf(path, canary());
    expect(await codeOf(await rig.post(`${path}?on=fail`, canary()))).toEqual([412, 'gate_passed']);
  });

  test('a target that is lost is inconclusive, not failed', async () => {
    rig.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_refused', detail: 'connection refused' },
    });
    const { path } = await made();
    expect(await codeOf(await verdictOf(path, canary()))).toEqual([424, 'gate_inconclusive']);
  });

  test('the same canary in another phase, with more keys of a newer Flagger, is the same gate', async () => {
    const { path } = await made();
    await verdictOf(path, canary());
    const bursts = rig.bursts.length;
    const later = { ...canary(), phase: 'Promoting', canaryWeight: 20, iterations: 3 };
    expect((await rig.post(path, later)).status).toBe(200);
    expect(rig.bursts.length).toBe(bursts);
  });

  test('another checksum, or another key in the metadata, asks anew', async () => {
    const { path } = await made();
    await verdictOf(path, canary());
    const known = await gateOf(canary(), path);
    expect(await gateOf(canary({}, 'other'), path)).not.toBe(known);
    expect(await gateOf(canary({ key: 'again' }), path)).not.toBe(known);
  });

  test('the answer outlives a restart of the service', async () => {
    const { path } = await made();
    await verdictOf(path, canary());
    const bursts = rig.bursts.length;
    await rig.restart();
    const again = await rig.runner.hooks.find(path.split('/').at(-1) ?? '');
    expect(again?.name).toBe('flagger');
    expect(rig.bursts.length).toBe(bursts);
  });

  test('Prefer: wait holds it, an Idempotency-Key is its key, a body is not needed', async () => {
    const { path } = await made();
    const ask = () =>
      rig.call(path, {
        method: 'POST',
        headers: { prefer: 'wait=55', 'idempotency-key': 'job-7' },
      });
    const first = await ask();
    if (first.status === 409) {
      await rig.ended(problemSchema.parse(await first.json()).search_id ?? '');
    }
    const response = await ask();
    expect([response.status, response.headers.get('preference-applied')]).toEqual([200, 'wait=55']);
  });

  test('its gate is a gate like others, with the lease of a hook', async () => {
    const { path } = await made();
    const id = await gateOf(canary(), path);
    const gate = gateSchema.parse(await (await rig.call(`/v1/gates/${id}`)).json());
    expect(gate.question).toMatchObject({
      at_least: 4,
      policy: 'quick',
      labels: { hook: 'flagger' },
    });
    expect((await rig.store.search(id))?.leaseSeconds).toBe(600);
  });
});

describe('what a call may choose', () => {
  const many = {
    policies: ['quick', 'rag'],
    targets: [{ base_url: URL_ }, { base_url: 'http://127.0.0.1:8001/v1' }],
    at_least: [4, 60],
  };

  test('among what the hook is bound to', async () => {
    const { path } = await made(many);
    const chosen = canary({ policy: 'rag', url: 'http://127.0.0.1:8001/v1/', at_least: '60' });
    const id = await gateOf(chosen, path);
    const gate = gateSchema.parse(await (await rig.call(`/v1/gates/${id}`)).json());
    expect(gate.question).toMatchObject({
      policy: 'rag',
      at_least: 60,
      target: { base_url: 'http://127.0.0.1:8001/v1' },
    });
  });

  test.each([
    [
      {},
      [
        ['/metadata/at_least', 'missing_key'],
        ['/metadata/policy', 'missing_key'],
        ['/metadata/url', 'missing_key'],
      ],
    ],
    [
      { policy: 'code-completion', url: 'http://10.0.0.1/v1', at_least: '5000' },
      [
        ['/metadata/at_least', 'not_bound'],
        ['/metadata/policy', 'not_bound'],
        ['/metadata/url', 'not_bound'],
      ],
    ],
    [
      { policy: 'quick', url: URL_, at_least: '4', slo: 'p50(ttft) < 1 h' },
      [['/metadata/slo', 'unknown_key']],
    ],
  ])('and nothing else: %j', async (metadata, wanted) => {
    const { path } = await made(many);
    const response = await rig.post(path, canary(metadata as Record<string, string>));
    expect(response.status).toBe(400);
    const { errors = [] } = problemSchema.parse(await response.json());
    expect(errors.map(({ pointer, code }) => [pointer, code]).toSorted()).toEqual(wanted);
    expect(rig.bursts).toEqual([]);
  });

  test('a call that cannot be told from the next one is refused', async () => {
    const { path } = await made();
    const response = await rig.post(path, {});
    const { errors = [] } = problemSchema.parse(await response.json());
    expect(errors.map((fault) => fault.pointer)).toEqual(['/checksum']);
  });

  test('all faults of body, query and headers at once', async () => {
    const { path } = await made();
    const response = await rig.post(
      `${path}?on=maybe&x=1`,
      { checksum: 7, metadata: { at_least: '5' } },
      { prefer: 'wait=x' },
    );
    const { errors = [] } = problemSchema.parse(await response.json());
    expect(errors.map((fault) => fault.pointer).toSorted()).toEqual([
      '/checksum',
      'header:prefer',
      'query:on',
      'query:x',
    ]);
  });
});

describe('the token', () => {
  test('is shown once, stored as a hash, and in no log, list or problem', async () => {
    const { token, path, id } = await made();
    expect(token).toMatch(/^plh_[\w-]{43}$/);
    const list = await (await rig.call('/v1/hooks')).text();
    expect(hookListSchema.parse(JSON.parse(list)).hooks.map((hook) => hook.id)).toEqual([id]);
    expect(list).not.toContain(token);
    const refused = await (await rig.post(path, {})).text();
    expect(refused).not.toContain(token);
    for (const odd of [`/v1//hooks/${token}`, `/v1/hooks/${token}/x`, `/v1/searches/${token}`]) {
      expect(await (await rig.call(odd)).text()).not.toContain(token);
    }
    expect(JSON.stringify(rig.access)).not.toContain(token);
    expect(rig.access.map((line) => line.path)).toContain('/v1/hooks/{hook}');
    const [stored] = await rig.store.hooks();
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(stored?.tokenHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each(['plh_', 'plh_wrong', 'x', 'plh_%00', '%F0%9F%92%A9'])(
    '%s is unknown',
    async (token) => {
      expect(await codeOf(await rig.post(`/v1/hooks/${token}`, canary()))).toEqual([
        404,
        'hook_not_found',
      ]);
    },
  );

  test('is worth nothing once the hook is deleted', async () => {
    const { path, id, token } = await made();
    expect((await rig.call(`/v1/hooks/${token}`, { method: 'DELETE' })).status).toBe(404);
    expect((await rig.call(`/v1/hooks/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await codeOf(await rig.post(path, canary()))).toEqual([404, 'hook_not_found']);
    expect((await rig.call(`/v1/hooks/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  test.each([
    ['/v1/hooks/plh_abc', '/v1/hooks/{hook}'],
    ['/V1/HOOKS//abc/x', '/V1/HOOKS//{hook}/x'],
    ['/x/plh_Abc-_9/y', '/x/{hook}/y'],
    ['/v1/hooks', '/v1/hooks'],
  ])('%s is kept as %s', (path, kept) => {
    expect(cutToken(path)).toBe(kept);
  });
});

describe('making one', () => {
  test('the example of the document', async () => {
    expect((await rig.post('/v1/hooks', EXAMPLES.hookBody)).status).toBe(201);
  });

  test.each([
    [{ policies: ['quick', 'nope'] }, [['/policies/1', 'unknown_policy']]],
    [
      { at_least: [4, 1.5, 50_000] },
      [
        ['/at_least/1', 'not_integer'],
        ['/at_least/2', 'above_ceiling'],
      ],
    ],
    [{ at_least: undefined }, [['/at_least', 'missing_key']]],
    [{ policies: [] }, [['/policies', 'wrong_length']]],
    [
      { targets: [{ base_url: URL_ }, { base_url: 'ftp://x' }] },
      [['/targets/1/base_url', 'malformed_url']],
    ],
    [{ budget: { load_seconds: 1e9 } }, [['/budget/load_seconds', 'above_ceiling']]],
    [{ odd: 1 }, [['/odd', 'unknown_key']]],
  ])('refuses %j', async (change, wanted) => {
    const response = await rig.post('/v1/hooks', binding(change));
    expect(response.status).toBe(400);
    const { errors = [] } = problemSchema.parse(await response.json());
    const found = errors.map(({ pointer, code }) => [pointer, code]);
    for (const each of wanted) expect(found).toContainEqual(each);
    expect(await rig.store.hooks()).toEqual([]);
  });
});
