/**
 * The oracle: knows the truth, starts hot, and only certifies the two ends of a bracket of a given
 * width around it, each at its own load, with the controller's own test. Nobody who does not know
 * the truth can be faster with that test; `oracle_ratio` says how near the controller comes.
 */
import type { SloTier } from '../../src/core/policy/objective.ts';
import { observe } from '../../src/core/probe/observe.ts';
import { curveThrough } from '../../src/core/search/certify/curve.ts';
import { effectsOf } from '../../src/core/search/certify/effects.ts';
import { familyOf } from '../../src/core/search/certify/family.ts';
import { poolEvidence } from '../../src/core/search/certify/pool.ts';
import { lowerThreshold, upperThreshold } from '../../src/core/search/certify/thresholds.ts';
import type { ProbeDecision } from '../../src/core/search/decision.ts';
import { lnLoadOf, toLoad, toUnits } from '../../src/core/search/load-grid.ts';
import type { Observation } from '../../src/core/search/observation.ts';
import type { SearchSpec } from '../../src/core/search/spec.ts';
import { curveObjectives } from '../../src/core/search/spec.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import type { VirtualTarget } from './run-virtual.ts';
import { quantileOf } from './scores.ts';

export interface OraclePoint {
  readonly width: number;
  /** Median seconds for both ends; null when an end does not certify within the cap. */
  readonly seconds: number | null;
}

/** An end that takes longer than this is not certified by anyone. */
const END_CAP_MS = 8_000_000;
const HOT_SETTLE_MS = 60_000;
const LOOK_MS = 3_000;

export function oracleSeconds(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  truth: number,
  width: number,
  seeds: readonly string[],
  capMs: number = END_CAP_MS,
): OraclePoint {
  const totals: number[] = [];
  for (const seed of seeds) {
    const half = Math.sqrt(1 + width);
    const low = endSeconds(target, tiers, spec, truth / half, 'lower', seed, capMs);
    const high = endSeconds(target, tiers, spec, truth * half, 'upper', seed, capMs);
    totals.push(low === null || high === null ? Number.POSITIVE_INFINITY : low + high);
  }
  const median = quantileOf(totals, 0.5) ?? Number.POSITIVE_INFINITY;
  return { width, seconds: Number.isFinite(median) ? median : null };
}

/** Seconds until one end certifies itself at its own load; the hot settle is not counted. */
function endSeconds(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  load: number,
  side: 'lower' | 'upper',
  seed: string,
  capMs: number,
): number | null {
  const exact = toUnits(spec.axis, load);
  const units = spec.axis === 'concurrency' ? roundOutwards(load, side) : exact;
  const session = openVirtualSession({ ...target, seed: `${seed}/oracle-${side}` });
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: 0,
    phase: 'refine',
    loadUnits: units,
    load: toLoad(spec.axis, units),
    rampMs: HOT_SETTLE_MS / 4,
    settleMs: HOT_SETTLE_MS,
    windowMs: capMs,
    lookEveryMs: LOOK_MS,
    reason: 'oracle',
  };
  let certified = false;
  let checkAtMs = 0;
  const snapshot = session.burst(decision, (partial) => {
    const measured = partial.nowMs - partial.windowStartMs;
    // Looks become rarer with time: one look in thirty more of the time measured so far.
    if (measured < checkAtMs) return 'continue';
    checkAtMs = measured * 1.03;
    const seen = observe({ snapshot: partial, decision, tiers, end: 'length' });
    certified = certifies(spec, seen, side);
    return certified ? 'end' : 'continue';
  });
  return certified ? (snapshot.nowMs - snapshot.windowStartMs) / 1_000 : null;
}

function roundOutwards(load: number, side: 'lower' | 'upper'): number {
  return side === 'lower' ? Math.max(1, Math.floor(load)) : Math.ceil(load);
}

function certifies(spec: SearchSpec, seen: Observation, side: 'lower' | 'upper'): boolean {
  const tier = spec.tiers[0];
  if (tier === undefined) return false;
  const members = curveObjectives(tier);
  const sides = members.map(({ index, objective }) => {
    const family = familyOf(objective);
    const pool = poolEvidence(
      [seen],
      objective,
      (o) => o.evidence[0]?.[index],
      lnLoadOf(spec.axis),
    );
    const load = pool.loads[0];
    if (load === undefined) return false;
    const curve = curveThrough(family, load);
    const effect = effectsOf(family, objective, pool, curve, () => seen.meanInFlight)(load.x);
    const pass = load.value < family.bound;
    if (pass !== (side === 'lower')) return false;
    const point = side === 'lower' ? load : load.trimmed;
    const nats = family.gain(point, load.value, family.bound) / effect;
    const enough =
      side === 'lower'
        ? lowerThreshold(spec.confidence)
        : upperThreshold(spec.confidence, members.length);
    return nats >= enough;
  });
  return side === 'lower' ? sides.every(Boolean) : sides.some(Boolean);
}

/** Seconds of the oracle at a width, by a line through the logs of the measured widths. */
export function oracleAt(points: readonly OraclePoint[], width: number): number | null {
  const known = points.flatMap((p) => (p.seconds === null ? [] : [{ w: p.width, s: p.seconds }]));
  known.sort((a, b) => a.w - b.w);
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return null;
  if (width >= last.w) return last.s;
  if (width < first.w)
    return points.some((p) => p.seconds === null && p.width < first.w) ? null : first.s;
  const i = known.findIndex((p) => p.w >= width);
  const right = known[i];
  const left = known[i - 1] ?? right;
  if (left === undefined || right === undefined) return null;
  if (left.w === right.w) return right.s;
  const share = Math.log(width / left.w) / Math.log(right.w / left.w);
  return Math.exp(Math.log(left.s) + share * (Math.log(right.s) - Math.log(left.s)));
}
