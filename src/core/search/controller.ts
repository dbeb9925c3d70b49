/**
 * The controller: `begin`, `next`, `look`, `standing`, `conclude`. Pure: the same spec and the same
 * observations give the same decisions, so a search is a fold over its stored log.
 */
import { assert } from '../base/result.ts';
import type { TierStanding } from './assess.ts';
import { lookEveryMs, settlePlan } from './burst-length.ts';
import { lookIntoBurst } from './burst-rule.ts';
import { clearLoad, isClear } from './clear.ts';
import { buildResult } from './conclude.ts';
import type { BurstLook, Decision, Phase, ProbeDecision } from './decision.ts';
import { doubtfulLoad } from './doubt.ts';
import { suspectDrift } from './drift.ts';
import { BISECT_SAMPLES, exploreNext, GROW_SAMPLES } from './explore.ts';
import { lnLoadOf, toLoad } from './load-grid.ts';
import type { Observation } from './observation.ts';
import { judgeRecheck, RECHECK_E2E, RECHECK_MAX_MS, RECHECK_MIN_MS } from './recheck.ts';
import { type LastTry, refineNext, type Side } from './refine.ts';
import type { SearchResult } from './result.ts';
import type { SearchSpec } from './spec.ts';
import {
  assessAll,
  type DriftSuspicion,
  emptyState,
  excessWidth,
  isResolved,
  type SearchState,
  spentMs,
  unitsAtLn,
  validLog,
} from './state.ts';

export interface Step {
  readonly state: SearchState;
  readonly decision: Decision;
}

/** A burst shorter than this shows nothing: the budget is over. */
const MIN_USEFUL_MS = 10_000;
const MIN_WINDOW_MS = 1_000;
/** Rechecks without a finding, before the search stops asking. */
const MAX_RECHECKS = 3;
/** Voided or empty bursts in a row, and bursts in all, that a search survives. */
const MAX_PROBES = 400;
/** Exploring bursts with a measurement missing, before the search gives up. */
const MISSING_PROBES = 2;

export function begin(spec: SearchSpec): Step {
  assert(spec.minUnits >= 1 && spec.minUnits <= spec.maxUnits, 'the range is empty');
  assert(spec.tiers.length > 0, 'a search needs a tier');
  return decide(emptyState(spec));
}

/** Takes what the burst showed, says what to do next. Throws if the probe is not the one decided. */
export function next(state: SearchState, observation: Observation): Step {
  assert(
    observation.probe === state.log.length,
    `probe ${observation.probe} is not the one running`,
  );
  const log = [...state.log, observation];
  const logged: SearchState = { ...state, log };
  const drifted = observation.end === 'voided' ? logged : weighDrift(logged);
  const standings = assessAll(state.spec, validLog(drifted));
  return decide({ ...drifted, standings });
}

/** After a recheck: drift or not. Else: is there a step that asks for one? */
function weighDrift(state: SearchState): SearchState {
  const { suspicion, ...rest } = state;
  if (suspicion !== undefined) {
    const drift = judgeRecheck(state);
    if (drift === undefined) return { ...rest, dismissed: [...rest.dismissed, suspicion.boundary] };
    return { ...rest, validFrom: drift.atProbe, warnings: [...rest.warnings, drift] };
  }
  if (rest.dismissed.length >= MAX_RECHECKS) return rest;
  const found = suspectDrift(rest);
  return found === undefined ? rest : { ...rest, suspicion: found };
}

/** Asked during a burst, with what it has shown so far. */
export function look(state: SearchState, decision: ProbeDecision, partial: Observation): BurstLook {
  if (decision.phase === 'grow' || decision.phase === 'bisect') {
    const enough = decision.phase === 'grow' ? GROW_SAMPLES : BISECT_SAMPLES;
    if (sampleCount(partial) >= enough) return { kind: 'end', reason: 'length' };
  }
  return lookIntoBurst(state, decision, partial);
}

/** What is known so far, as a result. */
export function standing(state: SearchState): SearchResult {
  return buildResult(state, 'running');
}

