/** Gates over HTTP: one load, three verdicts, and everything that a search can do besides. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logSchema } from '../../../src/service/http/schemas/log.ts';
import { probesSchema } from '../../../src/service/http/schemas/probe.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import {
  gateListSchema,
  gateSchema,
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

/** The rig's server has twelve slots: 4 streams are far below its capacity, 40 far above. */
function gateBody(change: Record<string, unknown> = {}): Record<string, unknown> {
  const { load: _, ...rest } = searchBody();
  return { ...rest, at_least: 4, ...change };
}

async function asked(change: Record<string, unknown> = {}) {
  const response = await rig.post('/v1/gates', gateBody(change));
  const { id } = gateSchema.parse(await response.json());
  await rig.ended(id);
  return gateSchema.parse(await (await rig.call(`/v1/gates/${id}`)).json());
}

function holdLoad(): void {
  rig.knobs.hold = new Promise(() => {});
}

describe('three verdicts', () => {
  test('pass', async () => {
    const gate = await asked();
    expect(gate).toMatchObject({
      kind: 'gate',
      state: 'done',
      question: { at_least: 4, load: { axis: 'concurrency' } },
      summary: {
        kind: 'gate',
        verdict: 'pass',
        exit_code: 0,
        reason: 'decided',
        capacity_at_least: 4,
        capacity_below: null,
        required_at_least: 4,
        sentence: 'Sustains 4 concurrent requests at p90(ttft) < 100 ms (95 % confidence).',
      },
      result: {
        tiers: [{ outcome: 'unbounded_above', bracket: { lower: 4, upper: null } }],
        gate: { load: 4, verdict: 'pass' },
      },
    });
    expect(gate.frontier.points.map((point) => [point.load, point.verdict])).toEqual([[4, 'pass']]);
    const [objective] = gate.result?.gate?.tiers[0]?.objectives ?? [];
    expect(objective?.pass_nats).toBeGreaterThan(Math.log(2 / 0.05));
  });

  test('fail', async () => {
    expect(await asked({ at_least: 40 })).toMatchObject({
      state: 'done',
      summary: {
        verdict: 'fail',
        exit_code: 1,
        capacity_at_least: 0,
        capacity_below: 40,
        sentence:
          'Does not sustain 40 concurrent requests at p90(ttft) < 100 ms (95 % confidence).',
      },
      result: { gate: { verdict: 'fail' } },
    });
  });

  test('inconclusive when the budget does not decide it', async () => {
    expect(await asked({ budget: { requests: 3 } })).toMatchObject({
      state: 'done',
      summary: { verdict: 'inconclusive', exit_code: 3, reason: 'budget', capacity_at_least: 0 },
      result: { tiers: [{ outcome: 'undecided' }] },
    });
  });

  test('failed and inconclusive, with exit code 4, when the target is not there', async () => {
    rig.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_refused', detail: 'connection refused' },
    });
    expect(await asked()).toMatchObject({
      state: 'failed',
      summary: { verdict: 'inconclusive', exit_code: 4, reason: 'target_refused' },
    });
  });

  test('several tiers pass together or not at all', async () => {
    const slo = [
      { name: 'loose', objectives: 'p90(ttft) < 3 s' },
      { name: 'gold', objectives: 'p90(ttft) < 100 ms' },
    ];
    const gate = await asked({ slo, at_least: 40 });
    expect(gate.summary).toMatchObject({ verdict: 'fail', tier: 'gold', exit_code: 1 });
    const both = await asked({ slo, at_least: 4 });
    expect(both.summary.verdict).toBe('pass');
    expect(both.summary.sentence).toContain('p90(ttft) < 3000 ms and p90(ttft) < 100 ms');
  });
});

