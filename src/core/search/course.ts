/**
 * A course: a search or a gate under way. Both are folds over the same kind of log and answer in the same
 * shape, so whoever runs, resumes or replays one needs to know neither.
 */
import { assert } from '../base/result.ts';
import type { SearchResult } from './answer/result.ts';
import { begin, conclude, look, next, standing } from './controller.ts';
import type { BurstLook, Decision, ProbeDecision } from './decision.ts';
import { beginGate, type GateState, type GateStep, lookGate, nextGate } from './gate/gate.ts';
import { gateAnswer } from './gate/gate-answer.ts';
import type { Observation } from './observation.ts';
import type { CourseKind, SearchSpec } from './spec.ts';
import type { SearchState } from './state.ts';

export type CourseState = SearchState | GateState;

export interface CourseStep {
  readonly state: CourseState;
  readonly decision: Decision;
}

/** A gate's spec holds its one load as both ends of the range. */
export function beginCourse(kind: CourseKind, spec: SearchSpec): CourseStep {
  if (kind === 'search') return begin(spec);
  assert(spec.minUnits === spec.maxUnits, 'a gate asks one load');
  return gateStep(beginGate(spec, spec.minUnits));
}

export function nextOfCourse(state: CourseState, observation: Observation): CourseStep {
  return state.kind === 'search'
    ? next(state, observation)
    : gateStep(nextGate(state, observation));
}

/** Asked during a burst, with what it has shown so far. */
export function lookIntoCourse(
  state: CourseState,
  decision: ProbeDecision,
  partial: Observation,
): BurstLook {
  return state.kind === 'search' ? look(state, decision, partial) : lookGate(state, partial);
}

/** What is known so far, as a result. */
export function standingOfCourse(state: CourseState): SearchResult {
  return state.kind === 'search' ? standing(state) : gateAnswer(state, 'running');
}

/** The result when it ends for a reason that is not its own: cancelled, target lost. */
export function concludeCourse(state: CourseState, stopped: string): SearchResult {
  return state.kind === 'search' ? conclude(state, stopped) : gateAnswer(state, stopped);
}

function gateStep({ state, decision }: GateStep): CourseStep {
  if (decision.kind === 'probe') return { state, decision };
  return { state, decision: { kind: 'done', result: gateAnswer(state, decision.result.stopped) } };
}
