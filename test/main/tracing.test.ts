/**
 * From the API call through the controller's decisions to each probe: the spans that a real collector on
 * loopback receives from a whole service (real app, runner, store; load in virtual time).
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTracing } from '../../src/tracing.ts';
import { createHttpRig, idOf, searchBody } from '../service/http/http-rig.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';
import { startService, temporaryFolder } from './processes.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = `00-${TRACE}-00f067aa0ba902b7-01`;

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

const warnings: string[] = [];
const start = (env: Record<string, string> = {}) => {
  // The exporter reads the process' environment by itself, as the standard says.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  return startTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env }, '1.2.3', (line) =>
    warnings.push(line),
  );
};
afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  warnings.length = 0;
});

const named = (name: string): ReceivedSpan[] => receiver.spans.filter((span) => span.name === name);
const below = (parent: ReceivedSpan): ReceivedSpan[] =>
  receiver.spans.filter((span) => span.parentId === parent.spanId);

test('one tree from the call to every probe, under the trace of the caller', async () => {
  const tracing = await start();
  const rig = await createHttpRig({}, { tracer: tracing.tracer });
  const answer = await rig.post('/v1/searches', searchBody(), {
    traceparent: CALLER,
    tracestate: 'vendor=1',
  });
  const id = await idOf(answer);
  const record = await rig.ended(id);
  await rig.dispose();
  await tracing.stop();

  const [call] = named('POST /v1/searches');
  const [search] = named('search');
  if (call === undefined || search === undefined) throw new Error('no spans');
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  expect(call).toMatchObject({
    parentId: '00f067aa0ba902b7',
    kind: 2,
    attributes: { 'http.route': '/v1/searches', 'http.response.status_code': 202 },
    resource: { 'service.name': 'plimsoll', 'service.version': '1.2.3' },
  });
  expect(search).toMatchObject({
    parentId: call.spanId,
    attributes: {
      'plimsoll.search.id': id,
      'plimsoll.search.resumed': false,
      'plimsoll.search.state': 'done',
    },
  });

  const probes = named('probe');
  expect(probes.length).toBe(record.result?.probes);
  for (const probe of probes) {
    expect(probe.parentId).toBe(search.spanId);
    expect(probe.attributes['plimsoll.probe.outcome']).toBe('finished');
    const parts = below(probe).map(({ name }) => name);
    expect(parts.sort()).toEqual(['burst', 'open generators', 'store probe']);
  }
  // Each probe is linked to the decision that asked for it; the last decision asks for none.
  const decisions = named('decide');
  expect(decisions.length).toBe(probes.length + 1);
  for (const probe of probes) {
    const decision = decisions.find(({ spanId }) => probe.links.includes(spanId));
    expect(decision?.parentId).toBe(search.spanId);
    expect(decision?.attributes).toMatchObject({
      'plimsoll.decision': 'probe',
      'plimsoll.load': probe.attributes['plimsoll.load'],
      'plimsoll.reason': expect.any(String),
    });
    expect(decision && decision.endNs <= probe.startNs).toBe(true);
  }
  const done = decisions.filter(({ attributes }) => attributes['plimsoll.decision'] === 'done');
  expect(done.map(({ attributes }) => attributes['plimsoll.stopped'])).toEqual([
    record.result?.stopped,
  ]);
  expect(named('check target').map(({ parentId }) => parentId)).toEqual([search.spanId]);
});

test('a search that a restart interrupts keeps its trace', async () => {
  const tracing = await start();
  const rig = await createHttpRig({}, { tracer: tracing.tracer });
  let release: () => void = () => {};
  let begun = 0;
  rig.knobs.fate = () => {
    begun += 1;
    if (begun === 2) {
      rig.knobs.hold = new Promise((resolve) => {
        release = resolve;
      });
    }
    return undefined;
  };
  const id = await idOf(await rig.post('/v1/searches', searchBody(), { traceparent: CALLER }));
  await expect.poll(() => begun).toBe(2);
  rig.knobs.hold = undefined;
  await rig.restart();
  release();
  await rig.runner.waitUntilEnded(id, 2_500_000, AbortSignal.timeout(50_000));
  await rig.dispose();
  await tracing.stop();

  const runs = named('search');
  expect(runs.map(({ attributes }) => attributes['plimsoll.search.resumed'])).toEqual([
    false,
    true,
  ]);
  expect(runs.map(({ attributes }) => attributes['plimsoll.search.outcome'])).toEqual([
    'left',
    'ended',
  ]);
  expect(runs.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE]);
  expect(runs[0]?.parentId).toBe(runs[1]?.parentId);
  for (const run of runs) expect(below(run).some(({ name }) => name === 'probe')).toBe(true);
});

describe('the target is told', () => {
  const propagating = searchBody({
    target: { base_url: 'http://127.0.0.1:8000/v1', propagate_trace: true },
  });

  test('the span of its burst, when asked', async () => {
    const tracing = await start();
    const rig = await createHttpRig({}, { tracer: tracing.tracer });
    const id = await idOf(
      await rig.post('/v1/searches', propagating, { traceparent: CALLER, tracestate: 'vendor=1' }),
    );
    await rig.ended(id);
    await rig.dispose();
    await tracing.stop();
    const told = rig.bursts.map(({ plan }) => plan.trace);
    expect(told).toEqual(
      named('probe').map(({ spanId }) => ({
        traceparent: `00-${TRACE}-${spanId}-01`,
        tracestate: 'vendor=1',
      })),
    );
  });

  test('nothing, when not asked', async () => {
    const rig = await createHttpRig();
    const id = await idOf(await rig.post('/v1/searches', searchBody(), { traceparent: CALLER }));
    await rig.ended(id);
    await rig.dispose();
    expect(rig.bursts.map(({ plan }) => plan.trace)).toEqual(rig.bursts.map(() => undefined));
  });

  test('also where this service is not traced: the place of the caller, or one of its own', async () => {
    const rig = await createHttpRig();
    await rig.ended(
      await idOf(await rig.post('/v1/searches', propagating, { traceparent: CALLER })),
    );
    const first = rig.bursts.length;
    await rig.ended(await idOf(await rig.post('/v1/searches', propagating)));
    await rig.dispose();
    const told = rig.bursts.map(({ plan }) => plan.trace?.traceparent ?? '');
    expect(new Set(told.slice(0, first))).toEqual(new Set([CALLER]));
    const [own, ...others] = new Set(told.slice(first));
    expect(others).toEqual([]);
    expect(own).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('the environment decides', () => {
  test.each([
    ['nothing set', {}, 0],
    ['switched off', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, 0],
    ['exporter none', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, 0],
    ['an exporter we lack', { OTEL_TRACES_EXPORTER: 'zipkin' }, 1],
    [
      'a protocol we lack',
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' },
      1,
    ],
  ])('%s: no spans', async (_what, env, told) => {
    const lines: string[] = [];
    const { tracer } = await startTracing(env, '1.2.3', (line) => lines.push(line));
    expect(tracer.startSpan('x').isRecording()).toBe(false);
    expect(lines.length).toBe(told);
  });

  test.each([
    ['always_off', '', false],
    ['parentbased_always_on', '', true],
    ['traceidratio', '0', false],
    ['traceidratio', '1', true],
    ['of the future', '', true],
  ])('sampler %s %s', async (sampler, arg, recorded) => {
    const tracing = await start({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: arg });
    expect(tracing.tracer.startSpan('x').isRecording()).toBe(recorded);
    await tracing.stop();
    expect(warnings.length).toBe(sampler === 'of the future' ? 1 : 0);
  });
});

test('the service as a process: wired, named, flushed at its stop, and unharmed by a dead collector', async () => {
  const folder = temporaryFolder();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'gate-keeper' };
  const { url, program } = await startService(folder, env);
  const headers = { traceparent: CALLER };
  expect((await fetch(`${url}/v1/policies`, { headers })).status).toBe(200);
  expect((await fetch(`${url}/healthz`, { headers })).status).toBe(200);
  program.child.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);
  expect(receiver.spans).toMatchObject([
    { name: 'GET /v1/policies', traceId: TRACE, resource: { 'service.name': 'gate-keeper' } },
  ]);

  await receiver.close();
  receiver = await startOtlpReceiver();
  // Nobody listens on the discard port of loopback.
  const dead = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const again = await startService(folder, dead);
  expect((await fetch(`${again.url}/v1/policies`)).status).toBe(200);
  const before = performance.now();
  again.program.child.kill('SIGTERM');
  expect((await again.program.ended).code).toBe(0);
  expect(performance.now() - before).toBeLessThan(4_500);
  folder.remove();
});
