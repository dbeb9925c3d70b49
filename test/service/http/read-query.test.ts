import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/core/base/fault.ts';
import { eventsQuery, listQuery, pendingQuery } from '../../../src/service/http/queries.ts';
import {
  readIdempotencyKey,
  readLastEventId,
  readQuery,
  readWait,
} from '../../../src/service/http/read-query.ts';

function wait(prefer: string): number | string | undefined {
  const faults: Fault[] = [];
  return readWait(new Headers({ prefer }), faults) ?? faults[0]?.code;
}

describe('Prefer', () => {
  test.each([
    ['wait=10', 10],
    ['wait=0', 0],
    ['wait=3600', 55],
    ['respond-async, wait=7', 7],
    ['Wait = "12"; foo=bar', 12],
    ['wait=5, wait=9', 5],
    ['respond-async', undefined],
    ['waiting=3', undefined],
    ['wait', 'invalid_value'],
    ['wait=soon', 'invalid_value'],
    ['wait=-1', 'invalid_value'],
    ['wait=1.5', 'invalid_value'],
  ])('%s', (prefer, expected) => {
    expect(wait(prefer)).toBe(expected);
  });
});

describe('Idempotency-Key', () => {
  test.each([
    ['"quoted"', 'quoted'],
    ['bare', 'bare'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), 'invalid_value'],
    ['""', 'invalid_value'],
    ['two words', 'invalid_value'],
  ])('%s', (given, expected) => {
    const faults: Fault[] = [];
    const key = readIdempotencyKey(new Headers({ 'idempotency-key': given }), faults);
    expect(key ?? faults[0]?.code).toBe(expected);
  });
});

test.each([
  ['17', 17],
  ['', undefined],
  ['abc', 'invalid_value'],
  ['-1', 'invalid_value'],
])('Last-Event-ID %s', (given, expected) => {
  const faults: Fault[] = [];
  expect(readLastEventId(new Headers({ 'last-event-id': given }), faults) ?? faults[0]?.code).toBe(
    expected,
  );
});

describe('queries', () => {
  test('defaults and values', () => {
    expect(readQuery('http://x/?limit=7&label=a%3Db', listQuery, [])).toEqual({
      limit: 7,
      label: 'a=b',
    });
    expect(readQuery('http://x/', listQuery, [])).toEqual({ limit: 20 });
    expect(readQuery('http://x/?after=0', eventsQuery, [])).toEqual({ after: 0, limit: 200 });
    expect(readQuery('http://x/?pending=409', pendingQuery, [])).toEqual({ pending: '409' });
  });

  test('all faults at once: values, unknown names, repeated names', () => {
    const faults: Fault[] = [];
    const url = 'http://x/?limit=1e2&state=lost&nope=1&since=yesterday&policy=a&policy=b&label==';
    expect(readQuery(url, listQuery, faults)).toBeUndefined();
    const seen = faults.map(({ pointer, code }) => `${pointer} ${code}`).sort();
    expect(seen).toEqual([
      'query:label invalid_value',
      'query:limit invalid_value',
      'query:nope unknown_key',
      'query:policy repeated',
      'query:since invalid_value',
      'query:state invalid_value',
    ]);
    expect(faults.find((fault) => fault.pointer === 'query:limit')?.received).toBe('1e2');
  });

  test.each([
    [listQuery, 'limit', ['x', '0', '101', '1.5', '', '1e2'], 'a whole number from 1 to 100'],
    [eventsQuery, 'after', ['x', '-1'], 'a whole number, at least 0'],
    [listQuery, 'state', ['lost', ''], 'one of queued, running, done, failed, cancelled, expired'],
    [pendingQuery, 'pending', ['yes'], 'one of 409'],
    [
      listQuery,
      'since',
      ['yesterday', '2026-11-24'],
      'a time with its zone, such as 2026-11-24T02:00:00Z',
    ],
    [listQuery, 'label', ['commit', '=b'], 'a label as `key=value`'],
    [listQuery, 'cursor', ['%20', '..'], '`next_cursor` of the page before'],
    [listQuery, 'policy', ['x'.repeat(2_001)], 'at most 2000 characters'],
    [listQuery, 'target', ['x'.repeat(2_001)], 'at most 2000 characters'],
  ] as const)(
    '%# says what a parameter takes in our own words',
    (schema, name, values, expected) => {
      for (const value of values) {
        const faults: Fault[] = [];
        readQuery(`http://x/?${name}=${value}`, schema, faults);
        expect(faults).toMatchObject([
          { pointer: `query:${name}`, code: 'invalid_value', expected },
        ]);
      }
    },
  );

  test('every parameter there is has words of its own', () => {
    const unfit = '\u0000'.repeat(5_000);
    for (const schema of [listQuery, eventsQuery, pendingQuery]) {
      for (const name of Object.keys(schema.shape)) {
        const faults: Fault[] = [];
        readQuery(`http://x/?${name}=${encodeURIComponent(unfit)}`, schema, faults);
        expect(faults.map((fault) => fault.pointer)).toContain(`query:${name}`);
        for (const fault of faults)
          expect(fault.expected).not.toMatch(/invalid|too (big|small)|received/i);
      }
    }
  });

  test('names of the prototype are names like others', () => {
    const faults: Fault[] = [];
    readQuery('http://x/?__proto__=1&constructor=2', listQuery, faults);
    expect(faults.map((fault) => fault.pointer).sort()).toEqual([
      'query:__proto__',
      'query:constructor',
    ]);
  });
});
