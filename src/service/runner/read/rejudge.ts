/**
 * Judges a search that has ended by other objectives, from its raw records and without load. One burst is
 * in memory at a time, and others are served between two of them.
 */
import { setImmediate } from 'node:timers/promises';
import type { Question } from '../../../core/policy/question.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import { searchSpecOf } from '../../../core/probe/search-spec.ts';
import { rejudgeLog } from '../../../core/search/answer/rejudge.ts';
import type { SearchResult } from '../../../core/search/answer/result.ts';
import type { Observation } from '../../../core/search/observation.ts';
import type { Store, StoredProbe, StoredSearch } from '../../store/store-port.ts';
import { createMeasure, type Measure } from '../run/measure.ts';

export interface Rejudged {
  readonly kind: 'rejudged';
  readonly result: SearchResult;
  readonly probes: readonly ProbeReport[];
}

export type RejudgeOutcome =
  | Rejudged
  /** Raw records are kept for a shorter time than results. */
  | { readonly kind: 'records_gone'; readonly probe: number };

/** `question`: the search's own, with the other tiers, confidence and resolution. */
export async function rejudge(
  search: StoredSearch,
  question: Question,
  store: Pick<Store, 'probes' | 'records'>,
  signal: AbortSignal,
): Promise<RejudgeOutcome> {
  const before = createMeasure(search.question);
  const measure = createMeasure(question);
  const observations: Observation[] = [];
  const probes: ProbeReport[] = [];
  let lastE2eMs: number | undefined;
  for (const stored of await store.probes(search.id)) {
    if (stored.observation === undefined) continue;
    signal.throwIfAborted();
    const snapshot = await store.records(stored);
    if (snapshot === undefined) return { kind: 'records_gone', probe: stored.probe };
    const attempt = {
      decision: stored.decision,
      attempt: stored.attempt,
      sinceStartMs: stored.startedAtMs - (search.startedAtMs ?? search.createdAtMs),
      ...(lastE2eMs !== undefined && { lastE2eMs }),
    };
    // How a burst ended is a fact of it, whoever asked; whether the client was good enough is not.
    const end = stored.observation.end === 'voided' ? 'length' : stored.observation.end;
    const seen = measure.observe(attempt, snapshot, end);
    const voided = voidedBy(stored, snapshot, seen, before, measure);
    const observation: Observation = voided === undefined ? seen : { ...seen, end: 'voided' };
    if (voided === undefined) lastE2eMs = seen.meanE2eMs;
    observations.push(observation);
    probes.push(
      measure.report(attempt, snapshot, observation, {
        startedAtMs: stored.startedAtMs,
        settleMs: stored.report?.settleMs ?? stored.decision.settleMs,
        ...(voided !== undefined && { voided }),
      }),
    );
    await setImmediate();
  }
  const { kind } = search;
  const drifts = search.result?.warnings ?? [];
  const result = rejudgeLog(kind, searchSpecOf(question), observations, drifts);
  return { kind: 'rejudged', result, probes };
}

/**
 * A finer bound voids what a coarser one let pass, and the other way round. A burst that was voided for
 * what the records do not show stays voided.
 */
function voidedBy(
  { observation, report, decision }: StoredProbe,
  snapshot: Parameters<Measure['voidReason']>[0],
  seen: Observation,
  before: Measure,
  measure: Measure,
): string | undefined {
  const now = measure.voidReason(snapshot, seen, decision.load);
  if (now !== undefined || observation?.end !== 'voided') return now;
  const shown = before.voidReason(snapshot, seen, decision.load);
  return shown === undefined ? (report?.voided ?? 'voided when it was measured') : undefined;
}
