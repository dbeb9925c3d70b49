/** What callers may do, how much, and what is written down of it, on a real socket. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { searchSchema } from '../../../../src/service/http/schemas/search.ts';
import { createGuardedRig, type GuardedRig } from './guarded-rig.ts';

let guarded: GuardedRig;
beforeEach(async () => {
  guarded = await createGuardedRig(
    (issuer) => `
oidc:
  - caller: github
    issuer: ${issuer.url}
    audience: plimsoll-test
    scopes: [run]
    claims: { repository: acme/llm }
    quotas: { searches: 1 }
`,
    async () => ['127.0.0.1'],
  );
});
afterEach(() => guarded.dispose());

const idOf = (text: string): string => searchSchema.parse(JSON.parse(text)).id;
/** Bursts wait until the test lets them go, so that what runs stays running. */
function hold(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  guarded.rig.knobs.hold = promise;
  return () => {
    guarded.rig.knobs.hold = undefined;
    resolve();
  };
}
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3_000; i++) {
    if (await done()) return;
    await delay(10);
  }
  throw new Error('never');
}

test.each([
  ['a key', (rig: GuardedRig) => `Bearer ${rig.keys.runner}`],
  ['in lower case', (rig: GuardedRig) => `bearer ${rig.keys.runner}`],
  ['as a password', (rig: GuardedRig) => `Basic ${btoa(`me:${rig.keys.runner}`)}`],
])('%s starts a search and reads it', async (_, authorization) => {
  const headers = { authorization: authorization(guarded) };
  const started = await guarded.post(guarded.keys.runner, {}, headers);
  expect(started.status).toBe(202);
  const path = `/v1/searches/${idOf(started.text)}`;
  expect((await guarded.send({ path, headers })).status).toBeLessThan(300);
  // Whoever may read, reads all.
  const reader = { authorization: `Bearer ${guarded.keys.reader}` };
  expect((await guarded.send({ path, headers: reader })).status).toBeLessThan(300);
});

test.each(['/healthz', '/readyz'])('%s is for everybody, by whatever name', async (path) => {
  expect((await guarded.send({ path, headers: { host: '10.1.2.3:8080' } })).status).toBe(200);
});

test('a browser is asked for the key, a program is not', async () => {
  const path = '/v1/searches';
  const page = await guarded.send({ path, headers: { accept: 'text/html,*/*' } });
  expect(page.headers['www-authenticate']).toMatch(/Bearer realm.*Basic realm/);
  const program = await guarded.send({ path, headers: { accept: '*/*' } });
  expect(program.headers['www-authenticate']).toBe('Bearer realm="plimsoll"');
});

test('a page without a key is a form for one, and holds nothing of any search', async () => {
  const target = { base_url: 'http://127.0.0.1:8000/v1', model: 'a-model-of-ours' };
  const id = idOf((await guarded.post(guarded.keys.runner, { target })).text);
  const headers = { accept: 'text/html' };
  for (const path of ['/', '/new', `/searches/${id}`]) {
    const page = await guarded.send({ path, headers });
    expect([200, 401]).toContain(page.status);
    expect(page.text).not.toContain('a-model-of-ours');
    expect(page.text).not.toContain('8000');
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'.*script-src 'self'/,
    );
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
  }
  const authorization = `Bearer ${guarded.keys.reader}`;
  const known = await guarded.send({
    path: `/searches/${id}`,
    headers: { ...headers, authorization },
  });
  expect(known.status).toBe(200);
  expect(known.text).toContain('a-model-of-ours');
  // A report is a file with its style inside: allowed by its hash, and no script at all.
  const path = `/v1/searches/${id}/report?format=html`;
  expect((await guarded.send({ path })).status).toBe(401);
  const report = await guarded.send({ path, headers: { authorization } });
  expect(report.headers['content-security-policy']).toMatch(/style-src 'sha256-/);
  expect(report.headers['content-security-policy']).not.toMatch(/unsafe|script-src/);
});

test('an idempotency key belongs to its caller', async () => {
  const headers = { 'idempotency-key': 'same' };
  const release = hold();
  const mine = await guarded.post(guarded.keys.runner, {}, headers);
  const again = await guarded.post(guarded.keys.runner, {}, headers);
  const yours = await guarded.post(guarded.keys.small, { seed: 2 }, headers);
  const token = await guarded.issuer.token();
  const theirs = await guarded.post(token, { seed: 3 }, headers);
  const other = await guarded.issuer.token({ sub: 'repo:acme/llm:ref:refs/tags/v1' });
  expect(idOf(again.text)).toBe(idOf(mine.text));
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect(yours.status).toBe(202);
  expect(theirs.status).toBe(202);
  expect(new Set([mine, yours, theirs].map(({ text }) => idOf(text))).size).toBe(3);
  // The rule's one search runs; the key of another job of the same rule is not that of this one.
  const refused = await guarded.post(other, { seed: 4 }, headers);
  expect(refused).toMatchObject({ status: 429, code: 'quota_exceeded' });
  release();
});