describe('the same machinery as a search', () => {
  test('parts of it are read as those of a search', async () => {
    const { id, links } = await asked();
    expect(links.self).toBe(`/v1/gates/${id}`);
    const summary = summarySchema.parse(await (await rig.call(links.summary)).json());
    expect(summary.verdict).toBe('pass');
    const { probes } = probesSchema.parse(await (await rig.call(links.probes)).json());
    expect(probes.map((probe) => probe.load)).toEqual(probes.map(() => 4));
    const log = logSchema.parse(await (await rig.call(links.log)).json());
    expect(log).toMatchObject({ kind: 'gate', spec: { minUnits: 4, maxUnits: 4 } });
    const lines = (await (await rig.call(links.requests)).text()).trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ load: 4 });
    expect((await rig.call(links.frontier)).status).toBe(200);
    const events = await (await rig.call(`${links.events}?after=0`)).text();
    for (const type of ['search.queued', 'probe.finished', 'bracket.changed', 'search.done']) {
      expect(events).toContain(type);
    }
  });

  test('a gate is no search, and a search no gate', async () => {
    const { id } = await asked();
    const wrong = await rig.call(`/v1/searches/${id}`);
    expect([wrong.status, problemSchema.parse(await wrong.json()).code]).toEqual([
      404,
      'search_not_found',
    ]);
    const search = searchSchema.parse(await (await rig.post('/v1/searches', searchBody())).json());
    const other = await rig.call(`/v1/gates/${search.id}`);
    expect(problemSchema.parse(await other.json()).code).toBe('gate_not_found');
    const gates = gateListSchema.parse(await (await rig.call('/v1/gates')).json()).gates;
    expect(gates.map((gate) => gate.id)).toEqual([id]);
    const list = searchListSchema.parse(await (await rig.call('/v1/searches')).json()).searches;
    expect(list.map((each) => each.id)).toEqual([search.id]);
  });

  test('create-or-get: a repeated call never starts a second load', async () => {
    const headers = { 'idempotency-key': 'argo-7f9c', prefer: 'wait=55' };
    const first = await rig.post('/v1/gates', gateBody(), headers);
    const { id } = gateSchema.parse(await first.json());
    await rig.ended(id);
    const before = rig.bursts.length;
    const again = await rig.post('/v1/gates', gateBody(), headers);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(gateSchema.parse(await again.json())).toMatchObject({
      id,
      summary: { verdict: 'pass' },
    });
    expect(rig.bursts.length).toBe(before);
    const other = await rig.post('/v1/gates', gateBody({ at_least: 5 }), headers);
    expect([other.status, problemSchema.parse(await other.json())]).toMatchObject([
      422,
      { code: 'idempotency_key_reused', search_id: id },
    ]);
  });

  test('one key stands for one kind: the body that both would take is another question', async () => {
    const body = { target: { base_url: 'http://127.0.0.1:8000/v1' }, slo: 'p90(ttft) < 100 ms' };
    const policies = new Map(rig.parts.policies);
    expect(policies.size).toBeGreaterThan(0);
    const headers = { 'idempotency-key': 'both' };
    expect((await rig.post('/v1/searches', body, headers)).status).toBe(202);
    const gate = await rig.post('/v1/gates', { ...body, at_least: 4 }, headers);
    expect(gate.status).toBe(422);
  });

  test('pending=409 and Prefer: wait on both calls', async () => {
    holdLoad();
    const posted = await rig.post('/v1/gates?pending=409', gateBody(), { prefer: 'wait=0' });
    expect([posted.status, posted.headers.get('preference-applied')]).toEqual([409, 'wait=0']);
    const problem = problemSchema.parse(await posted.json());
    expect(problem.code).toBe('search_running');
    expect(posted.headers.get('location')).toBe(`/v1/gates/${problem.search_id}`);
    expect(Number(posted.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const polled = await rig.call(`/v1/gates/${problem.search_id}?pending=409`);
    expect(polled.status).toBe(409);
    const summary = await rig.call(`/v1/gates/${problem.search_id}/summary?pending=409`);
    expect(summary.status).toBe(409);
  });

  test('a busy target refuses with the place of what runs there, whatever it is', async () => {
    holdLoad();
    const first = await rig.post('/v1/gates', gateBody());
    const { id } = gateSchema.parse(await first.json());
    const refused = await rig.post('/v1/searches', searchBody({ on_busy: 'reject' }));
    expect([refused.status, refused.headers.get('location')]).toEqual([409, `/v1/gates/${id}`]);
  });

  test('join: the same question on that target is the same gate', async () => {
    holdLoad();
    const first = gateSchema.parse(await (await rig.post('/v1/gates', gateBody())).json());
    const joined = await rig.post('/v1/gates', gateBody({ on_busy: 'join', labels: { by: 'b' } }));
    expect(gateSchema.parse(await joined.json()).id).toBe(first.id);
  });

  test('cancel keeps what is known, and is no verdict', async () => {
    holdLoad();
    const { id } = gateSchema.parse(await (await rig.post('/v1/gates', gateBody())).json());
    const cancelled = await rig.call(`/v1/gates/${id}/cancel`, { method: 'POST' });
    expect(cancelled.status).toBe(202);
    expect(gateSchema.parse(await cancelled.json()).summary).toMatchObject({
      state: 'cancelled',
      verdict: 'inconclusive',
      exit_code: 3,
    });
  });

  test('nobody asks for two minutes: the load ends', async () => {
    holdLoad();
    const { id } = gateSchema.parse(await (await rig.post('/v1/gates', gateBody())).json());
    rig.pass(119_000);
    expect((await rig.call(`/v1/gates/${id}`)).status).toBe(202);
    rig.pass(119_000);
    expect((await rig.call(`/v1/gates/${id}`)).status).toBe(202);
    rig.pass(121_000);
    // Not by a wait: that would be somebody asking.
    await expect.poll(async () => (await rig.store.search(id))?.state).toBe('expired');
    const gate = gateSchema.parse(await (await rig.call(`/v1/gates/${id}`)).json());
    expect(gate).toMatchObject({ state: 'expired', reason: 'lease_expired' });
    expect(rig.openSessions()).toBe(0);
  });

  test('a kill between two bursts costs nothing: the fold goes on where it was', async () => {
    const voids: number[] = [];
    rig.knobs.fate = ({ probe }) => {
      if (probe > 0) return undefined;
      voids.push(probe);
      return { kind: 'busy_client' };
    };
    const { id } = gateSchema.parse(await (await rig.post('/v1/gates', gateBody())).json());
    await expect.poll(async () => (await rig.store.probes(id)).length).toBeGreaterThan(0);
    await rig.restart();
    const record = await rig.ended(id);
    expect(record).toMatchObject({
      kind: 'gate',
      state: 'done',
      result: { gate: { verdict: 'pass' } },
    });
    const stored = await rig.store.probes(id);
    const finished = stored.filter((probe) => probe.outcome === 'finished');
    expect(finished.map((probe) => probe.probe)).toEqual(finished.map((_, i) => i));
    expect(finished[0]?.observation?.end).toBe('voided');
  });
});

