/**
 * Bodies, queries and headers that mean harm, against every call that takes a body: each is one refusal with
 * a known code, nothing is started, nothing is a fault of ours, and the service goes on.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newHookSchema } from '../../../src/service/http/schemas/hook.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

let rig: HttpRig;
const paths = new Map<string, string>();
beforeAll(async () => {
  rig = await createHttpRig();
  const binding = {
    name: 'h',
    policies: ['chat'],
    targets: [searchBody()['target']],
    at_least: [4],
  };
  const hook = newHookSchema.parse(await (await rig.post('/v1/hooks', binding)).json());
  const ended = await idOf(await rig.post('/v1/searches', searchBody()));
  await rig.ended(ended);
  for (const path of ['/v1/searches', '/v1/gates', '/v1/hooks', '/v1/policies/check']) {
    paths.set(path, path);
  }
  paths.set('a hook', hook.path);
  paths.set('rejudge', `/v1/searches/${ended}/rejudge`);
});
afterAll(() => rig.dispose());

const CALLS = ['/v1/searches', '/v1/gates', '/v1/hooks', '/v1/policies/check', 'a hook', 'rejudge'];
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const manyKeys = JSON.stringify(
  Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
);

/** What is sent, the status, and a code that is on the list of faults (or the problem's own). */
const ROWS: readonly (readonly [string, string | Uint8Array, number, string])[] = [
  ['30,000 levels of objects', nested(30_000), 400, 'too_deep'],
  ['33 levels', nested(33), 400, 'too_deep'],
  ['200,000 open brackets', '['.repeat(200_000), 400, 'too_deep'],
  ['a long string without its end', `{"a":"${'['.repeat(250_000)}`, 400, 'invalid_json'],
  ['escapes without an end', `{"a":"${'\\\\'.repeat(120_000)}`, 400, 'invalid_json'],
  ['not UTF-8', bytes(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d), 400, 'invalid_utf8'],
  ['UTF-16', bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00), 400, 'invalid_utf8'],
  ['a lone surrogate in bytes', bytes(0x22, 0xed, 0xa0, 0x80, 0x22), 400, 'invalid_utf8'],
  ['null bytes', '{"a"\u0000:1}', 400, 'invalid_json'],
  ['nothing but null bytes', '\u0000'.repeat(1_000), 400, 'invalid_json'],
  ['NaN', '{"confidence": NaN}', 400, 'invalid_json'],
  ['Infinity', '{"confidence": -Infinity}', 400, 'invalid_json'],
  ['a number with a million digits, cut', `{"a": ${'9'.repeat(200_000)}`, 400, 'invalid_json'],
  ['a key twice', '{"slo":"p99(ttft) < 1 s","slo":"p1(ttft) < 9 h"}', 400, 'duplicate_key'],
  ['a key twice, once escaped', '{"slo":"x","s\\u006co":"y"}', 400, 'duplicate_key'],
  ['a key twice, deep inside', '{"target":{"a":[{"b":1,"b":2}]}}', 400, 'duplicate_key'],
  ['__proto__', '{"__proto__":{"slo":"p99(ttft) < 1 s"}}', 400, 'unknown_key'],
  [
    '__proto__ inside',
    '{"target":{"__proto__":{"base_url":"http://127.0.0.1/v1"}}}',
    400,
    'unknown_key',
  ],
  ['ten megabytes', `{"a":"${'x'.repeat(10_000_000)}"}`, 413, 'body_too_large'],
  ['ten megabytes of white space', ' '.repeat(10_000_000), 413, 'body_too_large'],
];

async function codesOf(response: Response): Promise<readonly string[]> {
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return [problem.code, ...(problem.errors ?? []).map((fault) => fault.code)];
}

async function send(call: string, body: string | Uint8Array, headers = {}): Promise<Response> {
  return rig.call(paths.get(call) ?? call, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body instanceof Uint8Array ? new Blob([Uint8Array.from(body)]) : body,
  });
}

test.each(CALLS.flatMap((call) => ROWS.map((row) => [call, ...row] as const)))(
  '%s: %s',
  async (call, _, body, status, code) => {
    const sessions = rig.sessions.length;
    const response = await send(call, body);
    expect(response.status).toBe(status);
    expect(await codesOf(response)).toContain(code);
    expect(rig.sessions.length).toBe(sessions);
    expect(rig.failures).toEqual([]);
  },
);

