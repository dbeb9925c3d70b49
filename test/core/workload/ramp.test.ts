import { expect, it } from 'vitest';
import { rampSteps } from '../../../src/core/workload/ramp.ts';

it.each([
  ['up', 0, 100, 1_000],
  ['down', 80, 20, 500],
])('a ramp %s goes evenly and ends at the rate itself', (_name, from, to, rampMs) => {
  const steps = rampSteps(from, to, 5_000, rampMs);
  expect(steps[0]?.atMs).toBe(5_000);
  expect(steps.at(-1)).toEqual({ atMs: 5_000 + rampMs, rps: to });
  // What a straight ramp would have sent, to the last request.
  const sent = steps
    .slice(0, -1)
    .reduce((sum, { atMs, rps }, i) => sum + (rps * ((steps[i + 1]?.atMs ?? 0) - atMs)) / 1_000, 0);
  expect(sent).toBeCloseTo((((from + to) / 2) * rampMs) / 1_000, 6);
});

it('is one step without a ramp', () => {
  expect(rampSteps(3, 7, 50, 0)).toEqual([{ atMs: 50, rps: 7 }]);
});
