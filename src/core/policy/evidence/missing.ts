/**
 * When a measurement counts as missing. A request that lacks it is counted as bad, so that lack never
 * helps to pass; but lack is not slowness and must not prove a fail either, so that beyond a share
 * that could decide the objective the whole evidence is `missing`.
 */
import type { Evidence } from '../../stats/evidence.ts';

/** Requests without the measurement may use up at most this share of the allowed misses. */
const MAX_SHARE_OF_ALLOWANCE = 0.5;
/** One odd answer in a short look is no reason to give up a search. */
const ALWAYS_ALLOWED = 1;
/** Answers of one token only before it is said that the workload has no TPOT at all. */
const MIN_EXEMPT = 20;

export interface SampleCounts {
  /** Samples, failed and unmeasured ones included. */
  readonly n: number;
  readonly unmeasured: number;
  /** Answers that cannot have the metric. */
  readonly exempt: number;
}

/** Undefined when the sample may be used. `allowed` is the ratio of misses that the objective allows. */
export function missingEvidence(
  metric: string,
  counts: SampleCounts,
  allowed: number,
): Extract<Evidence, { kind: 'missing' }> | undefined {
  const { n, unmeasured, exempt } = counts;
  if (unmeasured > Math.max(ALWAYS_ALLOWED, allowed * MAX_SHARE_OF_ALLOWANCE * n)) {
    return {
      kind: 'missing',
      reason: `${metric} could not be measured in ${unmeasured} of ${n} requests: ${CAUSES[metric] ?? 'not recorded'}`,
    };
  }
  if (n === 0 && exempt >= MIN_EXEMPT) {
    return {
      kind: 'missing',
      reason: `all of ${exempt} answers had a single token: ${metric} does not exist there`,
    };
  }
  return undefined;
}

const CAUSES: Readonly<Record<string, string>> = {
  tpot: 'the server sent no usage, or the whole answer in one chunk',
  itl: 'the whole answer came in one chunk, or gaps were not kept',
  ttft: 'no first token was seen',
  ttft_from_send: 'no first token was seen',
  attainment: 'a bounded latency was not measured (no usage, or the whole answer in one chunk)',
  goodput: 'a bounded latency was not measured (no usage, or the whole answer in one chunk)',
};
