/** The clock of a load that fluctuates: its mean over a period is 1, and there and back is the same time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLoadClock, fluctuationPeriodMs } from '../../../src/core/workload/fluctuation.ts';
import type { FluctuationSpec } from '../../../src/core/workload/spec.ts';

const waves: readonly (readonly [string, FluctuationSpec])[] = [
  ['sine', { kind: 'sine', periodMs: 8_000, amplitude: 0.7 }],
  ['full sine', { kind: 'sine', periodMs: 100, amplitude: 1 }],
  ['square', { kind: 'square', periodMs: 10_000, amplitude: 3, dutyRatio: 0.2 }],
  ['on and off', { kind: 'square', periodMs: 1_000, amplitude: 3, dutyRatio: 0.25 }],
  ['series', { kind: 'series', stepMs: 500, rates: [1, 0, 4, 2, 0] }],
];

describe.each(waves)('%s', (_name, wave) => {
  const clock = createLoadClock(wave, 300);
  const periodMs = fluctuationPeriodMs(wave);

  it('has a mean of 1 over whole periods, from any phase', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 50, noNaN: true }), fc.nat({ max: 9 }), (phase, n) => {
        const fromMs = 300 + phase * periodMs;
        expect(clock.between(fromMs, fromMs + n * periodMs)).toBeCloseTo(n * periodMs, 4);
      }),
    );
  });

  it('finds the time at which so much of the load has passed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.001, max: 3, noNaN: true }),
        (phase, periods) => {
          const fromMs = 300 + phase * periodMs;
          const toMs = clock.after(fromMs, periods * periodMs);
          expect(toMs).toBeGreaterThanOrEqual(fromMs);
          expect(clock.between(fromMs, toMs)).toBeCloseTo(periods * periodMs, 3);
        },
      ),
    );
  });
});

it('puts the load where the wave is high', () => {
  const square = createLoadClock(
    { kind: 'square', periodMs: 1_000, amplitude: 1, dutyRatio: 0.25 },
    0,
  );
  expect(square.between(0, 250)).toBeCloseTo(500, 6);
  expect(square.between(250, 1_000)).toBeCloseTo(500, 6);
  const sine = createLoadClock({ kind: 'sine', periodMs: 1_000, amplitude: 0.5 }, 0);
  // Half a sine of amplitude a holds 1/2 + a/π of the period.
  expect(sine.between(0, 500)).toBeCloseTo(500 + (0.5 * 1_000) / Math.PI, 6);
  const series = createLoadClock({ kind: 'series', stepMs: 100, rates: [3, 1] }, 0);
  expect(series.between(0, 100)).toBeCloseTo(150, 6);
});

it('is the real clock when nothing fluctuates', () => {
  const clock = createLoadClock(undefined, 5);
  expect(clock.after(7, 3)).toBe(10);
  expect(clock.between(7, 10)).toBe(3);
});
