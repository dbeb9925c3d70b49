/** Everything that the service refuses: the code, the status, every fault at once, and nothing started. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../../src/service/http/errors.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { createHttpRig, type HttpRig, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  // Nothing was started, and nothing was a fault of ours.
  const list = await rig.call('/v1/searches');
  expect(await list.json()).toEqual({ searches: [], next_cursor: null });
  expect(rig.sessions).toEqual([]);
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

/** `pointer code` of every fault. */
async function faultsOf(response: Response): Promise<readonly string[]> {
  const { errors = [] } = await problemOf(response);
  return errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();
}

describe('routes', () => {
  test.each([
    ['GET', '/nowhere', 'route_not_found'],
    ['GET', '/v1', 'route_not_found'],
    ['GET', '/v1/searches/', 'route_not_found'],
    ['POST', '/v1/nothing', 'route_not_found'],
    ['POST', '/v1/hooks/abc', 'hook_not_found'],
    ['GET', '/v1/campaigns', 'route_not_found'],
    ['GET', '/v1/searches/x/report', 'search_not_found'],
    ['GET', '/v1/searches/%E0%A4%A', 'search_not_found'],
    ['GET', '/v1/searches/..%2f..%2fetc', 'search_not_found'],
    ['GET', `/v1/searches/${'x'.repeat(5_000)}`, 'search_not_found'],
    ['GET', '/v1/searches/nope', 'search_not_found'],
    ['GET', '/v1/searches/nope/summary', 'search_not_found'],
    ['GET', '/v1/searches/nope/frontier', 'search_not_found'],
    ['GET', '/v1/searches/nope/probes', 'search_not_found'],
    ['GET', '/v1/searches/nope/log', 'search_not_found'],
    ['GET', '/v1/searches/nope/requests', 'search_not_found'],
    ['GET', '/v1/searches/nope/events', 'search_not_found'],
    ['POST', '/v1/searches/nope/cancel', 'search_not_found'],
    ['GET', '/v1/policies/nope', 'policy_not_found'],
    ['GET', '/v1/policies/__proto__', 'policy_not_found'],
  ] as const)('%s %s is %s', async (method, path, code) => {
    const response = await rig.call(path, { method });
    expect(response.status).toBe(PROBLEMS[code].status);
    expect((await problemOf(response)).code).toBe(code);
  });

  test.each([
    ['DELETE', '/v1/searches', 'POST, GET, HEAD'],
    ['PUT', '/v1/searches/abc', 'GET, HEAD'],
    ['GET', '/v1/searches/abc/cancel', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/v1/searches', 'POST, GET, HEAD'],
    ['PROPFIND', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const response = await rig.call(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect((await problemOf(response)).code).toBe('method_not_allowed');
  });

  test('the same place under another host name or from another page', async () => {
    const rebound = await rig.call('/v1/searches', { headers: { host: 'evil.example' } });
    expect(await problemOf(rebound)).toMatchObject({ status: 421, code: 'misdirected_request' });
    const crossed = await rig.post('/v1/searches', searchBody(), {
      origin: 'https://evil.example',
    });
    expect(await problemOf(crossed)).toMatchObject({ status: 403, code: 'cross_origin' });
  });
});

describe('bodies', () => {
  test.each([
    ['no body', '', 'invalid_json'],
    ['half a body', '{"target":', 'invalid_json'],
    ['NaN', '{"seed": NaN}', 'invalid_json'],
    ['100,000 brackets', '['.repeat(100_000), 'too_deep'],
  ])('%s', async (_name, body, code) => {
    const response = await rig.post('/v1/searches', body);
    expect(response.status).toBe(400);
    expect(await faultsOf(response)).toEqual([` ${code}`]);
  });

  test.each(['null', '[]', '"text"', '7', 'true'])('%s is no search', async (body) => {
    const response = await rig.post('/v1/searches', body);
    expect(response.status).toBe(400);
    expect((await faultsOf(response)).length).toBeGreaterThan(0);
  });

  test('ten megabytes', async () => {
    const response = await rig.post(
      '/v1/searches',
      `{"labels": {"a": "${'x'.repeat(10_000_000)}"}}`,
    );
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s',
    async (type) => {
      const response = await rig.post('/v1/searches', JSON.stringify(searchBody()), {
        'content-type': type,
      });
      expect(await problemOf(response)).toMatchObject({
        status: 415,
        code: 'unsupported_media_type',
        errors: [{ pointer: 'header:content-type', received: type }],
      });
    },
  );

  test('numbers beyond all measure', async () => {
    const text = JSON.stringify(searchBody()).replace('"seed":7', '"seed":1e999');
    const response = await rig.post('/v1/searches', text);
    expect(response.status).toBe(400);
    expect(await faultsOf(response)).toEqual([expect.stringContaining('/seed ')]);
  });

  test('keys of the prototype, at the top and inside', async () => {
    const top = await rig.post('/v1/searches', '{"__proto__": {"admin": true}}');
    expect(await faultsOf(top)).toEqual(['/__proto__ unknown_key']);
    const inside = await rig.post('/v1/searches', searchBody({ constructor: 1, toString: {} }));
    expect(await faultsOf(inside)).toEqual(['/constructor unknown_key', '/toString unknown_key']);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });
});

describe('questions', () => {
  test('body, query and headers together', async () => {
    const body = searchBody({
      slo: [{ name: 'gold', objectives: 'p99(ttft) < 500 and p95(tpott) < 50 ms' }],
      load: { axis: 'concurrency', min: 64, max: 8 },
      target: { base_url: 'http://10.0.0.1:8000/v1', api_key_ref: 'env:PATH' },
      on_busy: 'push',
      lease_seconds: 'soon',
      extra: 1,
    });
    const response = await rig.post('/v1/searches?pending=yes&nope=1', body, {
      prefer: 'wait=soon',
      'idempotency-key': 'x'.repeat(300),
    });
    expect(response.status).toBe(400);
    const { errors = [] } = await problemOf(response);
    const pointers = new Set(errors.map(({ pointer }) => pointer));
    for (const pointer of [
      'query:pending',
      'query:nope',
      'header:prefer',
      'header:idempotency-key',
      '/on_busy',
      '/lease_seconds',
      '/extra',
      '/slo/0/objectives',
      '/target/base_url',
      '/target/api_key_ref',
    ]) {
      expect(pointers, pointer).toContain(pointer);
    }
    expect([...pointers].some((pointer) => pointer.startsWith('/load'))).toBe(true);
    const columns = errors
      .filter(({ pointer }) => pointer === '/slo/0/objectives')
      .map(({ column }) => column);
    // The bare number and the unknown metric, each with its place.
    expect(columns).toHaveLength(2);
    for (const column of columns) expect(column).toBeGreaterThan(1);
    for (const { expected, received } of errors) {
      expect(expected).not.toBe('');
      expect(received.length).toBeLessThan(300);
    }
  });

  test.each([
    'http://10.0.0.1:8000/v1',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00::1]:8000/v1',
    'http://0.0.0.0:8000/v1',
    'http://[::]:8000/v1',
    'ftp://127.0.0.1/v1',
    'file:///etc/passwd',
    'http://user:s3cret@127.0.0.1:8000/v1',
    'not a url',
    '',
  ])('the target %s', async (base_url) => {
    const response = await rig.post('/v1/searches', searchBody({ target: { base_url } }));
    expect(response.status).toBe(400);
    const faults = await faultsOf(response);
    expect(faults.every((fault) => fault.startsWith('/target/base_url '))).toBe(true);
    expect(faults.length).toBeGreaterThan(0);
  });

  test.each([
    ['nothing', {}],
    ['an unknown policy', searchBody({ policy: 'nope', slo: undefined })],
    ['an unknown key deep inside', searchBody({ workload: { kind: 'synthetic', inputs: 1 } })],
    [
      'a thousand terms',
      searchBody({ slo: [{ name: 'a', objectives: 'p99(ttft) < 1 s and '.repeat(1_000) }] }),
    ],
    ['an SLO of zero bytes', searchBody({ slo: [{ name: 'a', objectives: '\u0000' }] })],
    ['no tier', searchBody({ slo: [] })],
    ['a negative budget', searchBody({ budget: { load_seconds: -1 } })],
    ['a confidence of 1', searchBody({ confidence: 1 })],
  ])('%s', async (_name, body) => {
    const response = await rig.post('/v1/searches', body);
    expect(response.status).toBe(400);
    expect((await faultsOf(response)).length).toBeGreaterThan(0);
  });
});

test.each([
  '/v1/searches?limit=0',
  '/v1/searches?limit=1000',
  '/v1/searches?cursor=%00%01nonsense',
  '/v1/searches?state=lost',
  '/v1/searches?since=yesterday',
  '/v1/searches?label=x',
  '/v1/searches?x=1',
  '/v1/policies?x=1',
])('the query of %s', async (path) => {
  const response = await rig.call(path);
  expect(response.status).toBe(400);
  const faults = await faultsOf(response);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^query:/);
});

test('every refusal is told to the access log with its id', async () => {
  const response = await rig.call('/nowhere');
  const problem = await problemOf(response);
  expect(rig.access.at(-1)).toMatchObject({
    method: 'GET',
    path: '/nowhere',
    status: 404,
    requestId: problem.request_id,
  });
  expect(response.headers.get('x-request-id')).toBe(problem.request_id);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});
