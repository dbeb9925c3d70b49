/**
 * The recheck: an earlier load measured again because the fit saw a step. The same load compared with
 * itself needs no curve; only what differs then is the target.
 */

import type { Warning } from '../answer/result.ts';
import type { Observation } from '../observation.ts';
import type { SearchState } from '../state.ts';
import { isUsable } from './drift.ts';

export type DriftWarning = Extract<Warning, { kind: 'drift' }>;

/** A change of pace that matters, and how many standard errors make it certain. */
const MIN_STEP_LN = 0.04;
const MIN_T = 4;
/** Blocks vary by 1.5 % at least, whatever few of them say. */
const MIN_NOISE_LN = 0.015;
/** A recheck is measured for this many mean latencies: about six blocks. */
export const RECHECK_E2E = 12;
export const RECHECK_MIN_MS = 20_000;
export const RECHECK_MAX_MS = 120_000;

/** What the recheck in the newest observation says of the suspicion that asked for it. */
export function judgeRecheck(state: SearchState): DriftWarning | undefined {
  const { suspicion } = state;
  const newest = state.log[state.log.length - 1];
  if (suspicion === undefined || newest === undefined) return undefined;
  const before = state.log
    .slice(state.validFrom, suspicion.boundary)
    .filter((o) => o.loadUnits === suspicion.loadUnits && o.end !== 'voided')
    .flatMap(paces);
  const after = paces(newest);
  if (before.length < 2 || after.length < 2) return undefined;
  const step = mean(after) - mean(before);
  const degrees = before.length + after.length - 2;
  const variance = (squares(before) + squares(after)) / degrees;
  const noise = Math.max(variance, MIN_NOISE_LN ** 2);
  const t = step / Math.sqrt(noise * (1 / before.length + 1 / after.length));
  if (Math.abs(step) < MIN_STEP_LN || Math.abs(t) < MIN_T) return undefined;
  return {
    kind: 'drift',
    atProbe: suspicion.boundary,
    ratio: Math.exp(step),
    droppedProbes: suspicion.boundary - state.validFrom,
  };
}

function paces(observation: Observation): number[] {
  return observation.pace.filter(isUsable).map((block) => Math.log(block.meanTpotMs));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squares(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
