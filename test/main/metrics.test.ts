/** What Prometheus reads from a whole service, held against what the service did. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';
import type { StoredSearch } from '../../src/service/store/store-port.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from '../service/http/http-rig.ts';
import { refusedBurst } from '../service/runner/rig.ts';
import { newSearch, question } from '../service/store/samples.ts';
import { readExposition, type Sample } from './exposition.ts';

const metrics = createMetrics('1.2.3');
let rig: HttpRig;

const read = async (): Promise<Sample[]> => {
  const response = await rig.call('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return readExposition(await response.text());
};
const valueIn =
  (samples: readonly Sample[]) =>
  (name: string, labels: Record<string, string> = {}): number | undefined =>
    samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;

describe('of a service', () => {
  beforeEach(async () => {
    rig = await createHttpRig({}, { meter: metrics.meter }, metrics);
  });
  afterEach(() => rig.dispose());

  test('searches, probes, load, capacity, HTTP and the process', async () => {
    metrics.observe({ occupancy: rig.runner.occupancy, storeBytes: rig.store.sizeBytes });
    const earlier = valueIn(await read());
    expect(earlier('plimsoll_searches_total', { state: 'done' })).toBe(0);

    let bursts = 0;
    rig.knobs.fate = () => (++bursts === 2 ? { kind: 'busy_client' } : undefined);
    const id = await idOf(await rig.post('/v1/searches', searchBody({ policy: 'chat' })));
    const { result } = await rig.ended(id);
    const [tier] = result?.tiers ?? [];
    await rig.call('/v1/searches/nope');
    await rig.call('/nope');

    const later = valueIn(await read());
    for (const state of ['queued', 'running', 'done']) {
      expect(later('plimsoll_searches_total', { state })).toBe(1);
    }
    expect(later('plimsoll_probes_total', { outcome: 'voided' })).toBe(1);
    expect(later('plimsoll_probes_voided_total', { reason: 'saturated' })).toBe(1);
    const probes = await rig.runner.probes(id);
    const counted = probes.filter(({ voided }) => voided === undefined);
    expect(later('plimsoll_probes_total', { outcome: 'finished' })).toBe(counted.length);
    for (const verdict of ['pass', 'fail', 'inconclusive']) {
      const told = counted.filter(({ tiers }) => tiers[0]?.verdict === verdict).length;
      expect(later('plimsoll_probe_verdicts_total', { verdict })).toBe(told);
    }
    const { observations } = await rig.runner.log(id);
    const sent = observations.reduce((sum, { requests }) => sum + requests, 0);
    const loadMs = observations.reduce((sum, one) => sum + one.loadMs, 0);
    expect(later('plimsoll_load_requests_total')).toBe(sent);
    expect(later('plimsoll_load_output_tokens_total')).toBeGreaterThan(sent);
    expect(later('plimsoll_load_seconds_total')).toBeCloseTo(loadMs / 1_000, 3);

    const series = { policy: 'chat', target: '127.0.0.1:8000', tier: 'gold' };
    expect(tier?.lower).toBeGreaterThan(0);
    expect(later('plimsoll_capacity_concurrency', { ...series, bound: 'lower' })).toBe(tier?.lower);
    expect(later('plimsoll_capacity_concurrency', { ...series, bound: 'upper' })).toBe(tier?.upper);
    const completed = later('plimsoll_search_completed_timestamp_seconds', series);
    expect(completed).toBeGreaterThan(1_700_000_000);

    const http = 'plimsoll_http_requests_total';
    expect(later(http, { route: '/v1/searches/{id}', status: '404' })).toBe(1);
    expect(later(http, { route: 'none', status: '404' })).toBe(1);
    expect(later('plimsoll_http_request_duration_seconds_count', { route: '/v1/searches' })).toBe(
      1,
    );
    expect(later('plimsoll_queue_length')).toBe(0);
    expect(later('plimsoll_searches_running')).toBe(0);
    expect(later('plimsoll_store_bytes')).toBeGreaterThan(10_000);
    expect(later('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(later('plimsoll_build_info', { version: '1.2.3' })).toBe(1);
  });

  test('load that came to nothing was load, too', async () => {
    const requests = 'plimsoll_load_requests_total';
    const earlier = valueIn(await read());
    rig.knobs.fate = (plan) => ({ kind: 'snapshot', snapshot: refusedBurst(plan) });
    const id = await idOf(await rig.post('/v1/searches', searchBody()));
    expect((await rig.ended(id)).reason).toBe('target_lost');
    const later = valueIn(await read());
    expect(later('plimsoll_probes_total', { outcome: 'spoilt' })).toBe(3);
    expect(later(requests)).toBe((earlier(requests) ?? 0) + 3 * 50);
    expect(later('plimsoll_searches_total', { state: 'failed' })).toBe(1);
  });
});

const answered = (target: number, at: number): StoredSearch => ({
  ...newSearch(`s${target}`, {
    question: question({ target: { baseUrl: `http://127.0.0.1:${target}/v1`, dialect: 'auto' } }),
  }),
  kind: 'search',
  state: 'done',
  version: 3,
  endedAtMs: at,
  result: {
    confidence: 0.95,
    resolution: 0.1,
    tiers: [{ tier: 'gold', outcome: 'unbounded_above', lower: target }],
    warnings: [],
    probes: 1,
    requests: 3,
    loadSeconds: 17,
    stopped: 'range_exhausted',
  },
});

describe('capacities', () => {
  const capacities = async (from: ReturnType<typeof createMetrics>): Promise<Sample[]> =>
    readExposition(await from.read()).filter(
      ({ name }) => name === 'plimsoll_capacity_concurrency',
    );

  test('a new answer takes the place of the old one, and an end that is gone is gone', async () => {
    const own = createMetrics('1');
    const first = answered(1_000, 1);
    const [tier] = first.result?.tiers ?? [];
    if (tier === undefined || first.result === undefined) throw new Error('no tier');
    own.meter.moved({ ...first, result: { ...first.result, tiers: [{ ...tier, upper: 1_100 }] } });
    expect((await capacities(own)).map(({ value }) => value)).toEqual([1_000, 1_100]);
    own.meter.moved(first);
    expect((await capacities(own)).map(({ value }) => value)).toEqual([1_000]);
  });

  test('ever new targets do not make ever more series', async () => {
    const own = createMetrics('1');
    for (let port = 1_000; port < 3_000; port++) own.meter.moved(answered(port, port));
    const kept = await capacities(own);
    expect(kept.length).toBe(300);
    expect(Math.min(...kept.map(({ value }) => value))).toBe(2_700);
  });

  test('are known again after a restart, the newest of each', async () => {
    const own = createMetrics('1');
    own.recall([answered(2_000, 9), answered(1_000, 8), answered(2_000, 7)]);
    expect((await capacities(own)).map(({ value }) => value)).toEqual([1_000, 2_000]);
  });
});

test('the reader of the page is strict', () => {
  const page = (line: string): string => `# HELP a_b x\n# TYPE a_b gauge\n${line}\n`;
  expect(readExposition(page('a_b{c="d\\"e"} 1'))).toEqual([
    { name: 'a_b', labels: { c: 'd\\"e' }, value: 1 },
  ]);
  for (const line of [
    'a_b{c="d} 1',
    'a_b{c="d"}',
    'a_c 1',
    'a_b 1\na_b 2',
    'a_b x',
    'a_b{c=1} 1',
  ]) {
    expect(() => readExposition(page(line)), line).toThrow();
  }
  expect(() => readExposition('# HELP a_total x\n# TYPE a_total gauge\na_total 1\n')).toThrow();
});
