/**
 * One search from its turn to its end, or from where a crash left it. Whoever calls this has given
 * the search the machine; what comes back is whether it ended, was left for the next start, or
 * belongs to another.
 */
import type { Tracer } from '@opentelemetry/api';
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { Question } from '../../../core/policy/question.ts';
import type { QuestionLimits } from '../../../core/policy/question-defaults.ts';
import { searchSpecOf } from '../../../core/probe/search-spec.ts';
import { fluctuationPeriodMs } from '../../../core/workload/fluctuation.ts';
import { conversationLifetimeMs } from '../../../core/workload/lifetime.ts';
import { partsOf } from '../../../core/workload/parts.ts';
import type { AccessPorts } from '../../access/access-ports.ts';
import { ceilingsFor } from '../../access/ceilings.ts';
import { redactSecret } from '../../access/redact-secret.ts';
import type { Engine, LoadTarget, TargetFault, WorkloadFiles } from '../../engine/engine-port.ts';
import type { Store, StoredSearch } from '../../store/store-port.ts';
import { abortable, stopOf } from '../queue/stop-request.ts';
import { MAX_SPOILT_TRIES, type RunnerConfig } from '../runner-config.ts';
import { contextFault } from '../target/context-fault.ts';
import { type Reach, type ReachedTarget, reachTarget } from '../target/reach-target.ts';
import type { RunMeter } from '../watch/run-meter.ts';
import { type SearchTrace, traceSearch } from '../watch/search-trace.ts';
import { createHotLoad } from './hot-load.ts';
import { createMeasure } from './measure.ts';
import { type LoopEnd, probeLoop } from './probe-loop.ts';
import { type Replayed, replay } from './replay.ts';
import {
  type RunOutcome,
  type SearchWrites,
  writeEnd,
  writeProvenance,
  writeStarted,
  writeStop,
} from './search-writes.ts';
import { checkCeilings, sessionPlan } from './session-plan.ts';
import { costOf, spentBy } from './spending.ts';

export interface RunParts extends Reach, SearchWrites {
  readonly access: AccessPorts;
  readonly store: Store;
  readonly config: RunnerConfig;
  readonly onError: (error: unknown) => void;
  readonly meter: RunMeter;
  readonly tracer: Tracer;
}

/** Told how long the burst that starts now may last. */
export type OnBurst = (lengthMs: number) => void;

export async function runSearch(
  search: StoredSearch,
  parts: RunParts,
  onBurst: OnBurst,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const trace = traceSearch(search, parts.tracer);
  try {
    const outcome = await runTraced(search, parts, trace, onBurst, signal);
    trace.ended(outcome, (await parts.store.search(search.id))?.state ?? 'unknown');
    return outcome;
  } catch (error) {
    trace.failed(error);
    throw error;
  }
}

async function runTraced(
  search: StoredSearch,
  parts: RunParts,
  trace: SearchTrace,
  onBurst: OnBurst,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const spec = searchSpecOf(search.question);
  const log = await parts.store.probes(search.id);
  const { replayed } = trace.decide(() => {
    const folded = replay(search.kind, spec, log);
    return { replayed: folded, decision: folded.step.decision };
  });
  let { state } = replayed.step;
  try {
    if (!(await writeStarted(search, state.log.length, parts))) return 'left';
    const traced = { ...parts, trace };
    const end = await measure(search, replayed, traced, onBurst, signal, (latest) => {
      state = latest;
    });
    return await writeEnd(search, end, state, parts);
  } catch (error) {
    const stop = stopOf(signal);
    if (stop === undefined) throw error;
    if (stop.kind === 'shutdown') return 'left';
    return await writeStop(search, stop, state, parts);
  }
}

