/**
 * One objective on one burst as evidence: the exact bound becomes a count per block of time. The
 * source of every rule is section 4, Observation, of the search's specification; each kind of
 * objective says in its own file what its sample is.
 */
import { assert, unreachable } from '../../base/result.ts';
import type { BurstSnapshot } from '../../metrics/burst-snapshot.ts';
import { endedInWindow, windowMs } from '../../metrics/burst-window.ts';
import { goodBlocks, goodnessOf } from '../../metrics/good-requests.ts';
import { partSnapshot } from '../../metrics/part-rows.ts';
import { cutBlocks, type TimeBlocks } from '../../metrics/time-blocks.ts';
import type { Evidence } from '../../stats/evidence.ts';
import { goodBoundsOf } from '../good-bounds.ts';
import type { Asked, Objective, RequestBound, SloTier } from '../objective.ts';
import { gapQuantileEvidence } from './gap-evidence.ts';
import { meanEvidence } from './mean-evidence.ts';
import { missingEvidence } from './missing.ts';
import { attainmentEvidence, errorRateEvidence, quantileEvidence } from './ratio-evidence.ts';
import { isArrivalMetric } from './samples.ts';

/** Blocks hold 2 E, E the mean end-to-end latency, ... */
const BLOCK_E2E = 2;
/** ... but seconds at least: a queue of short requests still takes seconds to fill and to drain. */
const MIN_BLOCK_MS = 4_000;

export function blockLengthMs(meanE2eMs: number): number {
  return Math.max(MIN_BLOCK_MS, BLOCK_E2E * meanE2eMs);
}
/** Answers that lack a latency may be left out of goodput up to this ratio (by half). */
const UNMEASURED_ALLOWANCE = 0.01;

/** Evidence of every objective of the tier, in its order. */
export function tierEvidence(tier: SloTier, snapshot: BurstSnapshot, blockMs: number): Evidence[] {
  const bounds = goodBoundsOf(tier);
  const viewOf = createPartViews(snapshot);
  return tier.objectives.map((objective) =>
    evidenceOf(objective, viewOf(objective), blockMs, bounds),
  );
}

/** The requests that each objective is asked of; a part is picked out once for all of its objectives. */
export function createPartViews(snapshot: BurstSnapshot): (objective: Asked) => BurstSnapshot {
  const views = new Map<number, BurstSnapshot>();
  return ({ part, partIndex }) => {
    assert(part === undefined || partIndex !== undefined, `nobody knows part ${part}`);
    if (partIndex === undefined) return snapshot;
    const known = views.get(partIndex) ?? partSnapshot(snapshot, partIndex);
    views.set(partIndex, known);
    return known;
  };
}

/** `snapshot`: the requests that the objective is asked of. `goodBounds`: what makes a request good under the tier; only goodput reads it. */
export function evidenceOf(
  objective: Objective,
  snapshot: BurstSnapshot,
  blockMs: number,
  goodBounds: readonly RequestBound[] = [],
): Evidence {
  const blocks = cutBlocks(snapshot.windowStartMs, snapshot.nowMs, blockMs);
  switch (objective.kind) {
    case 'quantile': {
      const { metric } = objective;
      if (metric === 'itl') return gapQuantileEvidence(objective, snapshot, blocks);
      const weight = isArrivalMetric(metric) ? arrivalWeight(snapshot, blockMs) : 1;
      return quantileEvidence({ ...objective, metric }, snapshot, blocks, weight);
    }
    case 'mean':
      return meanEvidence(objective, snapshot, blocks);
    case 'attainment':
      return attainmentEvidence(objective.bounds, objective.ratio, snapshot, blocks);
    case 'error_rate':
      return errorRateEvidence(snapshot, blocks);
    case 'goodput':
      return goodputEvidence(snapshot, goodBounds, blocks);
    default:
      return unreachable(objective);
  }
}

/** A burst measured for less than E has not shown its own queueing yet: it weighs span / E. */
function arrivalWeight(snapshot: BurstSnapshot, blockMs: number): number {
  const fullMs = blockMs / BLOCK_E2E;
  return fullMs > 0 ? Math.min(1, windowMs(snapshot) / fullMs) : 1;
}

function goodputEvidence(
  snapshot: BurstSnapshot,
  bounds: readonly RequestBound[],
  blocks: TimeBlocks,
): Evidence {
  let answered = 0;
  let unmeasured = 0;
  for (let i = 0; i < snapshot.records.count; i++) {
    if (endedInWindow(snapshot, i) !== 'ok') continue;
    answered += 1;
    if (goodnessOf(snapshot.records, i, bounds) === 'unmeasured') unmeasured += 1;
  }
  const counts = { n: answered, unmeasured, exempt: 0 };
  return (
    missingEvidence('goodput', counts, UNMEASURED_ALLOWANCE) ?? {
      kind: 'floor',
      blocks: goodBlocks(snapshot, bounds, blocks),
      weight: 1,
    }
  );
}
