/**
 * Drift: has the target itself changed since the search began? The time per output token depends on
 * how many requests are being decoded; once that is taken out, a lasting step at a burst boundary is
 * a change of the target (throttling, a neighbour, a new version), and older bursts no longer speak
 * for it. A least-squares fit of ln(TPOT) on ln(decoding), with a bend and a step, raises the suspicion;
 * an earlier load is then measured again and compared with itself (`recheck.ts`).
 */
import type { Observation, PaceBlock } from '../observation.ts';
import type { DriftSuspicion, SearchState } from '../state.ts';

/** Smallest step that matters, and how many standard errors it must be to be suspected. */
const MIN_STEP_LN = 0.04;
const SUSPICION_T = 4;
/** Blocks vary by 2 % on any server: the residual variance is shrunk to it. */
const NOISE_LN = 0.02;
const NOISE_BLOCKS = 4;
/** Only blocks with as many decoding (in ln) as the newest burst compare like with like. */
const REACH_LN = 0.5;
/** A side of the boundary needs this many blocks. */
const MIN_BLOCKS = 3;
/** Regressors: level, slope, bend, step. */
const PARAMETERS = 4;

interface Row {
  readonly burst: number;
  readonly y: number;
  readonly z: number;
}

/** The likeliest step in the log, if it is large and there is an earlier load to measure again. */
export function suspectDrift(state: SearchState): DriftSuspicion | undefined {
  const newest = state.log[state.log.length - 1];
  const at = newest === undefined ? undefined : decodingOf(newest);
  if (at === undefined) return undefined;
  const rows = rowsNear(state, Math.log(at));
  const bursts = [...new Set(rows.map((row) => row.burst))].slice(1);
  let best: { boundary: number; step: number; t: number } | undefined;
  for (const boundary of bursts) {
    if (state.dismissed.includes(boundary)) continue;
    const fit = stepAt(rows, boundary);
    if (fit === undefined) continue;
    if (best === undefined || Math.abs(fit.t) > Math.abs(best.t)) best = { boundary, ...fit };
  }
  if (best === undefined || Math.abs(best.step) < MIN_STEP_LN) return undefined;
  if (Math.abs(best.t) < SUSPICION_T) return undefined;
  const loadUnits = loadBefore(state, best.boundary);
  return loadUnits === undefined ? undefined : { boundary: best.boundary, loadUnits };
}

/** The load with the most blocks before the boundary: the best known one. */
function loadBefore(state: SearchState, boundary: number): number | undefined {
  const blocks = new Map<number, number>();
  state.log.forEach((observation, burst) => {
    if (burst < state.validFrom || burst >= boundary || observation.end === 'voided') return;
    const usable = observation.pace.filter(isUsable).length;
    blocks.set(observation.loadUnits, (blocks.get(observation.loadUnits) ?? 0) + usable);
  });
  let best: number | undefined;
  for (const [units, n] of blocks) {
    if (n < MIN_BLOCKS) continue;
    if (best === undefined || n > (blocks.get(best) ?? 0)) best = units;
  }
  return best;
}

function decodingOf(observation: Observation): number | undefined {
  const usable = observation.pace.filter(isUsable);
  if (usable.length === 0) return undefined;
  return usable.reduce((sum, block) => sum + block.meanDecoding, 0) / usable.length;
}

function rowsNear(state: SearchState, lnDecoding: number): Row[] {
  const rows: Row[] = [];
  state.log.forEach((observation, burst) => {
    if (burst < state.validFrom || observation.end === 'voided') return;
    for (const block of observation.pace) {
      if (!isUsable(block)) continue;
      const z = Math.log(block.meanDecoding) - lnDecoding;
      if (Math.abs(z) <= REACH_LN) rows.push({ burst, y: Math.log(block.meanTpotMs), z });
    }
  });
  return rows;
}

export function isUsable(block: PaceBlock): boolean {
  return block.n > 0 && block.meanTpotMs > 0 && block.meanDecoding > 0;
}

/** y = a + γ z + κ z² + δ [burst >= boundary]: δ and its t value, the rest projected out of both. */
function stepAt(rows: readonly Row[], boundary: number): { step: number; t: number } | undefined {
  const n = rows.length;
  const after = rows.filter((row) => row.burst >= boundary).length;
  if (after < MIN_BLOCKS || n - after < MIN_BLOCKS) return undefined;
  const basis = orthogonal([
    rows.map(() => 1),
    rows.map((row) => row.z),
    rows.map((row) => row.z * row.z),
  ]);
  const s = project(
    rows.map((row) => (row.burst >= boundary ? 1 : 0)),
    basis,
  );
  const y = project(
    rows.map((row) => row.y),
    basis,
  );
  const ss = dot(s, s);
  if (ss < MIN_STEP_FREEDOM * Math.min(after, n - after)) return undefined;
  const step = dot(s, y) / ss;
  let residual = 0;
  for (let i = 0; i < n; i++) residual += ((y[i] ?? 0) - step * (s[i] ?? 0)) ** 2;
  const shrunk =
    (residual + NOISE_BLOCKS * NOISE_LN ** 2) / (Math.max(1, n - PARAMETERS) + NOISE_BLOCKS);
  return { step, t: step / Math.sqrt(shrunk / ss) };
}

/** A step that the load itself explains (all later bursts higher up) is not seen as one. */
const MIN_STEP_FREEDOM = 0.1;

/** Gram and Schmidt; columns that add nothing are left out. */
function orthogonal(columns: readonly (readonly number[])[]): number[][] {
  const basis: number[][] = [];
  for (const column of columns) {
    const rest = project(column, basis);
    if (dot(rest, rest) > 1e-9 * Math.max(1, dot(column, column))) basis.push(rest);
  }
  return basis;
}

function project(column: readonly number[], basis: readonly (readonly number[])[]): number[] {
  const rest = [...column];
  for (const direction of basis) {
    const share = dot(rest, direction) / dot(direction, direction);
    for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) - share * (direction[i] ?? 0);
  }
  return rest;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
