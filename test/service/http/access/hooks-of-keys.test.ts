/** A hook shows no key: what it may do is what its maker may, as long as the maker may do anything. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashKey, makeKey } from '../../../../src/service/access/key.ts';
import { newHookSchema } from '../../../../src/service/http/schemas/hook.ts';
import { problemSchema } from '../../../../src/service/http/schemas/problem.ts';
import { type Answer, createGuardedRig, type GuardedRig } from './guarded-rig.ts';

const MAKER = makeKey();
let guarded: GuardedRig;
beforeEach(async () => {
  guarded = await createGuardedRig(
    () => `
  - caller: maker
    sha256: ${hashKey(MAKER).toString('hex')}
    scopes: [admin]
    ceilings: { concurrency: 16, load_seconds: 60, requests: 20000, output_tokens: 200000 }
    quotas: { load_seconds_per_day: 50 }
`,
    async () => ['127.0.0.1'],
  );
});
afterEach(() => guarded.dispose());

const BINDING = {
  name: 'argo',
  policies: ['chat'],
  targets: [{ base_url: 'http://127.0.0.1:8000/v1' }],
  at_least: [2],
  budget: { load_seconds: 40, requests: 500, output_tokens: 100_000 },
};

function make(key: string, change: object = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}` };
  const body = { ...BINDING, ...change };
  return guarded.send({ method: 'POST', path: '/v1/hooks', headers, body });
}

async function hookOf(key: string, change: object = {}): Promise<string> {
  const made = await make(key, change);
  expect(made.status, made.text).toBe(201);
  return newHookSchema.parse(JSON.parse(made.text)).path;
}

const call = (path: string, checksum: string): Promise<Answer> =>
  guarded.send({ method: 'POST', path, body: { name: 'llm', checksum } });

test('its maker must be an operator; a call needs no key', async () => {
  for (const key of [guarded.keys.runner, guarded.keys.small, guarded.keys.old]) {
    expect([401, 403]).toContain((await make(key)).status);
  }
  const path = await hookOf(guarded.keys.admin);
  expect(await call(path, 'a')).toMatchObject({ status: 409, code: 'search_running' });
});

test('its gates are as small as its maker may ask', async () => {
  const faults = (await make(MAKER, { at_least: [17] })).faults;
  expect(faults).toContain('/at_least/0 above_ceiling');
  const path = await hookOf(MAKER, { at_least: [10] });
  guarded.changeKey('maker', (key) => ({ ...key, ceilings: { maxConcurrency: 4 } }));
  expect(await call(path, 'a')).toMatchObject({ status: 400, code: 'invalid_request' });
  expect(guarded.rig.bursts).toHaveLength(0);
  // Another operator's hook is not bound by it.
  const budget = { ...BINDING.budget, load_seconds: 900 };
  const other = await hookOf(guarded.keys.admin, { budget, at_least: [30] });
  expect((await call(other, 'a')).status).toBe(409);
});

test("its load counts against its maker's quota, by whichever of their hooks it is asked", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  guarded.rig.knobs.hold = promise;
  const [one, two] = [await hookOf(MAKER), await hookOf(MAKER, { name: 'other' })];
  const first = await call(one, 'a');
  expect(first).toMatchObject({ status: 409, code: 'search_running' });
  expect(await call(two, 'b')).toMatchObject({ status: 429, code: 'quota_exceeded' });
  // The first is asked again, not started again.
  const again = await call(one, 'a');
  const idOf = ({ text }: Answer) => problemSchema.parse(JSON.parse(text)).search_id;
  expect(idOf(again)).toBe(idOf(first));
  resolve();
});

test('it ends with its maker', async () => {
  const path = await hookOf(MAKER);
  guarded.changeKey('maker', () => undefined);
  const answer = await call(path, 'a');
  expect(answer).toMatchObject({ status: 404, code: 'hook_not_found' });
  expect(answer.text).toContain('made by maker');
  expect(guarded.rig.bursts).toHaveLength(0);
});

test('the kill switch holds for calls too', async () => {
  const path = await hookOf(MAKER);
  await guarded.killSwitch.engage('file', 'users suffer');
  expect(await call(path, 'a')).toMatchObject({ status: 503, code: 'kill_switch_on' });
});
