/**
 * What is known of every request, as columns: one typed array per field, one index per request.
 * 100,000 requests must stay cheap to keep, hand over between processes and judge again.
 *
 * Missing is NaN in the time columns and -1 in the count columns; `request-metrics.ts` turns both
 * into `undefined`, and neither ever reaches JSON.
 */

/** How a request ended. The index in this list is what the `outcome` column holds: append only. */
export const OUTCOMES = [
  'pending', // sent or waiting to be sent, not ended yet
  'ok', // the whole answer came
  'unsent', // scheduled, but we could not send it in time
  'cancelled', // cut by us (search cancelled, session closed)
  'rejected', // 429 or 503: the server's own admission limit
  'client_error', // any other 4xx
  'server_error', // any other 5xx
  'redirect', // 3xx: never followed
  'refused', // connection refused
  'reset', // connection reset or closed before the end of the answer
  'stale_connection', // reset before the first byte on a reused connection: not the target's fault
  'tls_error',
  'dns_error',
  'connect_timeout',
  'first_token_timeout',
  'idle_timeout',
  'total_timeout',
  'truncated', // ended without finish_reason, usage or [DONE]
  'stream_error', // an error object inside the stream, or a 200 with an error body
  'content_filtered',
  'malformed', // not the protocol: HTML, garbage, a line or body over its limit, wrong encoding
  'empty', // ended well but without any token
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RequestColumns {
  /** Rows in use; the arrays may be longer. */
  count: number;
  /** All times: ms on one monotonic clock shared by every process of the search. */
  scheduledMs: Float64Array;
  sentMs: Float64Array;
  firstByteMs: Float64Array;
  /** First non-empty content, reasoning content or tool-call delta. */
  firstTokenMs: Float64Array;
  lastTokenMs: Float64Array;
  endMs: Float64Array;
  /** Content-bearing chunks. */
  chunkCount: Int32Array;
  inputTokens: Int32Array;
  outputTokens: Int32Array;
  cachedTokens: Int32Array;
  /** Output tokens that were asked for (forced length), -1 when not forced. */
  askedOutputTokens: Int32Array;
  /** Input tokens that the workload meant to send. */
  askedInputTokens: Int32Array;
  /** Index into OUTCOMES. */
  outcome: Uint8Array;
  /** Index of the part of the workload that the request belongs to, or `UNKNOWN_PART`. */
  part: Uint8Array;
  /** HTTP status, 0 when none came. */
  httpStatus: Uint16Array;
  /** `Retry-After` in seconds as the server gave it, -1 when absent. */
  retryAfterS: Int32Array;
  /** Gaps between content chunks of request i: gapUnits[gapStart[i] .. + chunkCount[i] - 1]. -1: not kept. */
  gapStart: Int32Array;
  gapUnits: Uint16Array;
  gapCount: number;
}

/** The columns of a row that mean the same in any other set of columns: all but the offset of its gaps. */
export const ROW_COLUMNS = [
  'scheduledMs',
  'sentMs',
  'firstByteMs',
  'firstTokenMs',
  'lastTokenMs',
  'endMs',
  'chunkCount',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'askedOutputTokens',
  'askedInputTokens',
  'outcome',
  'part',
  'httpStatus',
  'retryAfterS',
] as const satisfies readonly (keyof RequestColumns)[];

/** One unit of `gapUnits`; 65,535 marks an overflow (a gap of 655 ms or more is kept as that). */
export const GAP_UNIT_MS = 0.01;
export const GAP_OVERFLOW = 65_535;

/** Of a request that was never made: it counts against every part. */
export const UNKNOWN_PART = 255;

const FIRST_CAPACITY = 64;

export function createColumns(capacity: number = FIRST_CAPACITY): RequestColumns {
  const times = (): Float64Array => new Float64Array(capacity).fill(Number.NaN);
  const counts = (): Int32Array => new Int32Array(capacity).fill(-1);
  return {
    count: 0,
    scheduledMs: times(),
    sentMs: times(),
    firstByteMs: times(),
    firstTokenMs: times(),
    lastTokenMs: times(),
    endMs: times(),
    chunkCount: new Int32Array(capacity),
    inputTokens: counts(),
    outputTokens: counts(),
    cachedTokens: counts(),
    askedOutputTokens: counts(),
    askedInputTokens: counts(),
    outcome: new Uint8Array(capacity),
    part: new Uint8Array(capacity),
    httpStatus: new Uint16Array(capacity),
    retryAfterS: counts(),
    gapStart: counts(),
    gapUnits: new Uint16Array(0),
    gapCount: 0,
  };
}

export function outcomeIndex(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** The outcome of row i; throws on an index that no version wrote. */
export function outcomeAt(columns: RequestColumns, i: number): Outcome {
  const outcome = OUTCOMES[columns.outcome[i] ?? -1];
  if (outcome === undefined) throw new Error(`Internal error: no outcome ${columns.outcome[i]}`);
  return outcome;
}
