/**
 * Evidence about token gaps (ITL). Each gap of an answer that ended in the window is a sample; where a
 * chunk bundles tokens it is the gap between chunks.
 *
 * A failed request owes the gaps that its answer would still have had, and they all count as bad: a
 * request that is refused would else weigh one gap against the hundreds of an answer, and a server
 * that refuses every second request would look smooth.
 */
import type { BurstSnapshot } from '../../metrics/burst-snapshot.ts';
import { endedAtMs, endedInWindow } from '../../metrics/burst-window.ts';
import { meets } from '../../metrics/good-requests.ts';
import { GAP_OVERFLOW, GAP_UNIT_MS, type RequestColumns } from '../../metrics/request-columns.ts';
import { gapsMissing, keptGaps } from '../../metrics/request-metrics.ts';
import type { TimeBlocks } from '../../metrics/time-blocks.ts';
import type { Evidence } from '../../stats/evidence.ts';
import type { Objective } from '../objective.ts';
import { missingEvidence } from './missing.ts';
import { ratioCounter } from './ratio-evidence.ts';

export interface GapVisitor {
  /** Gaps of the request in `row`: units from `start`, `count` of them. */
  measured(start: number, count: number, atMs: number, row: number): void;
  /** Gaps that a failed request never gave. */
  owed(count: number, atMs: number): void;
}

export interface GapRequests {
  readonly answered: number;
  readonly unmeasured: number;
  readonly exempt: number;
}

/** Walks every gap of the window; the one place that says which gaps are the sample. */
export function visitGaps(snapshot: BurstSnapshot, visitor: GapVisitor): GapRequests {
  const { records } = snapshot;
  let answered = 0;
  let unmeasured = 0;
  let exempt = 0;
  for (let i = 0; i < records.count; i++) {
    const state = endedInWindow(snapshot, i);
    if (state !== 'ok' && state !== 'failed') continue;
    answered += 1;
    const gaps = keptGaps(records, i) ?? 0;
    if (gaps > 0) visitor.measured(records.gapStart[i] ?? 0, gaps, endedAtMs(records, i), i);
    if (state === 'failed') visitor.owed(owedGaps(records, i, gaps), endedAtMs(records, i));
    else if (gapsMissing(records, i)) unmeasured += 1;
    else if (gaps === 0) exempt += 1;
  }
  return { answered, unmeasured, exempt };
}

export function gapQuantileEvidence(
  objective: Extract<Objective, { kind: 'quantile' }>,
  snapshot: BurstSnapshot,
  blocks: TimeBlocks,
): Evidence {
  const counter = ratioCounter(blocks);
  const { gapUnits } = snapshot.records;
  const firstBad = firstBadUnit(objective);
  const requests = visitGaps(snapshot, {
    measured(start, count, atMs) {
      let bad = 0;
      for (let g = start; g < start + count; g++) if ((gapUnits[g] ?? 0) >= firstBad) bad += 1;
      counter.addMany(atMs, count, bad);
    },
    owed: (count, atMs) => counter.addMany(atMs, count, count),
  });
  const n = requests.answered - requests.exempt;
  const missing = missingEvidence('itl', { ...requests, n }, 1 - objective.q);
  return missing ?? { kind: 'ratio', blocks: counter.blocks(), weight: 1 };
}

/** The smallest stored gap that breaks the bound. An overflowing gap always does. */
function firstBadUnit(objective: Extract<Objective, { kind: 'quantile' }>): number {
  let unit = Math.max(0, Math.floor(objective.boundMs / GAP_UNIT_MS) - 1);
  while (unit < GAP_OVERFLOW && meets(objective, unit * GAP_UNIT_MS)) unit += 1;
  return unit;
}

/** At least one; the asked length says how many, as long as it was forced. */
function owedGaps(records: RequestColumns, i: number, delivered: number): number {
  return Math.max(1, (records.askedOutputTokens[i] ?? -1) - 1 - delivered);
}