async function measure(
  search: StoredSearch,
  replayed: Replayed,
  parts: RunParts & { readonly trace: SearchTrace },
  onBurst: OnBurst,
  signal: AbortSignal,
  onState: (state: Replayed['step']['state']) => void,
): Promise<LoopEnd> {
  const { question } = search;
  const { state } = replayed.step;
  const limits = limitsOf(search, parts);
  const [over] = checkCeilings(question, limits);
  if (over !== undefined) return fail({ reason: over.code, detail: `${over.expected} is allowed` });
  const reached = await parts.trace.part('check target', () =>
    reachPatiently(search, state.log.length > 0, parts, signal),
  );
  if (!reached.ok) return fail(reached.error);
  const read = await readFiles(question, parts, signal);
  if (!read.ok) return fail(read.error);
  const { files, provenance } = read.value;
  const tooLong = contextFault(question.workload, files, reached.value.facts.maxModelLen);
  if (tooLong !== undefined) return fail(tooLong);
  const changed = await writeProvenance(search, reached.value, provenance, state, parts);
  if (changed !== undefined) return fail(changed);

  const left = state.spec.budget.requests - spentBy(state.log.map(costOf)).requests;
  const config = { ...parts.config, maxInFlight: limits.maxConcurrency };
  const plan = {
    ...sessionPlan(search.id, question, reached.value.target, left, config),
    ...(files.size > 0 && { files }),
  };
  const resetCache = cacheReset(question, reached.value.target, parts.engine);
  // Once before any load: a target that has no such route must not be loaded first.
  const wrong = await resetCache?.(signal);
  if (wrong !== undefined) return fail(wrong);
  const { fluctuation } = question.workload.arrivals;
  const load = createHotLoad(parts.engine, plan, parts.onError);
  try {
    return await probeLoop(
      replayed,
      {
        searchId: search.id,
        startedMs: startedMs(search, state, parts.clock),
        journal: parts.journal,
        clock: parts.clock,
        measure: createMeasure(question),
        meter: parts.meter,
        trace: parts.trace,
        load,
        // Workers come and go.
        get maxGenerators() {
          return parts.engine.maxGenerators;
        },
        retryDelayMs: parts.config.retryDelayMs,
        async recheck(within) {
          const again = await reachTarget(question, parts, within);
          return again.ok ? undefined : again.error.detail;
        },
        lifetimeMs: (e2eMs) => conversationLifetimeMs(question.workload, e2eMs),
        ...(resetCache !== undefined && { resetCache }),
        ...(fluctuation !== undefined && { periodMs: fluctuationPeriodMs(fluctuation) }),
        onBurst,
        onState,
      },
      signal,
    );
  } finally {
    await load.cool();
  }
}

/** What empties the target's cache before every burst; undefined where the policy does not ask for it. */
function cacheReset(
  { workload }: StoredSearch['question'],
  target: LoadTarget,
  engine: Engine,
): ((signal: AbortSignal) => Promise<TargetFault | undefined>) | undefined {
  const { cache } = workload;
  if (cache?.kind !== 'reset') return undefined;
  return async (signal) => {
    if (engine.resetCache === undefined) {
      return { reason: 'cache_reset_failed', detail: 'this engine cannot reset a cache' };
    }
    const told = await abortable(engine.resetCache(target, cache.route, signal), signal);
    const done = redactSecret(told, target.headers);
    return done.ok ? undefined : done.error;
  };
}

/**
 * The start of the search on this process' monotonic clock. A restart is where the wall clock has to be
 * believed; if it was set back meanwhile, time at least does not run backwards against the log.
 */
function startedMs(
  { startedAtMs }: StoredSearch,
  { log }: Replayed['step']['state'],
  clock: RunParts['clock'],
): number {
  const latestMs = Math.max(0, ...log.flatMap(({ pace }) => pace.map(({ atMs }) => atMs)));
  const sinceMs = startedAtMs === undefined ? 0 : clock.wallMs() - startedAtMs;
  return clock.monotonicMs() - Math.max(latestMs, sinceMs);
}

/**
 * A target that is not there at the beginning ends the search at once. One that was there before a
 * restart gets the same bounded tries as one that vanishes in the middle.
 */
async function reachPatiently(
  search: StoredSearch,
  wasThere: boolean,
  parts: RunParts,
  signal: AbortSignal,
): Promise<Result<ReachedTarget, TargetFault>> {
  const reach = (): ReturnType<typeof reachTarget> => reachTarget(search.question, parts, signal);
  const first = await reach();
  if (first.ok || !wasThere) return first;
  let last = first;
  for (let tried = 1; tried < MAX_SPOILT_TRIES; tried++) {
    await parts.clock.sleep(parts.config.retryDelayMs * 2 ** (tried - 1), signal);
    const again = await reach();
    if (again.ok) return again;
    last = again;
  }
  const { reason, detail } = last.error;
  return err({ reason: 'target_lost', detail: `${detail} (${reason})` });
}

/** Asked when it runs, too: a search may have waited while the operator lowered a ceiling. */
function limitsOf({ caller }: StoredSearch, { config, access }: RunParts): QuestionLimits {
  const machine: QuestionLimits = {
    maxConcurrency: config.maxInFlight,
    maxRps: Number.POSITIVE_INFINITY,
    maxLoadSeconds: Number.POSITIVE_INFINITY,
    maxRequests: Number.POSITIVE_INFINITY,
    maxOutputTokens: Number.POSITIVE_INFINITY,
  };
  return ceilingsFor(machine, access.operator(), caller);
}

async function readFiles(
  question: Question,
  { engine, trace }: { readonly engine: Engine; readonly trace: SearchTrace },
  signal: AbortSignal,
): Promise<Result<WorkloadFiles, TargetFault>> {
  const isAsked = partsOf(question.workload).some(({ request }) => request.kind === 'file');
  if (!isAsked) return ok({ files: new Map(), provenance: [] });
  const { readFiles: read } = engine;
  if (read !== undefined) {
    return trace.part('read data files', () => abortable(read(question, signal), signal));
  }
  return err({ reason: 'data_files_off', detail: 'this engine reads no data files' });
}

function fail({ reason, detail }: TargetFault): LoopEnd {
  return { kind: 'failed', reason, detail };
}