test('all that is wrong with a gate is told at once, with query and headers', async () => {
  const response = await rig.post(
    '/v1/gates?pending=410&x=1',
    gateBody({ at_least: 1.5, slo: 'p99(ttft) <', load: { min: 1 } }),
    { prefer: 'wait=soon', 'idempotency-key': 'a b' },
  );
  expect(response.status).toBe(400);
  const { errors = [] } = problemSchema.parse(await response.json());
  expect(errors.map((fault) => fault.pointer).toSorted()).toEqual([
    '/at_least',
    '/load/min',
    '/slo',
    'header:idempotency-key',
    'header:prefer',
    'query:pending',
    'query:x',
  ]);
});

describe('a search with a required load has a verdict', () => {
  test.each([
    [4, 'pass', 0],
    [60, 'fail', 1],
  ])('at least %d: %s', async (required, verdict, exitCode) => {
    const body = searchBody({ required_at_least: required });
    const { id } = searchSchema.parse(await (await rig.post('/v1/searches', body)).json());
    await rig.ended(id);
    const search = searchSchema.parse(await (await rig.call(`/v1/searches/${id}`)).json());
    expect(search).toMatchObject({
      question: { required_at_least: required },
      summary: { verdict, exit_code: exitCode, required_at_least: required },
    });
  });
});
