/**
 * One burst: load to the decided level, looks on the way, an observation at the end. The controller's
 * in-burst rule says when enough is known; budget and a vanished target end it before that.
 */

import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import { type CourseState, lookIntoCourse } from '../../../core/search/course.ts';
import type { BurstEndReason, Observation } from '../../../core/search/observation.ts';
import type { BurstPlan, Look } from '../../../core/workload/burst-plan.ts';
import { LoadLost, type LoadSession } from '../../engine/engine-port.ts';
import type { Clock } from '../clock.ts';
import { abortable } from '../queue/stop-request.ts';
import { BURST_SLACK_MS, PROGRESS_PERIOD_MS } from '../runner-config.ts';
import { failingEnd } from '../target/failing-end.ts';
import { isQuiet, type TargetTrouble, targetTrouble } from '../target/target-trouble.ts';
import type { Attempt, Measure } from './measure.ts';
import { addSpending, costOf, isSpent, NOTHING_SPENT, type Spending } from './spending.ts';

/** A look is at the end of a period when it is as near as this. */
const ROUNDING_MS = 0.1;

export interface ProbeTask {
  readonly state: CourseState;
  readonly attempt: Attempt;
  readonly plan: BurstPlan;
  readonly measure: Measure;
  /** All that the search has cost before this burst. */
  readonly spent: Spending;
  readonly clock: Clock;
  /** Of the load's fluctuation: the burst ends at the end of a period. */
  readonly periodMs?: number;
  /** It ended in errors before, and the target answered in between: now they are evidence. */
  readonly believesErrors: boolean;
  readonly onProgress: (elapsedMs: number, requests: number, needs: string) => void;
}

export type ProbeRun =
  | {
      readonly kind: 'finished';
      readonly observation: Observation;
      readonly report: ProbeReport;
      readonly snapshot: BurstSnapshot;
    }
  /** The burst says nothing: the target was not there, or a generator died. */
  | { readonly kind: 'spoilt'; readonly trouble: TargetTrouble; readonly cost: Spending }
  | {
      readonly kind: 'lost';
      /** Absent: a generator died. */
      readonly reason?: string;
      readonly detail: string;
      readonly cost: Spending;
    };

export async function runProbe(
  session: LoadSession,
  task: ProbeTask,
  signal: AbortSignal,
): Promise<ProbeRun> {
  const { attempt, plan, measure, clock } = task;
  const startedAtMs = clock.wallMs();
  const startedMs = clock.monotonicMs();
  const looks = createLooks(task);
  const limitMs = Math.ceil(plan.settleMs + plan.windowMs + BURST_SLACK_MS);
  const overdue = AbortSignal.timeout(limitMs);
  let snapshot: BurstSnapshot;
  try {
    const within = AbortSignal.any([signal, overdue]);
    snapshot = await abortable(session.burst(plan, looks.onLook, within), within);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LoadLost) && !overdue.aborted) throw error;
    const detail = error instanceof LoadLost ? error.message : 'the burst did not end in time';
    const loadMs = clock.monotonicMs() - startedMs;
    return { kind: 'lost', detail, cost: { ...NOTHING_SPENT, loadMs } };
  }
  const seen = measure.observe(attempt, snapshot, looks.end());
  const trouble =
    targetTrouble(snapshot, attempt.lastE2eMs) ??
    (task.believesErrors ? undefined : failingEnd(snapshot));
  if (trouble !== undefined) return { kind: 'spoilt', trouble, cost: costOf(seen) };
  const voided = measure.voidReason(snapshot, seen, plan.load);
  const observation: Observation = voided === undefined ? seen : { ...seen, end: 'voided' };
  const report = measure.report(attempt, snapshot, observation, {
    startedAtMs,
    settleMs: plan.settleMs,
    ...(voided !== undefined && { voided }),
  });
  return { kind: 'finished', observation, report, snapshot };
}

interface Looks {
  readonly onLook: (snapshot: BurstSnapshot) => Look;
  readonly end: () => BurstEndReason;
}

function createLooks(task: ProbeTask): Looks {
  const { state, attempt, measure, spent, clock, onProgress } = task;
  let end: BurstEndReason = 'length';
  let toldMs = Number.NEGATIVE_INFINITY;
  let periodsSeen = 0;

  function onLook(snapshot: BurstSnapshot): Look {
    // The runner judges the trouble again from the last snapshot; here it only ends the burst.
    if (targetTrouble(snapshot, attempt.lastE2eMs) !== undefined) return 'end';
    const partial = measure.observe(attempt, snapshot, 'length');
    if (isSpent(state.spec.budget, addSpending(spent, costOf(partial)))) {
      end = 'budget';
      return 'end';
    }
    const answer = lookIntoCourse(state, attempt.decision, partial);
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs >= PROGRESS_PERIOD_MS) {
      toldMs = nowMs;
      const needs = answer.kind === 'continue' ? answer.needs : answer.reason;
      onProgress(snapshot.nowMs - snapshot.burstStartMs, partial.requests, needs);
    }
    const isWhole = endsPeriod(snapshot);
    if (answer.kind === 'continue' || !isWhole) return 'continue';
    if (answer.reason !== 'length' && isQuiet(snapshot)) return 'continue';
    end = answer.reason;
    return 'end';
  }

  /** Whether a period of the load has ended since the look before. */
  function endsPeriod({ nowMs, windowStartMs }: BurstSnapshot): boolean {
    if (task.periodMs === undefined) return true;
    const periods = Math.floor((nowMs - windowStartMs + ROUNDING_MS) / task.periodMs);
    const ended = periods > periodsSeen;
    periodsSeen = periods;
    return ended;
  }

  return { onLook, end: () => end };
}
