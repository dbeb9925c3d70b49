/**
 * The controller: `begin`, `next`, `look`, `standing`, `conclude`. Pure: the same spec and the same
 * observations give the same decisions, so a search is a fold over its stored log.
 */
import { assert } from '../base/result.ts';
import { buildResult } from './answer/conclude.ts';
import type { SearchResult } from './answer/result.ts';
import { lookIntoBurst } from './burst-rule.ts';
import type { BurstLook, ProbeDecision } from './decision.ts';
import { suspectDrift } from './guard/drift.ts';
import { judgeRecheck } from './guard/recheck.ts';
import type { Observation } from './observation.ts';
import { BISECT_SAMPLES, exploreNext, GROW_SAMPLES } from './place/explore.ts';
import {
  firstDoubt,
  lookAgain,
  probe,
  recheck,
  refine,
  type Step,
  widest,
} from './place/next-probe.ts';
import type { SearchSpec } from './spec.ts';
import { assessAll, emptyState, type SearchState, validLog } from './state.ts';
import { isSpent, stopReason } from './stop.ts';

export type { Step } from './place/next-probe.ts';

/** Rechecks without a finding, before the search stops asking. */
const MAX_RECHECKS = 3;

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
    const stands = stopped === 'resolved' || stopped === 'range_exhausted';
    const doubt = stands && !isSpent(state) ? firstDoubt(state) : undefined;
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

function done(state: SearchState, stopped: string): Step {
  const { decision: _over, ...rest } = state;
  return { state: rest, decision: { kind: 'done', result: buildResult(state, stopped) } };
}
