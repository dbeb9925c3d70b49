/** Expected failures are values; broken invariants throw and say so. */
import { expect, test } from 'vitest';
import { assert, err, ok, unreachable } from '../../../src/core/base/result.ts';

test('a result says which it is', () => {
  expect(ok(3)).toEqual({ ok: true, value: 3 });
  expect(err('why')).toEqual({ ok: false, error: 'why' });
});

test('a broken invariant throws with its message, a kept one does not', () => {
  expect(() => assert(1 > 2, 'numbers broke')).toThrow('Internal error: numbers broke');
  expect(() => assert(2 > 1, 'numbers broke')).not.toThrow();
});

test('the end of a switch that cannot be reached names what reached it', () => {
  const wrong: { kind: string } = { kind: 'new' };
  // @ts-expect-error: the type system refuses it, which is the point of `never`.
  expect(() => unreachable(wrong)).toThrow('{"kind":"new"}');
});
