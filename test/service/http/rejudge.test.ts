/** Judging again: the same records by the same SLO give the same answer, and by others another, without load. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../../src/service/http/examples.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { rejudgedSchema } from '../../../src/service/http/schemas/rejudge.ts';
import { gateSchema, searchSchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

async function searched(change: Record<string, unknown> = {}) {
  const id = await idOf(await rig.post('/v1/searches', searchBody(change)));
  await rig.ended(id);
  return searchSchema.parse(await (await rig.call(`/v1/searches/${id}`)).json());
}

async function rejudged(path: string, body: unknown) {
  const response = await rig.post(`${path}/rejudge`, body);
  expect(response.status, await response.clone().text()).toBe(200);
  return rejudgedSchema.parse(await response.json());
}

test('by its own SLO: the same brackets, estimates and verdicts, to the last digit', async () => {
  const search = await searched();
  const { slo } = search.question;
  const bursts = rig.bursts.length;
  const again = await rejudged(search.links.self, { slo });
  expect(again).toMatchObject({
    id: search.id,
    kind: 'search',
    post_hoc: true,
    slo,
    verdict: 'none',
  });
  expect(again.result).toEqual({ ...search.result, stopped: 'rejudged' });
  expect(again.frontier).toEqual(search.frontier);
  expect(again.probes.map(({ probe, tiers }) => ({ probe, tiers }))).toEqual(
    search.probes.map(({ probe, tiers }) => ({ probe, tiers })),
  );
  expect(rig.bursts.length).toBe(bursts);
});

test('by others: a coarser SLO is carried further, a finer one less far, tier by tier', async () => {
  const search = await searched();
  const slo = [
    { name: 'coarse', objectives: 'p90(ttft) < 1 s' },
    { name: 'fine', objectives: 'p90(ttft) < 12 ms' },
  ];
  const { result, sentence } = await rejudged(search.links.self, { slo });
  const [coarse, fine] = result.tiers;
  const lower = search.result?.tiers[0]?.bracket.lower ?? 0;
  expect(coarse?.bracket.lower).toBeGreaterThan(lower);
  expect(fine?.bracket.upper).toBeLessThanOrEqual(lower);
  expect(sentence).toContain('p90(ttft) < 1000 ms');
  const kept = searchSchema.parse(await (await rig.call(search.links.self)).json());
  expect(kept).toEqual(search);
});

test('by another confidence: less sure is not narrower than more sure is wide', async () => {
  const search = await searched();
  const { slo } = search.question;
  const sure = await rejudged(search.links.self, { slo, confidence: 0.999 });
  const bracket = sure.result.tiers[0]?.bracket;
  const known = search.result?.tiers[0]?.bracket;
  expect(sure.result.confidence).toBe(0.999);
  expect(bracket?.lower ?? 0).toBeLessThanOrEqual(known?.lower ?? 0);
  expect(bracket?.upper ?? 1e9).toBeGreaterThanOrEqual(known?.upper ?? 0);
});

test('a search with a required load has a verdict by the other SLO', async () => {
  const search = await searched({ required_at_least: 40 });
  expect(search.summary.verdict).toBe('fail');
  const fine = await rejudged(search.links.self, { slo: 'p90(ttft) < 12 ms' });
  expect(fine.verdict).toBe('fail');
  expect(fine.sentence).toContain('The required 40 concurrent requests are missed.');
  const few = await rejudged(search.links.self, { slo: 'p99.9(ttft) < 1 s' });
  expect(few.verdict).toBe('inconclusive');
});

test('a gate: its one load by another SLO', async () => {
  const { load: _, ...body } = searchBody();
  const id = await idOf(await rig.post('/v1/gates', { ...body, at_least: 4 }));
  await rig.ended(id);
  const gate = gateSchema.parse(await (await rig.call(`/v1/gates/${id}`)).json());
  const same = await rejudged(gate.links.self, { slo: gate.question.slo });
  expect(same.result).toEqual({ ...gate.result, stopped: 'rejudged' });
  const fine = await rejudged(gate.links.self, { slo: 'p90(ttft) < 5 ms' });
  expect(fine).toMatchObject({
    kind: 'gate',
    verdict: 'fail',
    result: { gate: { verdict: 'fail' } },
  });
  const odd = await rig.post(`/v1/gates/${id}/rejudge`, {
    slo: 'p90(ttft) < 5 ms',
    resolution: 0.1,
  });
  expect(problemSchema.parse(await odd.json()).errors).toMatchObject([
    { pointer: '/resolution', code: 'unknown_key' },
  ]);
});

test('voided bursts stay voided', async () => {
  rig.knobs.fate = ({ probe }) => (probe === 1 ? { kind: 'busy_client' } : undefined);
  const search = await searched();
  const voided = search.probes.filter((probe) => probe.voided !== null).map((probe) => probe.probe);
  expect(voided).toEqual([1]);
  const again = await rejudged(search.links.self, { slo: search.question.slo });
  expect(again.probes.filter((probe) => probe.voided !== null).map((p) => p.probe)).toEqual([1]);
  expect(again.result.tiers).toEqual(search.result?.tiers);
});

describe('refusals', () => {
  async function codeOf(path: string, body: unknown): Promise<[number, string]> {
    const response = await rig.post(path, body);
    return [response.status, problemSchema.parse(await response.json()).code];
  }

  test('records that are gone', async () => {
    const search = await searched();
    await rig.store.purgeRecords(Number.MAX_SAFE_INTEGER, 1_000);
    expect(await codeOf(`${search.links.self}/rejudge`, EXAMPLES.rejudgeBody)).toEqual([
      410,
      'records_gone',
    ]);
  });

  test('a search that runs, and one that is not there', async () => {
    rig.knobs.hold = new Promise(() => {});
    const id = await idOf(await rig.post('/v1/searches', searchBody()));
    const path = `/v1/searches/${id}/rejudge`;
    expect(await codeOf(path, EXAMPLES.rejudgeBody)).toEqual([409, 'search_running']);
    expect(await codeOf('/v1/searches/nope/rejudge', EXAMPLES.rejudgeBody)).toEqual([
      404,
      'search_not_found',
    ]);
  });

  test('a bound that the load did not wait for', async () => {
    const search = await searched();
    const response = await rig.post(`${search.links.self}/rejudge`, { slo: 'p90(ttft) < 2 min' });
    expect(problemSchema.parse(await response.json()).errors).toMatchObject([
      { pointer: '/slo', code: 'beyond_timeout', received: '120000 ms in slo' },
    ]);
  });

  test('all faults of body and query at once', async () => {
    const search = await searched();
    const response = await rig.post(`${search.links.self}/rejudge?x=1`, {
      slo: [{ name: 'a', objectives: 'p90(ttft) <' }],
      confidence: 2,
      odd: true,
    });
    const { errors = [] } = problemSchema.parse(await response.json());
    expect(errors.map((fault) => fault.pointer).toSorted()).toEqual([
      '/confidence',
      '/odd',
      '/slo/0/objectives',
      'query:x',
    ]);
  });
});
