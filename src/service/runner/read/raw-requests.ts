/**
 * The raw records of a search as rows for people and notebooks: one probe in memory at a time, times
 * in ms since its burst began, null for what did not happen.
 */
import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import { GAP_UNIT_MS, outcomeAt, UNKNOWN_PART } from '../../../core/metrics/request-columns.ts';
import type { Store, StoredProbe } from '../../store/store-port.ts';

export type RawRequest = Readonly<Record<string, unknown>>;

export async function* rawRequests(
  store: Pick<Store, 'probes' | 'records'>,
  searchId: string,
): AsyncGenerator<RawRequest> {
  for (const probe of await store.probes(searchId)) {
    if (probe.observation === undefined) continue;
    const snapshot = await store.records(probe);
    // Raw records are kept for a shorter time than results.
    if (snapshot === undefined) continue;
    for (let i = 0; i < snapshot.records.count; i++) yield requestRow(probe, snapshot, i);
  }
}

function requestRow(probe: StoredProbe, snapshot: BurstSnapshot, i: number): RawRequest {
  const { records, burstStartMs, windowStartMs, nowMs } = snapshot;
  const time = (column: Float64Array): number | null => {
    const ms = column[i] ?? Number.NaN;
    return Number.isNaN(ms) ? null : ms - burstStartMs;
  };
  const count = (column: Int32Array): number | null => {
    const n = column[i] ?? -1;
    return n < 0 ? null : n;
  };
  const scheduledMs = records.scheduledMs[i] ?? Number.NaN;
  const status = records.httpStatus[i] ?? 0;
  return {
    probe: probe.probe,
    attempt: probe.attempt,
    load: probe.decision.load,
    in_window: scheduledMs >= windowStartMs && scheduledMs < nowMs,
    part: records.part[i] === UNKNOWN_PART ? null : (records.part[i] ?? null),
    outcome: outcomeAt(records, i),
    http_status: status === 0 ? null : status,
    scheduled_ms: time(records.scheduledMs),
    sent_ms: time(records.sentMs),
    first_byte_ms: time(records.firstByteMs),
    first_token_ms: time(records.firstTokenMs),
    last_token_ms: time(records.lastTokenMs),
    end_ms: time(records.endMs),
    chunks: records.chunkCount[i] ?? 0,
    input_tokens: count(records.inputTokens),
    output_tokens: count(records.outputTokens),
    cached_tokens: count(records.cachedTokens),
    asked_input_tokens: count(records.askedInputTokens),
    asked_output_tokens: count(records.askedOutputTokens),
    retry_after_seconds: count(records.retryAfterS),
    gaps_ms: gapsOf(snapshot, i),
  };
}

function gapsOf({ records }: BurstSnapshot, i: number): readonly number[] | null {
  const start = records.gapStart[i] ?? -1;
  if (start < 0) return null;
  const gaps = Math.max(0, (records.chunkCount[i] ?? 0) - 1);
  const units = records.gapUnits.subarray(start, Math.min(start + gaps, records.gapCount));
  // Units of 0.01 ms: two places hold all there is.
  return Array.from(units, (unit) => Number((unit * GAP_UNIT_MS).toFixed(2)));
}
