/** What a run writes about its search outside the probes: started, what is measured, how it ended. */

import { isWhole } from '../../../core/dialect/endpoint.ts';
import { planCourse } from '../../../core/search/answer/plan.ts';
import type { SearchResult } from '../../../core/search/answer/result.ts';
import { type CourseState, concludeCourse } from '../../../core/search/course.ts';
import { partsOf } from '../../../core/workload/parts.ts';
import type { DataProvenance } from '../../../core/workload/readers/data-provenance.ts';
import type { TargetFault } from '../../engine/engine-port.ts';
import type {
  Provenance,
  SearchChange,
  SearchEventType,
  StoredSearch,
} from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../keep/journal.ts';
import type { Stop } from '../queue/stop-request.ts';
import { endEvent, planEvent, startedEvent } from '../read/event-data.ts';
import type { ReachedTarget } from '../target/reach-target.ts';
import type { LoopEnd } from './probe-loop.ts';

export interface SearchWrites {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly versions: { readonly plimsoll: string; readonly node: string };
}

/** `left`: not ended, to be carried on by the next start or by its new owner. */
export type RunOutcome = 'ended' | 'left';

/** False when the search is not ours to run. */
export async function writeStarted(
  search: StoredSearch,
  finishedProbes: number,
  { journal, clock }: SearchWrites,
): Promise<boolean> {
  const nowMs = clock.wallMs();
  const resumed = search.state === 'running';
  const change: SearchChange = resumed ? {} : { state: 'running', startedAtMs: nowMs };
  const events = [startedEvent(nowMs, resumed, finishedProbes)];
  return (await journal.change(search.id, change, events)) !== undefined;
}

/** Vectors and rankings only. */
function hasNoOutput({ question }: StoredSearch): boolean {
  return partsOf(question.workload).every(({ request }) => isWhole(request.endpoint));
}

/** Writes down once what is measured; a target that has become another one since is a fault. */
export async function writeProvenance(
  search: StoredSearch,
  reached: ReachedTarget,
  data: readonly DataProvenance[],
  state: CourseState,
  { journal, clock, versions }: SearchWrites,
): Promise<TargetFault | undefined> {
  const { target, facts } = reached;
  const known = search.provenance;
  if (known !== undefined) {
    const other = changedFile(known.data ?? [], data);
    if (other !== undefined) {
      return {
        reason: 'data_file_changed',
        detail: `${other} is not the file that the search began with`,
      };
    }
    if (known.model === target.model && known.dialect === target.dialect) return undefined;
    return {
      reason: 'target_changed',
      detail: `it serves ${target.model} (${target.dialect}) now, and was measured as ${known.model} (${known.dialect})`,
    };
  }
  const provenance: Provenance = {
    plimsollVersion: versions.plimsoll,
    nodeVersion: versions.node,
    resolvedAddress: target.pinnedAddress,
    model: target.model,
    dialect: target.dialect,
    targetInfo: facts.info,
    tokenCounts: {
      input: facts.prompts === undefined ? 'estimate' : (facts.prompts.source ?? 'usage'),
      output: hasNoOutput(search) ? 'none' : (facts.outputCounting ?? 'usage'),
    },
    ...(data.length > 0 && { data }),
  };
  await journal.change(search.id, { provenance }, [
    planEvent(clock.wallMs(), planCourse(search.kind, state.spec), provenance),
  ]);
  return undefined;
}

/** Two halves of one search on two files would be one number about neither. */
function changedFile(
  before: readonly DataProvenance[],
  now: readonly DataProvenance[],
): string | undefined {
  return before.find(
    ({ sha256, part }) => now.find((file) => file.part === part)?.sha256 !== sha256,
  )?.path;
}

export async function writeEnd(
  search: StoredSearch,
  end: LoopEnd,
  state: CourseState | undefined,
  writes: SearchWrites,
): Promise<RunOutcome> {
  switch (end.kind) {
    case 'fenced':
      return 'left';
    case 'done':
      return write(search.id, 'search.done', { state: 'done', result: end.result }, writes);
    case 'failed': {
      const { reason, detail } = end;
      const known = resultOf(search, state, reason);
      return write(
        search.id,
        'search.failed',
        { state: 'failed', reason, detail, ...known },
        writes,
      );
    }
  }
}

export async function writeStop(
  search: StoredSearch,
  stop: Exclude<Stop, { kind: 'shutdown' }>,
  state: CourseState | undefined,
  writes: SearchWrites,
): Promise<RunOutcome> {
  const reason = stop.reason ?? 'cancelled';
  const known = resultOf(search, state, reason);
  const change: SearchChange =
    stop.kind === 'expired'
      ? { state: 'expired', reason, ...known }
      : { state: 'cancelled', reason, ...known };
  const type = stop.kind === 'expired' ? 'search.expired' : 'search.cancelled';
  return write(search.id, type, change, writes);
}

/**
 * What is known, under the name of its end; without a state at hand, as it was last stored. Nothing
 * measured, nothing known: then there is no result, rather than an empty one.
 */
function resultOf(
  search: StoredSearch,
  state: CourseState | undefined,
  stopped: string,
): { readonly result?: SearchResult } {
  if (state !== undefined && state.log.length > 0)
    return { result: concludeCourse(state, stopped) };
  return search.result === undefined ? {} : { result: { ...search.result, stopped } };
}

async function write(
  id: string,
  type: SearchEventType,
  change: SearchChange,
  { journal, clock }: SearchWrites,
): Promise<RunOutcome> {
  const nowMs = clock.wallMs();
  const ended = { ...change, endedAtMs: nowMs };
  const stored = await journal.change(id, ended, [endEvent(type, nowMs, change)]);
  return stored === undefined ? 'left' : 'ended';
}