test.each(CALLS)('%s: types that are not JSON, and coded bodies', async (call) => {
  for (const headers of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/xml' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    { 'content-type': 'application/json, text/plain' },
  ]) {
    const response = await send(call, '{}', headers);
    expect([response.status, (await codesOf(response))[0]]).toEqual([
      415,
      'unsupported_media_type',
    ]);
  }
});

test.each(['/v1/searches', '/v1/gates', '/v1/policies/check'])(
  '%s: numbers beyond all measure, in every place that takes one',
  async (call) => {
    for (const place of ['"confidence":', '"seed":', '"budget":{"requests":']) {
      for (const number of ['1e999', '-1e999', '9'.repeat(400), '1e-999', '0.1e400']) {
        const close = place.includes('{') ? '}' : '';
        const text = `{"target":{"base_url":"http://127.0.0.1:8000/v1"},"slo":"p9(ttft)",${place}${number}${close}}`;
        const response = await send(call, text);
        const { errors } = (await response.json()) as { errors: unknown[] };
        expect([200, 400]).toContain(response.status);
        // One beyond all measure downwards is zero, and a seed may be zero.
        expect(errors.length).toBeGreaterThan(number === '1e-999' ? 0 : 1);
      }
    }
  },
);

test('thousands of terms, tiers and labels', async () => {
  const term = 'p99(ttft) < 1 s and ';
  for (const [change, code] of [
    [{ slo: `${term.repeat(5_000)}p99(e2e) < 1 s` }, 'slo_too_long'],
    [{ slo: '('.repeat(1_900) }, 'slo_'],
    [{ slo: `${'-'.repeat(1_900)}1` }, 'slo_'],
    [
      {
        slo: Array.from({ length: 5_000 }, (_, i) => ({
          name: `t${i}`,
          objectives: 'p99(ttft) < 1 s',
        })),
      },
      'wrong_length',
    ],
    [
      { labels: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`l${i}`, 'x'])) },
      'wrong_length',
    ],
  ] as const) {
    const response = await rig.post('/v1/searches', searchBody(change));
    expect(response.status).toBe(400);
    expect((await codesOf(response)).join(' ')).toContain(code);
  }
});

test('ten thousand unknown keys are told in an answer of bounded size', async () => {
  const response = await send('/v1/searches', manyKeys);
  const text = await response.text();
  expect(text.length).toBeLessThan(50_000);
  const { errors = [] } = problemSchema.parse(JSON.parse(text));
  expect(errors).toHaveLength(201);
  expect(errors.at(-1)).toMatchObject({
    code: 'more_faults',
    received: expect.stringMatching(/^98\d\d more/),
  });
});

test.each([
  ['/v1/searches?limit=1e9', 'query:limit'],
  ['/v1/searches?limit=-1', 'query:limit'],
  ['/v1/searches?__proto__=1', 'query:__proto__'],
  ['/v1/searches?constructor=1', 'query:constructor'],
  ['/v1/searches?state=done&state=failed', 'query:state'],
  ['/v1/searches?label=%00', 'query:label'],
  [`/v1/searches?cursor=${'A'.repeat(3_000)}`, 'query:cursor'],
  ['/v1/searches?cursor=bm90IG91cnM', 'query:cursor'],
  ['/v1/searches?since=9999999999999', 'query:since'],
  ['/v1/gates?limit=0', 'query:limit'],
  ['/v1/policies?x=1', 'query:x'],
])('%s', async (path, pointer) => {
  const response = await rig.call(path);
  expect(response.status).toBe(400);
  const { errors = [] } = problemSchema.parse(await response.json());
  expect(errors.map((fault) => fault.pointer)).toContain(pointer);
});

test('what is odd and harmless is data: null characters, emoji, right-to-left, in texts and filters', async () => {
  const labels = { a: '\u0000', b: '\u202e\u{1f4a9}', c: "'; drop table search; --" };
  const response = await rig.post('/v1/searches', searchBody({ labels, on_busy: 'queue' }));
  expect(response.status).toBe(202);
  const id = await idOf(response);
  for (const [name, value] of Object.entries(labels)) {
    const list = await rig.call(`/v1/searches?label=${encodeURIComponent(`${name}=${value}`)}`);
    expect(await list.json()).toMatchObject({ searches: [{ id, labels }] });
  }
  await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
});

test('and the service goes on', async () => {
  expect((await rig.call('/healthz')).status).toBe(200);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
