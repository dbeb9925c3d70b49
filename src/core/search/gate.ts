/**
 * The gate: is load N sustained at the SLO? One load, one question, a one-sided sequential test each
 * way: pass when every objective refutes "the bad ratio is at or over its bound" (at ln(2/α): a
 * deployment acts on it), fail when one refutes "it is under it" (at ln(1/α), shared by the
 * objectives). Undecided at the end of the budget is `inconclusive`, never a pass.
 * Pure, like the search: the state is a fold over the log.
 */
import { assert } from '../base/result.ts';
import { lookEveryMs, settlePlan } from './burst-length.ts';
import { curveThrough } from './curve.ts';
import type { BurstLook, ProbeDecision } from './decision.ts';
import { effectsOf } from './effects.ts';
import { familyOf } from './family.ts';
import { hasFloor, judgeFloors } from './floor.ts';
import { lnLoadOf, toLoad } from './load-grid.ts';
import type { Observation } from './observation.ts';
import { poolEvidence } from './pool.ts';
import { curveObjectives, type SearchSpec } from './spec.ts';
import { lowerThreshold } from './thresholds.ts';

export interface GateState {
  /** A search spec of one tier; its range is not used. */
  readonly spec: SearchSpec;
  readonly loadUnits: number;
  readonly log: readonly Observation[];
}

export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

export interface GateEvidence {
  readonly id: string;
  /** Nats against "at or over the bound" and against "under it", after the design effect. */
  readonly passNats: number;
  readonly failNats: number;
  readonly designEffect: number;
  readonly samples: number;
}

export interface GateResult {
  readonly verdict: GateVerdict;
  readonly load: number;
  readonly confidence: number;
  readonly objectives: readonly GateEvidence[];
  /** `decided`, `budget`, `missing_measurement` or the reason given to `concludeGate`. */
  readonly stopped: string;
  readonly bindingObjective?: string;
  readonly probes: number;
  readonly requests: number;
  readonly loadSeconds: number;
}

export type GateDecision = ProbeDecision | { readonly kind: 'done'; readonly result: GateResult };

export interface GateStep {
  readonly state: GateState;
  readonly decision: GateDecision;
}

/** Bursts follow each other hot, so their length only says how often the log is written. */
const BURST_MS = 60_000;
const MIN_USEFUL_MS = 3_000;
const MAX_BURSTS = 400;
/** A failing verdict needs this many bad samples: one cluster is not a rate. */
const MIN_BAD_SAMPLES = 5;

export function beginGate(spec: SearchSpec, loadUnits: number): GateStep {
  assert(spec.tiers.length === 1, 'a gate has one tier');
  assert(loadUnits >= 1, 'a gate needs a load');
  return decideGate({ spec, loadUnits, log: [] });
}

export function nextGate(state: GateState, observation: Observation): GateStep {
  assert(
    observation.probe === state.log.length,
    `probe ${observation.probe} is not the one running`,
  );
  return decideGate({ ...state, log: [...state.log, observation] });
}

/** Asked during a burst. */
export function lookGate(state: GateState, partial: Observation): BurstLook {
  const { verdict } = judgeGate(state.spec, [...state.log, partial], state.loadUnits);
  return verdict === 'inconclusive'
    ? { kind: 'continue', needs: 'more samples at this load' }
    : { kind: 'end', reason: 'resolved' };
}

/** The result when the gate ends for a reason that is not its own. */
export function concludeGate(state: GateState, stopped: string): GateResult {
  const { spec, log, loadUnits } = state;
  const { verdict, objectives } = judgeGate(spec, log, loadUnits);
  const binding = [...objectives].sort((a, b) => a.passNats - b.passNats)[0];
  return {
    verdict,
    load: toLoad(spec.axis, loadUnits),
    confidence: spec.confidence,
    objectives,
    stopped,
    ...(binding === undefined ? {} : { bindingObjective: binding.id }),
    probes: log.length,
    requests: log.reduce((n, o) => n + o.requests, 0),
    loadSeconds: log.reduce((ms, o) => ms + o.loadMs, 0) / 1_000,
  };
}

