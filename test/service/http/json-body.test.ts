import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../../src/service/http/errors.ts';
import { parseJsonBytes, readJsonBody } from '../../../src/service/http/json-body.ts';
import { jsonFaultAt } from '../../../src/service/http/json-place.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function post(body: string, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

describe('what is JSON is what JSON.parse says', () => {
  test('any JSON value of bounded depth comes through', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'small' }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parseJsonBytes(bytes(text))).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('the place of a fault is where the text stops being JSON', () => {
    const damage = fc.tuple(fc.json({ depthSize: 'small' }), fc.nat(), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(damage, ([json, where, text]) => {
        const cut = where % (json.length + 1);
        const damaged = json.slice(0, cut) + text + json.slice(cut + 1);
        const read = parseJsonBytes(bytes(damaged));
        if (read.ok || read.error.kind !== 'invalid') return;
        const [fault] = read.error.faults;
        fc.pre(fault?.code === 'invalid_json' && !damaged.includes('\n'));
        const at = (fault?.column ?? 0) - 1;
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(damaged.length);
        // What stands before it can still become JSON, so the fault is not further left.
        expect(jsonFaultAt(damaged.slice(0, at))).toBe(at);
      }),
    );
  });

  test('any bytes are refused or parsed, never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        const read = parseJsonBytes(input);
        expect(read.ok || read.error.kind === 'invalid').toBe(true);
      }),
    );
  });
});

test.each([
  ['nothing', '', 'invalid_json', 'an empty body', 1, 1],
  ['an open object', '{"a": 1', 'invalid_json', 'the end of the body', 1, 8],
  ['a second line', '{\n "a": x }', 'invalid_json', 'x }', 2, 7],
  ['NaN', '{"a": NaN}', 'invalid_json', 'NaN}', 1, 7],
  ['single quotes', "{'a': 1}", 'invalid_json', "'a': 1}", 1, 2],
])('%s', (_name, text, code, received, line, column) => {
  const read = parseJsonBytes(bytes(text));
  expect(read).toMatchObject({
    ok: false,
    error: { kind: 'invalid', faults: [{ pointer: '', code, received, line, column }] },
  });
});

describe('hostile bodies', () => {
  test('deep nesting is counted, not recursed into', () => {
    const read = parseJsonBytes(bytes(`${'['.repeat(100_000)}${']'.repeat(100_000)}`));
    expect(read).toMatchObject({
      error: { faults: [{ code: 'too_deep', received: '100000 levels' }] },
    });
  });

  test('brackets and quotes inside strings are no nesting', () => {
    const text = JSON.stringify({ a: '[{"'.repeat(500), b: '\\"[' });
    expect(parseJsonBytes(bytes(text)).ok).toBe(true);
  });

  test('__proto__ is named with its place, at any depth', () => {
    const read = parseJsonBytes(bytes('{"a": [{"__proto__": {"x": 1}}]}'));
    expect(read).toMatchObject({
      error: { faults: [{ pointer: '/a/0/__proto__', code: 'unknown_key' }] },
    });
  });

  test('bytes that are not UTF-8', () => {
    expect(parseJsonBytes(new Uint8Array([0x22, 0xff, 0xfe, 0x22]))).toMatchObject({
      error: { faults: [{ code: 'invalid_utf8' }] },
    });
  });

  test('a body over the limit, announced or not', async () => {
    const large = 'x'.repeat(MAX_BODY_BYTES + 1);
    const chunked = new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes('x'.repeat(65_536)));
      },
    });
    const request = new Request('http://localhost/', {
      method: 'POST',
      body: chunked,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    });
    expect(await readJsonBody(post(large))).toMatchObject({ error: { kind: 'too_large' } });
    // It never ends: only counting while it comes can refuse it.
    expect(await readJsonBody(request)).toMatchObject({ error: { kind: 'too_large' } });
  });
});

describe('media types', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/merge-patch+json',
  ])('%s is taken', async (type) => {
    expect(await readJsonBody(post('{}', { 'content-type': type }))).toEqual({
      ok: true,
      value: {},
    });
  });

  test.each([
    ['text/plain', 'text/plain', 'header:content-type'],
    ['application/json; charset=latin1', 'application/json; charset=latin1', 'header:content-type'],
    ['', 'none', 'header:content-type'],
  ])('%s is refused', async (type, received, pointer) => {
    const request = post('{}', { 'content-type': type });
    if (type === '') request.headers.delete('content-type');
    expect(await readJsonBody(request)).toMatchObject({
      error: { kind: 'media_type', fault: { pointer, received } },
    });
  });

  test('a compressed body is refused', async () => {
    expect(await readJsonBody(post('{}', { 'content-encoding': 'gzip' }))).toMatchObject({
      error: { fault: { pointer: 'header:content-encoding', received: 'gzip' } },
    });
  });
});
