/** The self-check of an open loop's arrivals: true processes pass, doubled and lumped ones do not. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { arrivalFault } from '../../../src/core/probe/arrival-check.ts';
import { createArrivals } from '../../../src/core/workload/arrivals.ts';
import type { ArrivalSpec } from '../../../src/core/workload/spec.ts';
import { burst } from '../metrics/sample-burst.ts';

const RPS = 60;
const WINDOW_MS = 20_000;

function timesOf(spec: ArrivalSpec, seed: number, rps: number = RPS): number[] {
  const arrivals = createArrivals(spec, { rps, startMs: -1_000 }, createRandom(seed));
  const times: number[] = [];
  while (arrivals.peekMs() < WINDOW_MS) times.push(arrivals.takeMs());
  return times;
}
function fault(times: readonly number[], spec: ArrivalSpec): string | undefined {
  const rows = times.map((scheduledMs) => ({ scheduledMs, outcome: 'pending' }) as const);
  const snapshot = burst(rows, { burstStartMs: -1_000, nowMs: WINDOW_MS });
  return arrivalFault({ ...snapshot, health: { ...snapshot.health, generators: 1 } }, spec, RPS);
}

const laws: readonly ArrivalSpec[] = [
  { kind: 'poisson' },
  { kind: 'constant' },
  { kind: 'gamma', shape: 0.3 },
  { kind: 'gamma', shape: 5 },
  { kind: 'poisson', fluctuation: { kind: 'sine', periodMs: 2_000, amplitude: 0.8 } },
  { kind: 'trace', atMs: [0, 1, 50, 51, 52, 400] },
];

describe.each(laws)('$kind', (spec) => {
  it('is let through as it is', () => {
    for (let seed = 0; seed < 100; seed++) expect(fault(timesOf(spec, seed), spec)).toBeUndefined();
  });

  it('is caught when it comes twice as often as asked', () => {
    if (spec.kind === 'trace') return;
    expect(fault(timesOf(spec, 1, 2 * RPS), spec)).toMatch(/^client off its load: \d+ arrivals/);
  });
});

it('catches two generators that walk the same half stream', () => {
  const half = timesOf({ kind: 'poisson' }, 3, RPS / 2);
  const doubled = [...half, ...half].sort((a, b) => a - b);
  expect(fault(doubled, { kind: 'poisson' })).toMatch(/^client off its law/);
});

it('catches a clock where Poisson was asked for, and Poisson where a clock was', () => {
  expect(fault(timesOf({ kind: 'constant' }, 1), { kind: 'poisson' })).toMatch(/off its law/);
  expect(fault(timesOf({ kind: 'poisson' }, 1), { kind: 'constant' })).toMatch(/off its/);
});

it('says nothing in virtual time', () => {
  expect(arrivalFault(burst([]), { kind: 'poisson' }, RPS)).toBeUndefined();
});
