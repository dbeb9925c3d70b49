/**
 * The heart of a run: decide, burst, store, decide again. One finished probe is one transaction with
 * the events and the standing result that follow from it, so a crash falls between two probes or
 * spoils one attempt, never more.
 */

import type { SearchResult } from '../../../core/search/answer/result.ts';
import {
  type CourseState,
  type CourseStep,
  concludeCourse,
  nextOfCourse,
  standingOfCourse,
} from '../../../core/search/course.ts';
import type { ProbeDecision } from '../../../core/search/decision.ts';
import type { BurstPlan } from '../../../core/workload/burst-plan.ts';
import type { TargetFault } from '../../engine/engine-port.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../keep/journal.ts';
import {
  probeFinishedEvent,
  probeStartedEvent,
  progressEvent,
  resultEvents,
} from '../read/event-data.ts';
import { MAX_SPOILT_TRIES, MAX_VOIDS_IN_A_ROW } from '../runner-config.ts';
import type { RunMeter } from '../watch/run-meter.ts';
import type { ProbeTrace, SearchTrace } from '../watch/search-trace.ts';
import { emptyCache, openSession } from './burst-start.ts';
import { burstPlanOf, type HotLoad } from './hot-load.ts';
import type { Measure } from './measure.ts';
import { generatorsFor, type Replayed, voidsInARow } from './replay.ts';
import { type ProbeRun, type ProbeTask, runProbe } from './run-probe.ts';
import { addSpending, costOf, isSpent, NOTHING_SPENT, type Spending, spentBy } from './spending.ts';

export interface LoopParts {
  readonly searchId: string;
  /** When the search began on the monotonic clock of this process: a wall clock may step. */
  readonly startedMs: number;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly measure: Measure;
  readonly meter: RunMeter;
  readonly trace: SearchTrace;
  readonly load: HotLoad;
  readonly maxGenerators: number;
  readonly retryDelayMs: number;
  /** Is the target (again) there? Undefined when it is, else why not. */
  readonly recheck: (signal: AbortSignal) => Promise<string | undefined>;
  /** Empties the target's cache, where the policy asks for it; what is wrong, or undefined. */
  readonly resetCache?: (signal: AbortSignal) => Promise<TargetFault | undefined>;
  /** Of a conversation whose answers take so long; 0 where every request stands alone. */
  readonly lifetimeMs: (e2eMs: number) => number;
  /** Of the load's fluctuation: bursts hold whole periods of it. */
  readonly periodMs?: number;
  /** Told of every burst, for `Retry-After`. */
  readonly onBurst: (lengthMs: number) => void;
  /** Told of every new state, so that a stop from outside can conclude from it. */
  readonly onState: (state: CourseState) => void;
}

export type LoopEnd =
  | { readonly kind: 'done'; readonly result: SearchResult }
  | { readonly kind: 'failed'; readonly reason: string; readonly detail: string }
  /** The store says that this search is not ours any more. */
  | { readonly kind: 'fenced' };

/** What went wrong with the tries of the probe that is due. */
interface Tries {
  readonly attempts: number;
  readonly spoilt: number;
  readonly wasted: Spending;
  /** One of them ended in nothing but errors, and the target answered after it. */
  readonly endedInErrors: boolean;
}

export async function probeLoop(
  replayed: Replayed,
  parts: LoopParts,
  signal: AbortSignal,
): Promise<LoopEnd> {
  let { step } = replayed;
  let tries: Tries = {
    attempts: replayed.attempts,
    spoilt: 0,
    wasted: NOTHING_SPENT,
    endedInErrors: false,
  };
  for (;;) {
    signal.throwIfAborted();
    const { state, decision } = step;
    parts.onState(state);
    if (decision.kind === 'done') return { kind: 'done', result: decision.result };
    const spent = addSpending(spentBy(state.log.map(costOf)), tries.wasted);
    if (isSpent(state.spec.budget, spent)) {
      return { kind: 'done', result: concludeCourse(state, 'budget') };
    }
    const voids = voidsInARow(state.log);
    if (voids >= MAX_VOIDS_IN_A_ROW) return clientLimited(voids);

    const attempt = tries.attempts + 1;
    const done = await traceProbe(
      { state, decision, attempt, spent, believesErrors: tries.endedInErrors },
      parts,
      signal,
    );
    if (done === 'fenced') return { kind: 'fenced' };
    const { run, after } = done;
    if (after !== undefined) {
      step = after;
      tries = { attempts: 0, spoilt: 0, wasted: tries.wasted, endedInErrors: false };
      continue;
    }
    tries = {
      attempts: attempt,
      spoilt: tries.spoilt + 1,
      wasted: addSpending(tries.wasted, run.cost),
      endedInErrors:
        tries.endedInErrors || (run.kind === 'spoilt' && run.trouble.kind === 'failing'),
    };
    const failed = await recover(run, tries.spoilt, parts, signal);
    if (failed !== undefined) return failed;
  }
}

type Probed =
  | { readonly run: ProbeRun & { readonly kind: 'finished' }; readonly after: CourseStep }
  | { readonly run: Exclude<ProbeRun, { kind: 'finished' }>; readonly after?: undefined };

