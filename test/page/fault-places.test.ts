/** Where a fault of the answer is shown on the form. */
import { expect, test } from 'vitest';
import { faultText, fieldOf } from '../../src/page/fault-places.js';

const FIELDS = ['/target/base_url', '/target/model', '/slo', '/load/min', '/labels'];

test.each([
  ['/load/min', '/load/min'],
  ['/slo/1/objectives', '/slo'],
  ['/labels/a~1b', '/labels'],
  ['/target', '/target/base_url'],
  ['/load', '/load/min'],
  ['/slow', undefined],
  ['', undefined],
  ['header:idempotency-key', undefined],
])('%j is shown at %j', (pointer, field) => {
  expect(fieldOf(pointer, FIELDS)).toBe(field);
});

test('a fault in an SLO says where', () => {
  const fault = { pointer: '/slo', expected: 'a unit', received: '"500"', line: 1, column: 13 };
  expect(faultText(fault)).toBe('Expected a unit at column 13; got "500".');
  const broken = { pointer: '/workload/file', expected: 'a JSON object', received: '{', line: 7 };
  expect(faultText(broken)).toBe('Expected a JSON object in line 7; got {.');
  expect(faultText({ ...fault, line: 2 })).toBe('Expected a unit at line 2, column 13; got "500".');
});
