/**
 * How a probe looks in every plot: one shape and one colour for each way it can end. Shape alone tells
 * them apart: filled circle, cross, hollow circle, dashed square.
 */
import * as Plot from '@observablehq/plot';
import type { ProbeReport, TierVerdict } from '../../core/probe/probe-report.ts';
import type { TierResult } from '../../core/search/answer/result.ts';
import type { LegendEntry } from './frame.ts';

export type ProbeState = 'pass' | 'fail' | 'undecided' | 'void';

export const PROBE_STATES: readonly ProbeState[] = ['pass', 'fail', 'undecided', 'void'];

/**
 * By the probe alone where it says enough; else by the bracket, which weighs all probes together. A
 * probe that says the opposite of the bracket is thus seen.
 */
export function probeState(
  report: ProbeReport,
  tier: string,
  result: TierResult | undefined,
): ProbeState {
  if (report.voided !== undefined) return 'void';
  const verdict = judgementOf(report, tier)?.verdict ?? 'inconclusive';
  if (verdict !== 'inconclusive') return verdict;
  if (result?.lower !== undefined && report.load <= result.lower) return 'pass';
  if (result?.upper !== undefined && report.load >= result.upper) return 'fail';
  return 'undecided';
}

export function judgementOf(report: ProbeReport, tier: string): TierVerdict | undefined {
  return report.tiers.find((each) => each.tier === tier);
}

export interface ProbeMark {
  readonly state: ProbeState;
  readonly x: number;
  readonly y: number;
  /** Shown when the pointer rests on it. */
  readonly tip: string;
  readonly dim?: boolean;
}

const SYMBOLS = { pass: 'circle', fail: 'times', undecided: 'circle', void: 'square' } as const;
const RADII: Readonly<Record<ProbeState, number>> = { pass: 4.5, fail: 5, undecided: 4.5, void: 4 };

/** One group for each state that is there. */
export function probeDots(marks: readonly ProbeMark[]): Plot.Markish[] {
  return PROBE_STATES.flatMap((state) =>
    [false, true].flatMap((dim) => {
      const same = marks.filter((mark) => mark.state === state && (mark.dim ?? false) === dim);
      if (same.length === 0) return [];
      const options = { x: 'x', y: 'y', r: RADII[state], symbol: SYMBOLS[state], title: 'tip' };
      return [Plot.dot(same, { ...options, className: dim ? `${state} dim` : state })];
    }),
  );
}

const STATE_WORDS: Readonly<Record<ProbeState, string>> = {
  pass: 'pass',
  fail: 'fail',
  undecided: 'undecided',
  void: 'void: client not to be trusted',
};
const STATE_SYMBOLS: Readonly<Record<ProbeState, string>> = {
  pass: '<circle r="4.5" class="pass"/>',
  fail: '<path d="M-4,-4L4,4M-4,4L4,-4" class="fail"/>',
  undecided: '<circle r="4.5" class="undecided"/>',
  void: '<path d="M-4,-4H4V4H-4Z" class="void"/>',
};

export function stateLegend(states: readonly ProbeState[]): LegendEntry[] {
  return PROBE_STATES.filter((state) => states.includes(state)).map((state) => ({
    symbol: STATE_SYMBOLS[state],
    text: STATE_WORDS[state],
  }));
}

/** `5 pass, 4 fail, 1 undecided`. */
export function countStates(states: readonly ProbeState[]): string {
  const counts = PROBE_STATES.flatMap((state) => {
    const count = states.filter((each) => each === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return counts.join(', ');
}
