/**
 * A search is a fold over its finished probes. After a crash the same fold gives the same state, and
 * with it the probe that was running: it has no result, so it is run again under the next attempt.
 */
import { beginCourse, type CourseStep, nextOfCourse } from '../../../core/search/course.ts';
import type { ProbeDecision } from '../../../core/search/decision.ts';
import type { Observation } from '../../../core/search/observation.ts';
import type { CourseKind, SearchSpec } from '../../../core/search/spec.ts';
import type { StoredProbe } from '../../store/store-port.ts';
import type { SearchLog } from '../search-service.ts';

export interface Replayed {
  readonly step: CourseStep;
  /** Attempts already made at the probe that comes next. */
  readonly attempts: number;
}

export function replay(kind: CourseKind, spec: SearchSpec, log: readonly StoredProbe[]): Replayed {
  let step = beginCourse(kind, spec);
  for (const probe of log) {
    if (probe.observation === undefined) continue;
    step = nextOfCourse(step.state, probe.observation);
  }
  return { step, attempts: attemptsAt(log, step.state.log.length) };
}

/** The log without its attempts: a probe that was tried again was decided once. */
export function logOf(stored: readonly StoredProbe[]): SearchLog {
  const decisions = new Map<number, ProbeDecision>();
  const observations: Observation[] = [];
  for (const { probe, decision, observation } of stored) {
    decisions.set(probe, decision);
    if (observation !== undefined) observations.push(observation);
  }
  return { observations, decisions: [...decisions.values()] };
}

function attemptsAt(log: readonly StoredProbe[], probe: number): number {
  return log.reduce(
    (most, entry) => (entry.probe === probe ? Math.max(most, entry.attempt) : most),
    0,
  );
}

/** Voided probes since the last one that counted. */
export function voidsInARow(log: readonly Observation[]): number {
  const lastCounted = log.findLastIndex((observation) => observation.end !== 'voided');
  return log.length - 1 - lastCounted;
}

/**
 * Each void doubles the generators for the rest of the search: one of them was too busy to be trusted,
 * and going back would only void the next burst.
 */
export function generatorsFor(log: readonly Observation[], most: number): number {
  const voids = log.filter((observation) => observation.end === 'voided').length;
  return Math.min(most, 2 ** voids);
}
