import { describe, expect, test } from 'vitest';
import {
  addSpending,
  costOf,
  isSpent,
  NOTHING_SPENT,
  spentBy,
} from '../../../../src/service/runner/run/spending.ts';
import { observation } from '../../store/samples.ts';

const budget = { loadMs: 1_000, requests: 10, outputTokens: 100 };

describe('spending', () => {
  test('adds up what bursts cost, voided ones included', () => {
    const log = [observation(0), observation(1, { end: 'voided' })];
    expect(spentBy(log.map(costOf))).toEqual({ loadMs: 34_000, requests: 6, outputTokens: 96 });
    expect(spentBy([])).toEqual(NOTHING_SPENT);
  });

  test.each([
    [{ loadMs: 999, requests: 9, outputTokens: 99 }, false],
    [{ loadMs: 1_000, requests: 0, outputTokens: 0 }, true],
    [{ loadMs: 0, requests: 10, outputTokens: 0 }, true],
    [{ loadMs: 0, requests: 0, outputTokens: 100 }, true],
  ])('%j is all that there is: %s', (spent, over) => {
    expect(isSpent(budget, spent)).toBe(over);
    expect(isSpent(budget, addSpending(spent, NOTHING_SPENT))).toBe(over);
  });
});