/** The result when the search ends for a reason that is not its own: cancelled, target lost. */
export function conclude(state: SearchState, stopped: string): SearchResult {
  return buildResult(state, stopped);
}

function sampleCount(partial: Observation): number {
  let least = Number.POSITIVE_INFINITY;
  for (const tier of partial.evidence) {
    for (const evidence of tier) {
      if (evidence.kind !== 'ratio' && evidence.kind !== 'mean') continue;
      least = Math.min(
        least,
        evidence.blocks.reduce((n, block) => n + block.n, 0),
      );
    }
  }
  return Number.isFinite(least) ? least : 0;
}

function decide(state: SearchState): Step {
  if (state.suspicion !== undefined && !isSpent(state)) return recheck(state, state.suspicion);
  const stopped = stopReason(state);
  if (stopped !== undefined) {
    const doubt = isSpent(state) ? undefined : firstDoubt(state);
    return doubt === undefined ? done(state, stopped) : lookAgain(state, doubt);
  }
  const { spec } = state;
  const log = validLog(state);
  for (let tier = 0; tier < spec.tiers.length; tier++) {
    const step = exploreNext(spec, log, tier);
    if (step === undefined) continue;
    return probe(state, step.phase, step.units, step.maxWindowMs, step.reason);
  }
  const focus = widest(state);
  if (focus === undefined) return done(state, 'resolved');
  return refine(state, focus);
}

function stopReason(state: SearchState): string | undefined {
  const { spec, log, standings } = state;
  if (standings.length > 0 && standings.every((s) => isResolved(spec, s))) {
    const exhausted = standings.every(
      (s) => s.lowerUnits === undefined || s.upperUnits === undefined,
    );
    return exhausted ? 'range_exhausted' : 'resolved';
  }
  if (log.length >= MISSING_PROBES) {
    const missing = standings.some((s) => s.objectives.some((o) => o.missing !== undefined));
    if (missing) return 'missing_measurement';
  }
  return isSpent(state) ? 'budget' : undefined;
}

function isSpent(state: SearchState): boolean {
  const { log, spec } = state;
  const { budget } = spec;
  // A budget of a few seconds is still one burst, not none.
  const useful = Math.min(MIN_USEFUL_MS, budget.loadMs / 2);
  if (log.length >= MAX_PROBES || budget.loadMs - spentMs(state) < useful) return true;
  const requests = log.reduce((n, o) => n + o.requests, 0);
  const tokens = log.reduce((n, o) => n + o.outputTokens, 0);
  return requests >= budget.requests || tokens >= budget.outputTokens;
}

function recheck(state: SearchState, suspicion: DriftSuspicion): Step {
  const meanE2eMs = state.log[state.log.length - 1]?.meanE2eMs ?? 0;
  const windowMs = Math.min(RECHECK_MAX_MS, Math.max(RECHECK_MIN_MS, RECHECK_E2E * meanE2eMs));
  const reason = `the pace seems to have changed since probe ${suspicion.boundary}: an earlier load again`;
  return probe(state, 'recheck', suspicion.loadUnits, windowMs, reason);
}

/** A load below a certified lower bound that looked bad when it was measured. */
function firstDoubt(state: SearchState): number | undefined {
  const looks = new Map<number, number>();
  for (const { phase, loadUnits } of state.taken) {
    if (phase === 'recheck') looks.set(loadUnits, (looks.get(loadUnits) ?? 0) + 1);
  }
  for (const [tier, { lowerUnits }] of state.standings.entries()) {
    if (lowerUnits === undefined) continue;
    const units = doubtfulLoad(state.spec, validLog(state), looks, tier, lowerUnits);
    if (units !== undefined) return units;
  }
  return undefined;
}

function lookAgain(state: SearchState, units: number): Step {
  const meanE2eMs = state.log[state.log.length - 1]?.meanE2eMs ?? 0;
  const windowMs = Math.min(RECHECK_MAX_MS, Math.max(RECHECK_MIN_MS, RECHECK_E2E * meanE2eMs));
  return probe(state, 'recheck', units, windowMs, 'looked bad, though higher loads pass: again');
}

