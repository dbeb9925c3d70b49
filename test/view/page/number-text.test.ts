/** Numbers for people: three digits, units, no locale. */
import { expect, test } from 'vitest';
import {
  countText,
  measuredText,
  msText,
  numberText,
  percentText,
  secondsText,
  timeText,
} from '../../../src/view/page/number-text.ts';

test.each([
  [countText(1_234_567), '1,234,567'],
  [countText(999), '999'],
  [numberText(0.123456), '0.123'],
  [numberText(12_345), '12,300'],
  [numberText(Number.NaN), 'not known'],
  [msText(412.34), '412 ms'],
  [msText(1_234), '1.23 s'],
  [secondsText(59.6), '60 s'],
  [secondsText(120), '2 min'],
  [secondsText(125), '2 min 5 s'],
  [percentText(0.05), '5 %'],
  [measuredText(31.46, 'req/s'), '31.5 req/s'],
  [measuredText(0.0012, 'ratio'), '0.12 %'],
  [timeText(Date.UTC(2026, 10, 25, 1, 40, 33)), '2026-11-25 01:40:33'],
])('%s', (text, expected) => {
  expect(text).toBe(expected);
});