function decideGate(state: GateState): GateStep {
  const { spec, log, loadUnits } = state;
  const stopped = stopOf(state);
  if (stopped !== undefined) {
    return { state, decision: { kind: 'done', result: concludeGate(state, stopped) } };
  }
  const last = log[log.length - 1];
  const meanE2eMs = last?.meanE2eMs ?? 0;
  const load = toLoad(spec.axis, loadUnits);
  const settle = settlePlan(meanE2eMs, last === undefined ? 0 : load, load);
  const remaining = spec.budget.loadMs - log.reduce((ms, o) => ms + o.loadMs, 0);
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: log.length,
    phase: 'refine',
    loadUnits,
    load,
    ...settle,
    windowMs: Math.max(MIN_USEFUL_MS, Math.min(BURST_MS, remaining - settle.settleMs)),
    lookEveryMs: lookEveryMs(meanE2eMs, false),
    reason: log.length === 0 ? 'the load in question' : 'not decided yet',
  };
  return { state, decision };
}

function stopOf(state: GateState): string | undefined {
  const { spec, log, loadUnits } = state;
  if (log.length === 0) return undefined;
  const { verdict, missing } = judgeGate(spec, log, loadUnits);
  if (verdict !== 'inconclusive') return 'decided';
  if (missing) return 'missing_measurement';
  const spent = log.reduce((ms, o) => ms + o.loadMs, 0);
  const requests = log.reduce((n, o) => n + o.requests, 0);
  const tokens = log.reduce((n, o) => n + o.outputTokens, 0);
  const { budget } = spec;
  const over = requests >= budget.requests || tokens >= budget.outputTokens;
  if (over || log.length >= MAX_BURSTS || budget.loadMs - spent < MIN_USEFUL_MS) return 'budget';
  return undefined;
}

interface GateJudgement {
  readonly verdict: GateVerdict;
  readonly objectives: readonly GateEvidence[];
  readonly missing: boolean;
}

function judgeGate(
  spec: SearchSpec,
  log: readonly Observation[],
  loadUnits: number,
): GateJudgement {
  const tier = spec.tiers[0];
  const valid = log.filter((o) => o.end !== 'voided');
  if (tier === undefined || valid.length === 0) {
    return { verdict: 'inconclusive', objectives: [], missing: false };
  }
  const members = curveObjectives(tier);
  const objectives = members.map((member) => weigh(spec, valid, member));
  const missing = valid.some((o) => o.evidence[0]?.some((e) => e.kind === 'missing') ?? false);
  const enough = Math.log(1 / (1 - spec.confidence));
  const fails = objectives.some(
    (o) => o.failNats >= enough + Math.log(Math.max(1, members.length)),
  );
  const floors = hasFloor(tier) ? judgeFloors(spec, valid, 0) : undefined;
  const floorFails = floors?.failsUnits.includes(loadUnits) ?? false;
  const floorHolds = floors === undefined || floors.holdsUnits.includes(loadUnits);
  if (fails || floorFails) return { verdict: 'fail', objectives, missing };
  const sure = lowerThreshold(spec.confidence);
  const passes = !missing && floorHolds && objectives.every((o) => o.passNats >= sure);
  return { verdict: passes ? 'pass' : 'inconclusive', objectives, missing };
}

function weigh(
  spec: SearchSpec,
  log: readonly Observation[],
  { index, objective }: ReturnType<typeof curveObjectives>[number],
): GateEvidence {
  const family = familyOf(objective);
  const pool = poolEvidence(log, objective, (o) => o.evidence[0]?.[index], lnLoadOf(spec.axis));
  const load = pool.loads[0];
  if (load === undefined) {
    return { id: objective.id, passNats: 0, failNats: 0, designEffect: 1, samples: 0 };
  }
  const inFlight = log[log.length - 1]?.meanInFlight ?? 0;
  const curve = curveThrough(family, load);
  const designEffect = effectsOf(family, objective, pool, curve, () => inFlight)(load.x);
  const nats = (point: typeof load.trimmed): number =>
    family.gain(point, point.value, family.bound) / designEffect;
  const bad = load.n * load.value;
  const canFail = objective.kind === 'mean' || bad >= MIN_BAD_SAMPLES;
  return {
    id: objective.id,
    passNats: load.value < family.bound ? nats(load) : 0,
    failNats: canFail && load.trimmed.value > family.bound ? nats(load.trimmed) : 0,
    designEffect,
    samples: load.n,
  };
}