/** The tier whose bracket is widest relative to what was asked; undefined when all stand. */
function widest(state: SearchState): TierStanding | undefined {
  let best: TierStanding | undefined;
  let most = 0;
  for (const candidate of state.standings) {
    if (isResolved(state.spec, candidate)) continue;
    const excess = excessWidth(state.spec, candidate);
    if (best === undefined || excess > most) {
      best = candidate;
      most = excess;
    }
  }
  return best;
}

function refine(state: SearchState, focus: TierStanding): Step {
  const { spec } = state;
  const focusIndex = state.standings.indexOf(focus);
  const spent = { lower: 0, upper: 0 };
  const lastTry: Partial<Record<Side, LastTry>> = {};
  state.log.forEach((observation, i) => {
    const side = state.taken[i]?.side;
    if (side === undefined || i < state.validFrom) return;
    spent[side] += observation.loadMs;
    if (observation.end === 'voided') return;
    lastTry[side] = {
      units: observation.loadUnits,
      clear: isClear(spec, observation, focusIndex, side),
    };
  });
  const lnLoad = lnLoadOf(spec.axis);
  const near = nearestObservation(state, focus.lnEstimate, lnLoad);
  const failing = focus.upperUnits ?? spec.maxUnits + 1;
  const clearUnits = clearLoad(spec, validLog(state), focusIndex, failing);
  const step = refineNext({
    spec,
    standing: focus,
    spentMs: spent,
    lastTry,
    ...(clearUnits === undefined ? {} : { clearUnits }),
    remainingMs: spec.budget.loadMs - spentMs(state),
    samplesPerSecond: near?.completedRps ?? 1,
    meanE2eMs: near?.meanE2eMs ?? 0,
    knownUnits: [...new Set(validLog(state).map((o) => o.loadUnits))],
    lnLoad,
    unitsOf: unitsAtLn(spec),
  });
  return probe(state, 'refine', step.units, step.windowMs, step.reason, step.side);
}

function nearestObservation(
  state: SearchState,
  lnEstimate: number,
  lnLoad: (units: number) => number,
): Observation | undefined {
  let best: Observation | undefined;
  for (const observation of validLog(state)) {
    const distance = Math.abs(lnLoad(observation.loadUnits) - lnEstimate);
    if (best === undefined || distance <= Math.abs(lnLoad(best.loadUnits) - lnEstimate)) {
      best = observation;
    }
  }
  return best;
}

function probe(
  state: SearchState,
  phase: Phase,
  units: number,
  maxWindowMs: number,
  reason: string,
  side?: Side,
): Step {
  const { spec } = state;
  const last = state.log[state.log.length - 1];
  const exploring = phase === 'grow' || phase === 'bisect';
  const meanE2eMs = last?.meanE2eMs ?? 0;
  const load = toLoad(spec.axis, units);
  const fromLoad = last === undefined ? 0 : toLoad(spec.axis, last.loadUnits);
  const { rampMs, settleMs } = settlePlan(meanE2eMs, fromLoad, load);
  const remaining = spec.budget.loadMs - spentMs(state);
  const windowMs = Math.max(MIN_WINDOW_MS, Math.min(maxWindowMs, remaining - settleMs));
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: state.log.length,
    phase,
    loadUnits: units,
    load,
    rampMs,
    settleMs,
    windowMs,
    lookEveryMs: lookEveryMs(meanE2eMs, exploring),
    reason,
  };
  const taken = { phase, loadUnits: units, ...(side === undefined ? {} : { side }) };
  return { state: { ...state, taken: [...state.taken, taken], decision }, decision };
}

function done(state: SearchState, stopped: string): Step {
  const { decision: _over, ...rest } = state;
  return { state: rest, decision: { kind: 'done', result: buildResult(state, stopped) } };
}
