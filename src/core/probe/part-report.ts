/** What a burst shows of each part of a mix, and of the server's prefix cache. */
import type { BurstSnapshot } from '../metrics/burst-snapshot.ts';
import { type BurstSummary, summariseBurst } from '../metrics/burst-summary.ts';
import { partSnapshot } from '../metrics/part-rows.ts';
import { partsOf } from '../workload/parts.ts';
import type { WorkloadSpec } from '../workload/spec.ts';

export interface PartReport extends BurstSummary {
  readonly part: string;
  /** Share of the conversations that was asked for. */
  readonly weight: number;
}

export interface CacheReport {
  readonly rule: 'as_is' | 'cold' | 'reset';
  /** Prompt tokens that the server found in its cache, of all in the answers that tell; undefined: none tells. */
  readonly cachedTokensRatio: number | undefined;
  /**
   * After a reset: whether the first request found nothing. Undefined without a reset, and where the
   * server does not tell.
   */
  readonly resetVerified: boolean | undefined;
}

/** None when the workload is no mix: the burst itself says it all. */
export function partReports(
  snapshot: BurstSnapshot,
  workload: WorkloadSpec,
  confidence: number,
): readonly PartReport[] {
  if (workload.kind !== 'mix') return [];
  return partsOf(workload).map(({ name, weight }, index) => ({
    part: name,
    weight,
    ...summariseBurst(partSnapshot(snapshot, index), confidence),
  }));
}

/** One block of the largest kind that servers cache by, and less than any prompt of interest. */
const MAX_CACHED_AFTER_RESET = 64;

export function cacheReport(snapshot: BurstSnapshot, workload: WorkloadSpec): CacheReport {
  const { records, burstStartMs } = snapshot;
  const rule = workload.cache?.kind ?? 'as_is';
  let cached = 0;
  let input = 0;
  let first: { readonly sentMs: number; readonly cached: number } | undefined;
  for (let i = 0; i < records.count; i++) {
    const found = records.cachedTokens[i] ?? -1;
    const tokens = records.inputTokens[i] ?? -1;
    const sentMs = records.sentMs[i] ?? Number.NaN;
    if (found < 0 || tokens < 0 || !(sentMs >= burstStartMs)) continue;
    cached += found;
    input += tokens;
    if (first === undefined || sentMs < first.sentMs) first = { sentMs, cached: found };
  }
  return {
    rule,
    cachedTokensRatio: input === 0 ? undefined : cached / input,
    resetVerified:
      rule === 'reset' && first !== undefined ? first.cached <= MAX_CACHED_AFTER_RESET : undefined,
  };
}
