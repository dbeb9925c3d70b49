/**
 * Whole searches in virtual time, over cells and seeds: what must hold in each of them, whatever the
 * tuning. Fixed seeds, so a failure is a change of the code and not of luck.
 */
import { describe, expect, it } from 'vitest';
import { searchSpecOf } from '../../../src/core/probe/search-spec.ts';
import type { SearchResult, TierResult } from '../../../src/core/search/answer/result.ts';
import { begin, next, standing } from '../../../src/core/search/controller.ts';
import type { Observation } from '../../../src/core/search/observation.ts';
import type { SearchSpec } from '../../../src/core/search/spec.ts';
import type { SearchState } from '../../../src/core/search/state.ts';
import { type Cell, cellNamed } from '../../bench/cells.ts';
import { runVirtualSearch } from '../../bench/run-virtual.ts';
import { questionOf } from '../../bench/search-task.ts';
import { specWith, ttft } from './sample-log.ts';
import { searchSynthetic } from './synthetic-target.ts';

/** The budget may be passed by the settle of the last burst and by one look into it. */
const OVERSHOOT_MS = 45_000;
/** Coverage promised is 95 %; with so few runs one more may miss. */
const RUNS = 12;
const MISSES_ALLOWED = 2;

interface Run {
  readonly spec: SearchSpec;
  readonly cell: Cell;
  readonly result: SearchResult;
  readonly log: readonly Observation[];
  /** After each probe: the state, and what an early stop would have answered. */
  readonly states: readonly SearchState[];
}

function runCell(name: string, budgetS: number, seed: string): Run {
  const cell = cellNamed(name);
  const question = questionOf(cell, budgetS, 0.1);
  const spec = searchSpecOf(question);
  const states: SearchState[] = [];
  const { result, log } = runVirtualSearch(cell, question.tiers, spec, seed, (_d, _o, after) =>
    states.push(after),
  );
  return { spec, cell, result, log, states };
}

function checkBracket({ lower, upper, estimate }: TierResult, cell: Cell): void {
  for (const load of [lower, upper, estimate?.load]) {
    if (load === undefined) continue;
    expect(load).toBeGreaterThanOrEqual(cell.minLoad);
    expect(load).toBeLessThanOrEqual(cell.maxLoad);
  }
  if (lower !== undefined && upper !== undefined) expect(lower).toBeLessThan(upper);
}

/** JSON there and back: what a store does to a state. */
function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function checkRun({ spec, cell, result, log, states }: Run): void {
  expect(log.reduce((ms, o) => ms + o.loadMs, 0)).toBeLessThan(spec.budget.loadMs + OVERSHOOT_MS);
  for (const { loadUnits } of log) {
    expect(Number.isInteger(loadUnits)).toBe(true);
    expect(loadUnits).toBeGreaterThanOrEqual(spec.minUnits);
    expect(loadUnits).toBeLessThanOrEqual(spec.maxUnits);
  }
  expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity|null/);
  for (const state of states) for (const tier of standing(state).tiers) checkBracket(tier, cell);
  for (const tier of result.tiers) {
    checkBracket(tier, cell);
    const { outcome, lower, upper } = tier;
    // A server that seems left slower by an overload is never called resolved.
    const doubted = result.warnings.some(({ kind }) => kind === 'hysteresis');
    expect(outcome).toBe(
      lower !== undefined && upper !== undefined
        ? (upper / lower <= 1 + spec.resolution ||
            (spec.axis === 'concurrency' && upper - lower === 1)) &&
          !doubted
          ? 'resolved'
          : 'two_sided'
        : lower !== undefined
          ? 'unbounded_above'
          : upper !== undefined
            ? 'unbounded_below'
            : 'undecided',
    );
  }
}

/** The same log, through JSON at every step, gives the same decisions and the same answer. */
function checkReplay({ spec, log, states, result }: Run): void {
  let step = begin(stored(spec));
  log.forEach((observation, i) => {
    expect(step.decision).toMatchObject({
      kind: 'probe',
      probe: i,
      loadUnits: observation.loadUnits,
    });
    step = next(stored(step.state), stored(observation));
    expect(stored(step.state)).toEqual(stored(states[i]));
  });
  expect(stored(step.decision)).toEqual(stored({ kind: 'done', result }));
}