/** One try from its decision to its place in the log, and the decision that follows, as spans. */
async function traceProbe(
  due: Try,
  parts: LoopParts,
  signal: AbortSignal,
): Promise<Probed | 'fenced'> {
  const { trace, meter } = parts;
  const span = trace.probe(due.decision, due.attempt);
  try {
    const run = await tryProbe(due, parts, span, signal);
    if (run === 'fenced' || run.kind !== 'finished') {
      span.ended(run);
      if (run === 'fenced') return run;
      meter.wasted(run.kind, run.cost);
      return { run };
    }
    const after = trace.decide(() => nextOfCourse(due.state, run.observation));
    const stored = await span.part('store probe', () =>
      storeProbe(run, due.attempt, due.state, after.state, parts),
    );
    span.ended(stored ? run : 'fenced');
    return stored ? { run, after } : 'fenced';
  } catch (error) {
    span.failed(error);
    throw error;
  }
}

interface Try {
  readonly state: CourseState;
  readonly decision: ProbeDecision;
  readonly attempt: number;
  readonly spent: Spending;
  readonly believesErrors: boolean;
}

async function tryProbe(
  { state, decision, attempt, spent, believesErrors }: Try,
  parts: LoopParts,
  span: ProbeTrace,
  signal: AbortSignal,
): Promise<ProbeRun | 'fenced'> {
  const { searchId, journal, clock, load, measure } = parts;
  const { probe } = decision;
  const generators = generatorsFor(state.log, parts.maxGenerators);
  const { resetCache } = parts;
  const emptied =
    resetCache === undefined
      ? undefined
      : await span.part('empty cache', () => emptyCache(load, resetCache, signal));
  if (emptied !== undefined) return emptied;
  const opening = `${probe}.${attempt}`;
  const session = await span.part('open generators', () =>
    openSession(load, generators, opening, signal),
  );
  if ('kind' in session) return session;
  const counted = state.log.findLast((observation) => observation.end !== 'voided');
  const e2eMs = counted?.meanE2eMs ?? 0;
  const rises = decision.loadUnits > (state.log.at(-1)?.loadUnits ?? 0);
  const plan: BurstPlan = {
    ...burstPlanOf(decision, load.isHot(), e2eMs, {
      ...(parts.periodMs !== undefined && { periodMs: parts.periodMs }),
      // Going down nothing new begins.
      matureMs: load.isHot() && !rises ? 0 : parts.lifetimeMs(e2eMs),
    }),
    ...(span.place !== undefined && { trace: span.place }),
  };
  const started = clock.wallMs();
  const claimed = await journal.startProbe(
    { searchId, probe, attempt, decision, startedAtMs: started },
    [probeStartedEvent(started, decision, attempt, plan)],
  );
  if (!claimed) return 'fenced';
  parts.onBurst(plan.settleMs + plan.windowMs);
  const onProgress = (elapsedMs: number, requests: number, needs: string): void =>
    journal.progress(
      searchId,
      progressEvent(clock.wallMs(), {
        probe,
        attempt,
        load: decision.load,
        elapsedMs,
        requests,
        needs,
      }),
    );
  const task: ProbeTask = {
    state,
    attempt: {
      decision,
      attempt,
      sinceStartMs: clock.monotonicMs() - parts.startedMs,
      ...(counted !== undefined && { lastE2eMs: counted.meanE2eMs }),
    },
    plan,
    measure,
    spent,
    clock,
    onProgress,
    believesErrors,
    ...(parts.periodMs !== undefined && { periodMs: parts.periodMs }),
  };
  const run = await span.part('burst', () => runProbe(session.session, task, signal));
  if (run.kind === 'finished') load.warmed();
  return run;
}

async function storeProbe(
  run: ProbeRun & { readonly kind: 'finished' },
  attempt: number,
  before: CourseState,
  after: CourseState,
  { searchId, journal, clock }: LoopParts,
): Promise<boolean> {
  const nowMs = clock.wallMs();
  const result = standingOfCourse(after);
  const known = before.log.length === 0 ? undefined : standingOfCourse(before);
  const stored = await journal.finishProbe(
    {
      searchId,
      probe: run.observation.probe,
      attempt,
      finishedAtMs: nowMs,
      observation: run.observation,
      report: run.report,
      snapshot: run.snapshot,
    },
    { result },
    [probeFinishedEvent(nowMs, run.report), ...resultEvents(nowMs, known, result)],
  );
  return stored !== undefined;
}

/** Waits, looks whether the target is back, and gives up after a bounded number of tries. */
async function recover(
  run: Exclude<ProbeRun, { kind: 'finished' }>,
  spoilt: number,
  parts: LoopParts,
  signal: AbortSignal,
): Promise<LoopEnd | undefined> {
  await parts.load.cool();
  signal.throwIfAborted();
  if (run.kind === 'lost') {
    if (spoilt < MAX_SPOILT_TRIES) return undefined;
    return { kind: 'failed', reason: run.reason ?? 'generator_lost', detail: run.detail };
  }
  const { kind, detail } = run.trouble;
  const reason = kind === 'turned_away' ? 'target_turns_requests_away' : 'target_lost';
  if (spoilt >= MAX_SPOILT_TRIES) return { kind: 'failed', reason, detail };
  let why: string | undefined;
  for (let wait = spoilt; wait <= MAX_SPOILT_TRIES; wait++) {
    await parts.clock.sleep(parts.retryDelayMs * 2 ** (wait - 1), signal);
    why = await parts.recheck(signal);
    if (why === undefined) return undefined;
  }
  return { kind: 'failed', reason, detail: `${detail}; asked again: ${why}` };
}

function clientLimited(voids: number): LoopEnd {
  return {
    kind: 'failed',
    reason: 'client_limited',
    detail: `${voids} bursts in a row were voided: this machine could not measure at that load`,
  };
}
