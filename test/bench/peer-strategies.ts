/**
 * What other tools do, on the same server and seeds: cold bursts of a fixed length judged by their
 * point estimate, stepped by doubling and bisection or by a fixed ladder of levels.
 */
import type { SloTier } from '../../src/core/policy/objective.ts';
import { observe } from '../../src/core/probe/observe.ts';
import type { ProbeDecision } from '../../src/core/search/decision.ts';
import { toLoad, toUnits } from '../../src/core/search/load-grid.ts';
import type { Observation } from '../../src/core/search/observation.ts';
import type { SearchSpec } from '../../src/core/search/spec.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import type { VirtualTarget } from './run-virtual.ts';
import type { RunAnswer } from './scores.ts';

/** Peers stop a bisection at this bracket. */
const BISECT_RATIO = 1.05;
const START_SHARE = 1 / 32;
const SWEEP_LEVELS = 10;
const SWEEP_BURST_MS = 60_000;
const MAX_BURSTS = 60;

interface Tally {
  loadMs: number;
  probes: number;
  requests: number;
}

type Judge = (units: number) => boolean;

export function bisect(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  seed: string,
  burstMs: number,
): RunAnswer {
  const { passes, tally } = coldJudge(target, tiers, spec, seed, burstMs);
  let lower: number | undefined;
  let upper: number | undefined;
  let units = Math.max(spec.minUnits, Math.round(spec.maxUnits * START_SHARE));
  for (let i = 0; i < MAX_BURSTS; i++) {
    if (passes(units)) lower = units;
    else upper = units;
    if (upper === undefined) {
      if (units >= spec.maxUnits) break;
      units = Math.min(spec.maxUnits, units * 2);
    } else if (lower === undefined) {
      if (units <= spec.minUnits) break;
      units = Math.max(spec.minUnits, Math.floor(units / 2));
    } else {
      if (upper / lower <= BISECT_RATIO || upper - lower <= 1) break;
      units = Math.round((lower + upper) / 2);
    }
  }
  return answer(spec, lower, upper, tally);
}

/** Ten levels, evenly spaced in log over the range, upwards until one fails. */
export function sweep(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  seed: string,
): RunAnswer {
  const { passes, tally } = coldJudge(target, tiers, spec, seed, SWEEP_BURST_MS);
  const from = Math.max(spec.minUnits, spec.maxUnits / 512);
  let lower: number | undefined;
  for (let level = 0; level < SWEEP_LEVELS; level++) {
    const share = level / (SWEEP_LEVELS - 1);
    const units = Math.round(from * (spec.maxUnits / from) ** share);
    if (!passes(units)) return answer(spec, lower, units, tally);
    lower = units;
  }
  return answer(spec, lower, undefined, tally);
}

/** One cold burst a call: a fresh server, everything since the first request counted. */
function coldJudge(
  target: VirtualTarget,
  tiers: readonly SloTier[],
  spec: SearchSpec,
  seed: string,
  burstMs: number,
): { passes: Judge; tally: Tally } {
  const tally: Tally = { loadMs: 0, probes: 0, requests: 0 };
  const passes = (units: number): boolean => {
    const session = openVirtualSession({ ...target, seed: `${seed}/cold-${tally.probes}` });
    const decision: ProbeDecision = {
      kind: 'probe',
      probe: tally.probes,
      phase: 'bisect',
      loadUnits: units,
      load: toLoad(spec.axis, units),
      rampMs: 0,
      settleMs: 0,
      windowMs: burstMs,
      lookEveryMs: burstMs,
      reason: 'cold burst',
    };
    const snapshot = session.burst(decision, () => 'continue');
    const seen = observe({ snapshot, decision, tiers, end: 'length' });
    tally.loadMs += seen.loadMs;
    tally.probes += 1;
    tally.requests += seen.requests;
    return pointPasses(spec, seen);
  };
  return { passes, tally };
}

/** The point estimate against the bound, without any doubt. */
function pointPasses(spec: SearchSpec, seen: Observation): boolean {
  return (spec.tiers[0]?.objectives ?? []).every((objective, index) => {
    const evidence = seen.evidence[0]?.[index];
    if (evidence?.kind === 'ratio' && objective.kind === 'ratio') {
      const n = evidence.blocks.reduce((total, block) => total + block.n, 0);
      const bad = evidence.blocks.reduce((total, block) => total + block.bad, 0);
      return n > 0 && bad / n <= objective.missRatio;
    }
    if (evidence?.kind === 'mean' && objective.kind === 'mean') {
      const n = evidence.blocks.reduce((total, block) => total + block.n, 0);
      return n > 0 && evidence.blocks.reduce((t, b) => t + b.sum, 0) / n <= objective.bound;
    }
    return true;
  });
}

function answer(
  spec: SearchSpec,
  lower: number | undefined,
  upper: number | undefined,
  tally: Tally,
): RunAnswer {
  const load = (units: number): number => units / toUnits(spec.axis, 1);
  return {
    ...(lower === undefined ? {} : { lower: load(lower), estimate: load(lower) }),
    ...(upper === undefined ? {} : { upper: load(upper) }),
    loadSeconds: tally.loadMs / 1_000,
    probes: tally.probes,
    requests: tally.requests,
    driftSeen: false,
  };
}