describe.each(['B', 'C', 'E', 'G', 'M', 'Q'])('cell %s', (name) => {
  const runs = Array.from({ length: RUNS }, (_, i) =>
    runCell(name, i % 3 === 0 ? 300 : 600, `simulation/${i}`),
  );

  it('keeps to budget and range, and leaves a valid bracket at every burst boundary', () => {
    runs.forEach(checkRun);
  });

  it('holds the truth', () => {
    let [low, high] = [0, 0];
    for (const { result, cell } of runs) {
      const { lower, upper } = result.tiers[0] ?? {};
      // The truth itself is known to its error.
      const error = Math.max(0.005 * cell.truth, 2 * cell.truthError);
      if (lower !== undefined && lower > cell.truth + error) low += 1;
      if (upper !== undefined && upper < cell.truth - error) high += 1;
    }
    expect(low + high).toBeLessThanOrEqual(MISSES_ALLOWED);
  });

  it('replays', () => {
    runs.slice(0, 3).forEach(checkReplay);
  });
});

describe('formulas', () => {
  const power = (capacity: number, slope: number) => (load: number) =>
    Math.min(1, 0.01 * (load / capacity) ** slope);
  const spec = specWith([ttft], { budget: { loadMs: 600_000, requests: 1e9, outputTokens: 1e9 } });

  it.each([
    [30, 3],
    [100, 8],
    [300, 20],
  ])('capacity %d, slope %d: held, and found to within a fifth', (capacity, slope) => {
    let misses = 0;
    for (let seed = 0; seed < 12; seed++) {
      const target = { badRatio: power(capacity, slope), rps: () => 40, meanE2eMs: 1_000 };
      const { result } = searchSynthetic(target, spec, `formula${seed}`);
      const { lower = 0, upper = Number.POSITIVE_INFINITY, estimate } = result.tiers[0] ?? {};
      if (lower > capacity || upper < capacity) misses += 1;
      expect(Math.abs(Math.log((estimate?.load ?? 0) / capacity))).toBeLessThan(
        slope < 5 ? 0.4 : 0.2,
      );
    }
    expect(misses).toBeLessThanOrEqual(MISSES_ALLOWED);
  });

  it('widens with clusters instead of missing more', () => {
    const widths: number[] = [];
    let misses = 0;
    for (const clusterSize of [1, 10]) {
      for (let seed = 0; seed < 10; seed++) {
        const target = { badRatio: power(100, 8), rps: () => 80, meanE2eMs: 1_000, clusterSize };
        const { lower, upper } =
          searchSynthetic(target, spec, `cluster${seed}`).result.tiers[0] ?? {};
        if (lower !== undefined && lower > 100) misses += 1;
        if (upper !== undefined && upper < 100) misses += 1;
        widths.push(Math.log((upper ?? 512) / (lower ?? 1)));
      }
    }
    const mean = (list: readonly number[]) => list.reduce((s, w) => s + w, 0) / list.length;
    expect(mean(widths.slice(10))).toBeGreaterThan(mean(widths.slice(0, 10)));
    expect(misses).toBeLessThanOrEqual(MISSES_ALLOWED);
  });

  it('ends by requests and by tokens as well as by time', () => {
    const target = { badRatio: power(100, 1), rps: () => 40, meanE2eMs: 1_000 };
    const unlimited = { loadMs: 600_000, requests: 1e9, outputTokens: 1e9 };
    for (const limit of [{ requests: 3_000 }, { outputTokens: 300_000 }]) {
      const { result, log } = searchSynthetic(
        target,
        specWith([ttft], { budget: { ...unlimited, ...limit } }),
        'limits',
      );
      expect(result.stopped).toBe('budget');
      const before = log.slice(0, -1).reduce((n, o) => n + o.requests, 0);
      expect(before).toBeLessThan(3_000);
    }
  });

  it('survives voided bursts and counts them for nothing', () => {
    let { state, decision } = begin(spec);
    for (let i = 0; i < 30 && decision.kind === 'probe'; i++) {
      const observation: Observation = {
        probe: i,
        loadUnits: decision.loadUnits,
        end: 'voided',
        loadMs: 5_000,
        windowMs: 3_000,
        requests: 10,
        outputTokens: 10,
        meanE2eMs: 1_000,
        meanInFlight: 1,
        completedRps: 3,
        waiting: 0,
        worstRatiosOfBound: [9],
        goodputRps: [0],
        evidence: [[{ kind: 'ratio', weight: 1, blocks: [{ n: 50, bad: 50 }] }]],
        goodBlocks: [[]],
        pace: [],
      };
      ({ state, decision } = next(state, observation));
    }
    const answer = standing(state).tiers[0];
    expect(answer?.outcome).toBe('undecided');
    expect(state.log.length).toBeLessThanOrEqual(120);
  });
});
