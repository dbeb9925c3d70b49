/**
 * The gate: is load N sustained at the SLO? One load, one question, a one-sided sequential test each
 * way: pass when every objective refutes "the bad ratio is at or over its bound" (at ln(2/α): a
 * deployment acts on it), fail when one refutes "it is under it" (at ln(1/α), shared by the
 * objectives of all tiers). Several tiers are one question: pass when all of them pass, fail as soon as
 * one fails. Undecided at the end of the budget is `inconclusive`, never a pass.
 * Pure, like the search: the state is a fold over the log.
 */
import { assert } from '../../base/result.ts';
import type { Evidence } from '../../stats/evidence.ts';
import type { GateEvidence, GateTier, GateVerdict } from '../answer/result.ts';
import { curveThrough } from '../certify/curve.ts';
import { effectsOf } from '../certify/effects.ts';
import { familyOf } from '../certify/family.ts';
import { hasFloor, judgeFloors } from '../certify/floor.ts';
import { poolEvidence } from '../certify/pool.ts';
import { lowerThreshold } from '../certify/thresholds.ts';
import type { BurstLook, ProbeDecision } from '../decision.ts';
import { lnLoadOf, toLoad } from '../load-grid.ts';
import type { Observation } from '../observation.ts';
import { lookEveryMs, settlePlan } from '../place/burst-length.ts';
import { curveObjectives, type SearchSpec } from '../spec.ts';

export interface GateState {
  readonly kind: 'gate';
  /** A search spec; its range is not used. */
  readonly spec: SearchSpec;
  readonly loadUnits: number;
  readonly log: readonly Observation[];
}

export interface GateResult {
  readonly verdict: GateVerdict;
  readonly load: number;
  readonly confidence: number;
  readonly tiers: readonly GateTier[];
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
  assert(spec.tiers.length > 0, 'a gate needs a tier');
  assert(loadUnits >= 1, 'a gate needs a load');
  return decideGate({ kind: 'gate', spec, loadUnits, log: [] });
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
  const { verdict, tiers } = judgeGate(spec, log, loadUnits);
  const binding = bindingOf(tiers);
  return {
    verdict,
    load: toLoad(spec.axis, loadUnits),
    confidence: spec.confidence,
    tiers,
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
  const settle = settlePlan(meanE2eMs, last === undefined ? 0 : load, load, false);
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

/** What stands most in the way: of the tiers that do not pass if there are some, else of all. */
function bindingOf(tiers: readonly GateTier[]): GateEvidence | undefined {
  const failed = tiers.filter((tier) => tier.verdict === 'fail');
  const open = failed.length > 0 ? failed : tiers.filter((tier) => tier.verdict !== 'pass');
  const objectives = (open.length > 0 ? open : tiers).flatMap((tier) => tier.objectives);
  return objectives.toSorted((a, b) => a.passNats - b.passNats || b.failNats - a.failNats)[0];
}

interface GateJudgement {
  readonly verdict: GateVerdict;
  readonly tiers: readonly GateTier[];
  readonly missing: boolean;
}

function judgeGate(
  spec: SearchSpec,
  log: readonly Observation[],
  loadUnits: number,
): GateJudgement {
  const valid = log.filter((o) => o.end !== 'voided');
  if (valid.length === 0) {
    const tiers = spec.tiers.map(({ name }) => ({ tier: name, ...UNDECIDED }));
    return { verdict: 'inconclusive', tiers, missing: false };
  }
  const sharers = spec.tiers.reduce((n, tier) => n + curveObjectives(tier).length, 0);
  const tiers = spec.tiers.map((_, t) => judgeTier({ spec, log: valid, loadUnits, sharers }, t));
  const missing = valid.some((o) => o.evidence.some((tier) => tier.some(isMissing)));
  const verdict = tiers.some((tier) => tier.verdict === 'fail')
    ? 'fail'
    : tiers.every((tier) => tier.verdict === 'pass')
      ? 'pass'
      : 'inconclusive';
  return { verdict, tiers, missing };
}

const UNDECIDED = { verdict: 'inconclusive', objectives: [] } as const;

function isMissing(evidence: Evidence): boolean {
  return evidence.kind === 'missing';
}

interface Judged {
  readonly spec: SearchSpec;
  /** Without the voided bursts. */
  readonly log: readonly Observation[];
  readonly loadUnits: number;
  /** Objectives that share the risk of a wrong fail. */
  readonly sharers: number;
}

function judgeTier({ spec, log, loadUnits, sharers }: Judged, index: number): GateTier {
  const tier = spec.tiers[index];
  assert(tier !== undefined, `no tier ${index}`);
  const objectives = curveObjectives(tier).map((member) => weigh(spec, log, index, member));
  const missing = log.some((o) => o.evidence[index]?.some(isMissing) ?? false);
  const enough = Math.log(1 / (1 - spec.confidence)) + Math.log(Math.max(1, sharers));
  const floors = hasFloor(tier) ? judgeFloors(spec, log, index) : undefined;
  const fails =
    objectives.some((o) => o.failNats >= enough) ||
    (floors?.failsUnits.includes(loadUnits) ?? false);
  const sure = lowerThreshold(spec.confidence);
  const floorHolds = floors === undefined || floors.holdsUnits.includes(loadUnits);
  const passes = !missing && floorHolds && objectives.every((o) => o.passNats >= sure);
  return {
    tier: tier.name,
    verdict: fails ? 'fail' : passes ? 'pass' : 'inconclusive',
    objectives,
  };
}

function weigh(
  spec: SearchSpec,
  log: readonly Observation[],
  tier: number,
  { index, objective }: ReturnType<typeof curveObjectives>[number],
): GateEvidence {
  const family = familyOf(objective);
  const pool = poolEvidence(log, objective, (o) => o.evidence[tier]?.[index], lnLoadOf(spec.axis));
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
