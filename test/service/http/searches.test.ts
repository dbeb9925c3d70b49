/** The life of a search over HTTP: start, get again, wait, poll, read, cancel. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../../src/service/http/examples.ts';
import { frontierSchema, probesSchema } from '../../../src/service/http/schemas/probe.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import {
  searchListSchema,
  searchSchema,
  summarySchema,
} from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

/** Bursts wait until the returned function is called. */
function holdLoad(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  return () => {
    rig.knobs.hold = undefined;
    resolve();
  };
}

async function started(body: unknown = searchBody(), headers = {}): Promise<string> {
  const response = await rig.post('/v1/searches', body, headers);
  return searchSchema.parse(await response.json()).id;
}

async function finished(): Promise<string> {
  const id = await started();
  await rig.ended(id);
  return id;
}

describe('start', () => {
  test('202 with the search, its place and when to ask again', async () => {
    holdLoad();
    const response = await rig.post('/v1/searches', searchBody());
    expect(response.status).toBe(202);
    const search = searchSchema.parse(await response.json());
    expect(response.headers.get('location')).toBe(`/v1/searches/${search.id}`);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(search).toMatchObject({
      summary: { verdict: 'pending', done: false, capacity_at_least: 0 },
      question: { load: { axis: 'concurrency', min: 1, max: 64 }, seed: 7 },
      probes: [],
      frontier: { points: [] },
    });
  });

  test('held until the end: 200 with the answer, its probes and its frontier', async () => {
    const response = await rig.post('/v1/searches', searchBody(), { prefer: 'wait=55' });
    expect(response.headers.get('preference-applied')).toBe('wait=55');
    const search = searchSchema.parse(await response.json());
    await rig.ended(search.id);
    const again = await rig.call(`/v1/searches/${search.id}`);
    expect(again.status).toBe(200);
    const whole = searchSchema.parse(await again.json());
    expect(whole.summary).toMatchObject({ state: 'done', verdict: 'none', exit_code: 0 });
    const [tier] = whole.result?.tiers ?? [];
    expect(whole.summary.capacity_at_least).toBe(tier?.bracket.lower);
    expect(whole.summary.capacity_below).toBe(tier?.bracket.upper);
    expect(whole.probes.length).toBe(whole.summary.probes);
    expect(whole.provenance?.model).toBe('sim');
    const loads = new Set(whole.probes.map((probe) => probe.load));
    expect(whole.frontier.points.map((point) => point.load)).toEqual(
      [...loads].sort((a, b) => a - b),
    );
  });

  test('a wait of nothing is a wait that was applied', async () => {
    holdLoad();
    const response = await rig.post('/v1/searches', searchBody(), { prefer: 'wait=0' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('wait=0');
  });

  test('?pending=409 for callers to whom every 2xx is an answer', async () => {
    const letGo = holdLoad();
    const response = await rig.post('/v1/searches?pending=409', searchBody(), {
      'idempotency-key': 'argo-1',
    });
    expect(response.status).toBe(409);
    const problem = problemSchema.parse(await response.json());
    expect(problem.code).toBe('search_running');
    expect(response.headers.get('retry-after')).not.toBeNull();
    letGo();
    await rig.ended(problem.search_id ?? '');
    const again = await rig.post('/v1/searches?pending=409', searchBody(), {
      'idempotency-key': 'argo-1',
    });
    expect(again.status).toBe(200);
  });
});

describe('create or get', () => {
  test('the same key and body is the same search, as it is now', async () => {
    const letGo = holdLoad();
    const first = await started(searchBody(), { 'idempotency-key': '"k1"' });
    const second = await rig.post('/v1/searches', searchBody(), { 'idempotency-key': 'k1' });
    expect(second.status).toBe(202);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(searchSchema.parse(await second.json()).id).toBe(first);
    letGo();
    await rig.ended(first);
    const third = await rig.post('/v1/searches', searchBody(), { 'idempotency-key': 'k1' });
    expect(third.status).toBe(200);
    expect(rig.sessions).toHaveLength(1);
  });

  test('the order of keys is no other body', async () => {
    holdLoad();
    const body = searchBody();
    const turned = Object.fromEntries(Object.entries(body).reverse());
    const first = await started(body, { 'idempotency-key': 'k1' });
    expect(await started(turned, { 'idempotency-key': 'k1' })).toBe(first);
  });

  test('another body under the key is 422 and starts nothing', async () => {
    holdLoad();
    const id = await started(searchBody(), { 'idempotency-key': 'k1' });
    const response = await rig.post('/v1/searches', searchBody({ seed: 8 }), {
      'idempotency-key': 'k1',
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused', search_id: id });
  });

  test('on_busy: reject names the running search, join gives it, queue waits', async () => {
    holdLoad();
    const id = await started();
    const rejected = await rig.post('/v1/searches', searchBody({ on_busy: 'reject' }));
    expect(rejected.status).toBe(409);
    expect(await rejected.json()).toMatchObject({ code: 'target_busy', search_id: id });
    expect(await started(searchBody({ on_busy: 'join' }))).toBe(id);
    const queued = await rig.post('/v1/searches', searchBody());
    expect(await queued.json()).toMatchObject({ state: 'queued' });
  });
});

test('a full queue is 429 with when to ask again', async () => {
  const small = await createHttpRig({ maxQueued: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  small.knobs.hold = promise;
  await small.post('/v1/searches', searchBody());
  await small.post('/v1/searches', searchBody({ seed: 8 }));
  const response = await small.post('/v1/searches', searchBody({ seed: 9 }));
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await response.json()).toMatchObject({ code: 'queue_full' });
  resolve();
  await small.dispose();
});

describe('read', () => {
  test('the parts alone are the parts of the whole', async () => {
    const id = await finished();
    const get = async (part: string): Promise<unknown> =>
      (await rig.call(`/v1/searches/${id}${part}`)).json();
    const whole = searchSchema.parse(await get(''));
    expect(summarySchema.parse(await get('/summary'))).toEqual(whole.summary);
    expect(frontierSchema.parse(await get('/frontier'))).toEqual(whole.frontier);
    expect(probesSchema.parse(await get('/probes')).probes).toEqual(whole.probes);
  });

  test('the summary has every key and scalars only, from the first moment on', async () => {
    const letGo = holdLoad();
    const id = await started();
    const early = summarySchema.parse(await (await rig.call(`/v1/searches/${id}/summary`)).json());
    letGo();
    await rig.ended(id);
    const late = summarySchema.parse(await (await rig.call(`/v1/searches/${id}/summary`)).json());
    expect(Object.keys(early)).toEqual(Object.keys(late));
    for (const value of [...Object.values(early), ...Object.values(late)]) {
      expect(typeof value === 'object' && value !== null).toBe(false);
    }
  });

  test.each(['', '/summary', '/frontier', '/probes', '/log'])(
    'ETag of %s: 304 until it changes',
    async (part) => {
      const letGo = holdLoad();
      const id = await started();
      await expect.poll(() => rig.bursts.length).toBe(1);
      const first = await rig.call(`/v1/searches/${id}${part}`);
      const etag = first.headers.get('etag') ?? '';
      const same = await rig.call(`/v1/searches/${id}${part}`, {
        headers: { 'if-none-match': etag },
      });
      expect(same.status).toBe(304);
      expect(await same.text()).toBe('');
      letGo();
      await rig.ended(id);
      const changed = await rig.call(`/v1/searches/${id}${part}`, {
        headers: { 'if-none-match': `W/${etag}` },
      });
      expect(changed.status).toBe(200);
    },
  );

  test('GET is held too', async () => {
    const letGo = holdLoad();
    const id = await started();
    const answer = rig.call(`/v1/searches/${id}/summary`, { headers: { prefer: 'wait=50' } });
    letGo();
    await rig.ended(id);
    expect((await answer).headers.get('preference-applied')).toBe('wait=50');
  });

  test('raw requests are JSON lines, as many as were sent', async () => {
    const id = await finished();
    const response = await rig.call(`/v1/searches/${id}/requests`);
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const probes = probesSchema.parse(await (await rig.call(`/v1/searches/${id}/probes`)).json());
    const inWindow = probes.probes.reduce((sum, probe) => sum + probe.requests, 0);
    expect(lines.filter((line) => line.in_window)).toHaveLength(inWindow);
    expect(lines[0]).toMatchObject({ probe: 0, attempt: 1, outcome: 'ok' });
    expect(Object.keys(lines[0])).toEqual(Object.keys(JSON.parse(EXAMPLES.requestLine)));
  });

  test('HEAD answers like GET, without a body and without holding a stream', async () => {
    const id = await finished();
    for (const part of ['', '/summary', '/requests', '/events']) {
      const response = await rig.call(`/v1/searches/${id}${part}`, { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
    }
  });
});

test('the list: newest first, filtered, in pages', async () => {
  const ids: string[] = [];
  for (const commit of ['a', 'b', 'c']) {
    ids.unshift(await started(searchBody({ labels: { commit }, seed: ids.length })));
    await rig.ended(ids[0] ?? '');
    rig.pass(10);
  }
  const list = async (query: string) =>
    searchListSchema.parse(await (await rig.call(`/v1/searches${query}`)).json());
  expect((await list('')).searches.map((search) => search.id)).toEqual(ids);
  const page = await list('?limit=2');
  expect(page.searches.map((search) => search.id)).toEqual(ids.slice(0, 2));
  const rest = await list(`?limit=2&cursor=${encodeURIComponent(page.next_cursor ?? '')}`);
  expect(rest.searches.map((search) => search.id)).toEqual(ids.slice(2));
  expect(rest.next_cursor).toBeNull();
  expect((await list('?label=commit%3Db')).searches.map((search) => search.id)).toEqual([ids[1]]);
  expect((await list('?state=failed')).searches).toEqual([]);
});

describe('cancel', () => {
  test('202, repeatable, what is known stays', async () => {
    holdLoad();
    const id = await started();
    await expect.poll(() => rig.bursts.length).toBe(1);
    const response = await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(searchSchema.parse(await response.json()).summary).toMatchObject({
      state: 'cancelled',
      verdict: 'inconclusive',
      exit_code: 3,
    });
    expect(rig.openSessions()).toBe(0);
    const again = await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
    expect(again.status).toBe(202);
  });

  test('a search that has ended stays what it was', async () => {
    const id = await finished();
    const response = await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
    expect(await response.json()).toMatchObject({ state: 'done' });
  });
});

test('a failed search is a 200 with its reason', async () => {
  rig.knobs.check = async () => ({
    ok: false,
    error: { reason: 'target_refused', detail: 'connection refused' },
  });
  const id = await started();
  await rig.ended(id);
  const response = await rig.call(`/v1/searches/${id}`);
  expect(response.status).toBe(200);
  expect(searchSchema.parse(await response.json()).summary).toMatchObject({
    state: 'failed',
    verdict: 'inconclusive',
    exit_code: 4,
    reason: 'target_refused',
  });
});
