/** Quotas at their edges: what fits is let in, one more is not, and the day ends at midnight UTC. */
import { expect, test } from 'vitest';
import { dayStartMs, NO_LOAD, quotaRefusal } from '../../../src/service/access/quota.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const load = (loadSeconds: number) => ({ ...NO_LOAD, loadSeconds });
const use = (spent: number, reserved: number, searches = 0) => ({
  searches,
  spent: load(spent),
  reserved: load(reserved),
});

test('what fits to the last second is let in', () => {
  expect(quotaRefusal({ loadSecondsPerDay: 100 }, use(40, 30), load(30), NOON)).toBeUndefined();
  expect(quotaRefusal({ searches: 2 }, use(0, 0, 1), load(1), NOON)).toBeUndefined();
  expect(quotaRefusal({}, use(1e9, 1e9, 1e9), load(1e9), NOON)).toBeUndefined();
});

test('one more is refused, until another may have ended or the day has', () => {
  const soon = quotaRefusal({ loadSecondsPerDay: 100 }, use(40, 31), load(30), NOON);
  expect(soon).toMatchObject({ retryAfterSeconds: 30 });
  const tomorrow = quotaRefusal({ loadSecondsPerDay: 100 }, use(70.5, 0), load(30), NOON);
  expect(tomorrow).toMatchObject({ retryAfterSeconds: 43_200 });
  expect(tomorrow?.detail).toContain('71 are used');
  expect(quotaRefusal({ searches: 2 }, use(0, 0, 2), load(1), NOON)).toBeDefined();
});

test.each([
  ['requestsPerDay', 'requests'],
  ['outputTokensPerDay', 'outputTokens'],
] as const)('%s', (quota, part) => {
  const asked = { ...NO_LOAD, [part]: 11 };
  const none = { searches: 0, spent: NO_LOAD, reserved: NO_LOAD };
  expect(quotaRefusal({ [quota]: 10 }, none, asked, NOON)).toBeDefined();
  expect(quotaRefusal({ [quota]: 11 }, none, asked, NOON)).toBeUndefined();
});

test('a day begins at midnight UTC', () => {
  expect(dayStartMs(NOON)).toBe(Date.parse('2026-11-24T00:00:00Z'));
  expect(dayStartMs(Date.parse('2026-11-24T00:00:00Z'))).toBe(Date.parse('2026-11-24T00:00:00Z'));
});
