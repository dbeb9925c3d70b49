/**
 * Drift: has the target itself changed since the search began? The time per output token depends on
 * how many requests are in flight; once that is taken out, a lasting step at a burst boundary is a
 * change of the target (throttling, a neighbour, a new version), and older bursts no longer speak
 * for it. A least-squares fit of ln(TPOT) on ln(in flight) with a step, tested by its t value.
 */
import type { Observation, PaceBlock } from './observation.ts';
import type { Warning } from './result.ts';
import type { SearchState } from './state.ts';

export type DriftWarning = Extract<Warning, { kind: 'drift' }>;

/** Smallest step called drift, and how many standard errors it must be. */
const MIN_STEP_LN = 0.04;
const MIN_T = 5;
/** Blocks are not independent: their residual variance is doubled, and shrunk to 2 % noise. */
const VARIANCE_INFLATION = 2;
const PRIOR_NOISE_LN = 0.02;
const PRIOR_NOISE_BLOCKS = 4;
/** Only blocks with in flight this near (ln) to the newest burst's compare like with like. */
const REACH_LN = 0.5;
/** A side of the boundary needs this many blocks. */
const MIN_BLOCKS = 3;

interface Row {
  readonly burst: number;
  readonly y: number;
  readonly z: number;
}

export function detectDrift(state: SearchState): DriftWarning | undefined {
  const newest = state.log[state.log.length - 1];
  if (newest === undefined || newest.meanInFlight <= 0) return undefined;
  const rows = rowsNear(state, Math.log(newest.meanInFlight));
  const boundaries = [...new Set(rows.map((row) => row.burst))].slice(1);
  let best: { boundary: number; step: number; t: number } | undefined;
  for (const boundary of boundaries) {
    const fit = stepAt(rows, boundary);
    if (fit === undefined) continue;
    if (best === undefined || Math.abs(fit.t) > Math.abs(best.t)) best = { boundary, ...fit };
  }
  if (best === undefined || Math.abs(best.step) < MIN_STEP_LN || Math.abs(best.t) < MIN_T) {
    return undefined;
  }
  return {
    kind: 'drift',
    atProbe: best.boundary,
    ratio: Math.exp(best.step),
    droppedProbes: best.boundary - state.validFrom,
  };
}

function rowsNear(state: SearchState, lnInFlight: number): Row[] {
  const rows: Row[] = [];
  state.log.forEach((observation: Observation, burst) => {
    if (burst < state.validFrom || observation.end === 'voided') return;
    for (const block of observation.pace) {
      if (!usable(block)) continue;
      const z = Math.log(block.meanInFlight);
      if (Math.abs(z - lnInFlight) > REACH_LN) continue;
      rows.push({ burst, y: Math.log(block.meanTpotMs), z });
    }
  });
  return rows;
}

function usable(block: PaceBlock): boolean {
  return block.n > 0 && block.meanTpotMs > 0 && block.meanInFlight > 0;
}

/** y = a + γ z + δ [burst >= boundary]; δ and its t value by partialling out z (Frisch and Waugh 1933). */
function stepAt(rows: readonly Row[], boundary: number): { step: number; t: number } | undefined {
  const n = rows.length;
  const after = rows.filter((row) => row.burst >= boundary).length;
  if (after < MIN_BLOCKS || n - after < MIN_BLOCKS) return undefined;
  let sumZ = 0;
  let sumY = 0;
  for (const row of rows) {
    sumZ += row.z;
    sumY += row.y;
  }
  const meanZ = sumZ / n;
  const meanY = sumY / n;
  const meanS = after / n;
  let zz = 0;
  let zy = 0;
  let zs = 0;
  for (const row of rows) {
    const dz = row.z - meanZ;
    const ds = (row.burst >= boundary ? 1 : 0) - meanS;
    zz += dz * dz;
    zy += dz * (row.y - meanY);
    zs += dz * ds;
  }
  const slopeY = zz > 1e-12 ? zy / zz : 0;
  const slopeS = zz > 1e-12 ? zs / zz : 0;
  let ss = 0;
  let sy = 0;
  const partials: { s: number; y: number }[] = [];
  for (const row of rows) {
    const dz = row.z - meanZ;
    const s = (row.burst >= boundary ? 1 : 0) - meanS - slopeS * dz;
    const y = row.y - meanY - slopeY * dz;
    ss += s * s;
    sy += s * y;
    partials.push({ s, y });
  }
  if (ss < 1e-9) return undefined;
  const step = sy / ss;
  let residual = 0;
  for (const { s, y } of partials) residual += (y - step * s) ** 2;
  const shrunk =
    (residual + PRIOR_NOISE_BLOCKS * PRIOR_NOISE_LN ** 2) /
    (Math.max(1, n - 3) + PRIOR_NOISE_BLOCKS);
  return { step, t: step / Math.sqrt((VARIANCE_INFLATION * shrunk) / ss) };
}
