/** The search's instrument: what its tiers make of a burst. Joins the probe room to one question. */
import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import type { Question } from '../../../core/policy/question.ts';
import { arrivalFault } from '../../../core/probe/arrival-check.ts';
import { observe } from '../../../core/probe/observe.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import { report } from '../../../core/probe/report.ts';
import { voidReason } from '../../../core/probe/validity.ts';
import type { ProbeDecision } from '../../../core/search/decision.ts';
import type { BurstEndReason, Observation } from '../../../core/search/observation.ts';

/** One attempt at a probe, before and while it runs. */
export interface Attempt {
  readonly decision: ProbeDecision;
  readonly attempt: number;
  /** Mean latency of the last burst that counted; absent before the first. */
  readonly lastE2eMs?: number;
  /** From the start of the search to the start of this burst. */
  readonly sinceStartMs: number;
}

export interface Measure {
  observe(attempt: Attempt, snapshot: BurstSnapshot, end: BurstEndReason): Observation;
  /** Why the client cannot be trusted over this burst; undefined when it can. */
  voidReason(snapshot: BurstSnapshot, observation: Observation, load: number): string | undefined;
  report(
    attempt: Attempt,
    snapshot: BurstSnapshot,
    observation: Observation,
    run: { readonly startedAtMs: number; readonly settleMs: number; readonly voided?: string },
  ): ProbeReport;
}

export function createMeasure({ axis, tiers, confidence, workload }: Question): Measure {
  return {
    observe({ decision, lastE2eMs, sinceStartMs }, snapshot, end) {
      // Times since the search began, also after a restart on another monotonic clock.
      const searchStartMs = snapshot.burstStartMs - sinceStartMs;
      return observe({
        snapshot,
        decision,
        tiers,
        end,
        searchStartMs,
        ...(lastE2eMs !== undefined && { lastE2eMs }),
      });
    },
    voidReason(snapshot, { requests, end }, load) {
      const late = voidReason(snapshot.health, tiers, requests);
      // A budget of requests that is spent ends the load before its burst.
      if (late !== undefined || axis === 'concurrency' || end === 'budget') return late;
      return arrivalFault(snapshot, workload.arrivals, load);
    },
    report: ({ decision, attempt }, snapshot, observation, run) =>
      report({
        snapshot,
        observation,
        decision,
        axis,
        tiers,
        workload,
        confidence,
        attempt,
        ...run,
      }),
  };
}
