/**
 * Evidence: what one burst says about one objective, in the only form that the search sees.
 *
 * Every objective becomes a question about a rate per block of time, so that neighbours in one block
 * (which share batches and queues) are never taken for independent:
 * - `ratio`: `p99(ttft) < 500 ms` becomes "the fraction of requests at or over 500 ms, errors and
 *   unsent included, is below 0.01"; attainment and error rate are fractions already.
 * - `mean`: `mean(e2e) < 2 s`.
 * - `floor`: `goodput >= 10 req/s`, good requests per second.
 */
export interface RatioBlock {
  /** Requests (or token gaps, for ITL) in the sample. */
  readonly n: number;
  /** Those that break the bound. */
  readonly bad: number;
  /** Levels of the latencies in the block, where there are any: how they cluster, bad or not. */
  readonly level?: LevelSums;
}

/** Sums of the levels of those samples of a block that have a latency. */
export interface LevelSums {
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

export interface MeanBlock {
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

export interface FloorBlock {
  readonly seconds: number;
  readonly good: number;
}

export type Evidence =
  | {
      readonly kind: 'ratio';
      readonly blocks: readonly RatioBlock[];
      /** Weight in 0..1 of a sample too short to show its own queueing (span / E2E), else 1. */
      readonly weight: number;
    }
  | { readonly kind: 'mean'; readonly blocks: readonly MeanBlock[]; readonly weight: number }
  | { readonly kind: 'floor'; readonly blocks: readonly FloorBlock[]; readonly weight: number }
  /** The measurement does not exist here (no stream, no usage): never passes, never fails. */
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * How clustering is told before there are bad samples, by what the objective counts.
 *
 * Arrivals (TTFT): the level is 1 in the upper tail of the burst's own latencies, twice as large as the
 * allowed one, else 0. In steady state (`npm run bench:effects`) that tail clusters like the bad
 * samples at every load, where the latency itself may cluster several times as much (a slot queue).
 */
export const LEVEL_TAIL = 2;

/** A latency beyond twice its bound is bad, whatever it is; a failure counts as such. */
const LEVEL_CAP = 2;

/**
 * Completions (TPOT, E2E, attainment): the root of the latency in units of its bound, capped. Those that
 * share decode steps move together like correlated normals; `search/effects.ts` goes on from there.
 */
export function levelOf(ratioOfBound: number): number {
  return Math.sqrt(Math.min(LEVEL_CAP, ratioOfBound));
}

/** All samples of the evidence and their sum (of the bad ones, or of a mean), unweighted; none: undefined. */
export function totalOf(evidence: Evidence | undefined): { n: number; sum: number } | undefined {
  if (evidence?.kind !== 'ratio' && evidence?.kind !== 'mean') return undefined;
  let n = 0;
  let sum = 0;
  for (const block of evidence.blocks) {
    n += block.n;
    sum += 'bad' in block ? block.bad : block.sum;
  }
  return n > 0 ? { n, sum } : undefined;
}