describe('quotas', () => {
  test('so many searches at once, and again when one has ended', async () => {
    const release = hold();
    const budget = { load_seconds: 10 };
    const first = await guarded.post(guarded.keys.small, { budget });
    const second = await guarded.post(guarded.keys.small, { budget, seed: 2 });
    const third = await guarded.post(guarded.keys.small, { budget, seed: 3 });
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(third).toMatchObject({ status: 429, code: 'quota_exceeded' });
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    // Others are not in the way of each other.
    expect((await guarded.post(guarded.keys.runner, { budget, seed: 3 })).status).toBe(202);
    await guarded.rig.runner.cancel(idOf(first.text));
    expect((await guarded.post(guarded.keys.small, { budget, seed: 3 })).status).toBe(202);
    release();
  });

  test('load seconds of a day: reserved while it runs, spent when it ended, also after a restart', async () => {
    const ask = (load_seconds: number) =>
      guarded.post(guarded.keys.small, { budget: { load_seconds } });
    const release = hold();
    const first = await ask(30);
    expect(first.status).toBe(202);
    const tooMuch = await ask(30);
    expect(tooMuch).toMatchObject({ status: 429, code: 'quota_exceeded' });
    expect(tooMuch.text).toContain('may still use 30');
    release();
    const ended = await guarded.rig.ended(idOf(first.text));
    const used = ended.result?.loadSeconds ?? 0;
    expect(used).toBeGreaterThan(0);
    await guarded.rig.restart();
    const spent = await guarded.rig.store.loadUsed('small', 0);
    expect(spent.loadSeconds).toBeGreaterThanOrEqual(used - 0.01);
    expect(await guarded.rig.store.loadUsed('smal', 0)).toEqual({
      loadSeconds: 0,
      requests: 0,
      outputTokens: 0,
    });
  });
});

describe('the kill switch', () => {
  const as = (key: string) => ({ authorization: `Bearer ${key}` });
  const path = '/v1/kill-switch';

  test('ends what runs and what waits, refuses what is new, until it is released', async () => {
    const release = hold();
    const running = idOf((await guarded.post(guarded.keys.runner)).text);
    const waiting = idOf((await guarded.post(guarded.keys.runner, { seed: 2 })).text);
    await until(() => guarded.rig.bursts.length > 0);
    const killed = await guarded.send({
      method: 'POST',
      path: `${path}?reason=users%20suffer`,
      headers: as(guarded.keys.admin),
    });
    expect(JSON.parse(killed.text)).toMatchObject({
      engaged: true,
      by: 'admin',
      reason: 'users suffer',
      survives_restart: true,
    });
    await until(() => guarded.rig.openSessions() === 0);
    for (const id of [running, waiting]) {
      expect(await guarded.rig.ended(id)).toMatchObject({
        state: 'cancelled',
        reason: 'kill_switch',
      });
    }
    const refused = await guarded.post(guarded.keys.runner, { seed: 3 });
    expect(refused).toMatchObject({ status: 503, code: 'kill_switch_on' });
    expect(refused.text).toContain('users suffer');
    const ready = await guarded.send({ path: '/readyz' });
    expect(ready).toMatchObject({ status: 503, code: 'not_ready' });
    expect(ready.text).toContain('kill switch');
    // Reading goes on.
    expect((await guarded.send({ path, headers: as(guarded.keys.reader) })).status).toBe(200);

    const off = await guarded.send({ method: 'DELETE', path, headers: as(guarded.keys.admin) });
    expect(JSON.parse(off.text)).toEqual({
      engaged: false,
      since: null,
      by: null,
      reason: null,
      survives_restart: null,
    });
    release();
    // What was stopped stays so; what is new runs.
    expect((await guarded.rig.runner.get(running))?.state).toBe('cancelled');
    const next = idOf((await guarded.post(guarded.keys.runner, { seed: 4 })).text);
    expect((await guarded.rig.ended(next)).state).toBe('done');
  });

  test('a search that a crash left running is not carried on under it', async () => {
    const release = hold();
    const id = idOf((await guarded.post(guarded.keys.runner)).text);
    await until(() => guarded.rig.bursts.length > 0);
    const begun = guarded.rig.bursts.length;
    await guarded.rig.runner.stop();
    await guarded.killSwitch.engage('file', '');
    await guarded.rig.restart();
    release();
    expect(await guarded.rig.ended(id)).toMatchObject({
      state: 'cancelled',
      reason: 'kill_switch',
    });
    expect(guarded.rig.bursts).toHaveLength(begun);
  });
});

test('each start, stop and refusal is a line: who, what, which target, from where, how it ended', async () => {
  const started = await guarded.post(guarded.keys.runner, {}, { 'x-forwarded-for': '203.0.113.7' });
  const id = idOf(started.text);
  await guarded.rig.ended(id);
  await guarded.post(guarded.keys.reader);
  const target = 'http://127.0.0.1:8000/v1';
  await until(() => guarded.audit.some(({ action }) => action === 'load.stop'));
  expect(guarded.audit).toHaveLength(4);
  // The load may start before the call that asked for it has its answer.
  expect(guarded.audit).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'createSearch',
        outcome: 'accepted',
        who: 'runner',
        via: 'key',
        from: '127.0.0.1',
        forwardedFor: '203.0.113.7',
        target,
        searchId: id,
        status: 202,
      }),
      { action: 'load.start', outcome: 'started', who: 'runner', target, searchId: id },
      { action: 'load.stop', outcome: 'done', who: 'runner', target, searchId: id },
      expect.objectContaining({
        action: 'createSearch',
        outcome: 'refused',
        who: 'reader',
        code: 'scope_missing',
        status: 403,
      }),
    ]),
  );
});
