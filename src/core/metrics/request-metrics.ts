/**
 * The latencies of one request, from its row. Missing is `undefined`; a metric that a request cannot
 * have (TPOT of a one-token answer) does not `apply`, which is not the same: what does not apply is no
 * sample, what is missing must never pass.
 *
 * Output tokens are the server's usage. Without usage there is no TPOT: chunks are not tokens.
 */
import { GAP_UNIT_MS, type RequestColumns } from './request-columns.ts';

export type RequestMetric = 'ttft' | 'ttft_from_send' | 'tpot' | 'e2e';

/** The smallest gap that the columns cannot tell from a longer one: 655.35 ms. */
export const LONGEST_GAP_MS = 65_535 * GAP_UNIT_MS;

/** Scheduled send to the first token, ms. */
export function ttftMs(columns: RequestColumns, i: number): number | undefined {
  return difference(columns.firstTokenMs[i], columns.scheduledMs[i]);
}

/** Actual send to the first token, ms: without the client's own lag. */
export function ttftFromSendMs(columns: RequestColumns, i: number): number | undefined {
  return difference(columns.firstTokenMs[i], columns.sentMs[i]);
}

/** Scheduled send to the last byte, ms. */
export function e2eMs(columns: RequestColumns, i: number): number | undefined {
  return difference(columns.endMs[i], columns.scheduledMs[i]);
}

/** (E2E - TTFT) / (output tokens - 1), ms. */
export function tpotMs(columns: RequestColumns, i: number): number | undefined {
  const tokens = columns.outputTokens[i] ?? -1;
  if (tokens < 2) return undefined;
  // A whole answer in one chunk shows no decoding: its "TPOT" would be near zero and look perfect.
  if (columns.chunkCount[i] === 1) return undefined;
  const decodeMs = difference(columns.endMs[i], columns.firstTokenMs[i]);
  return decodeMs === undefined ? undefined : decodeMs / (tokens - 1);
}

/** False when the request cannot have the metric: TPOT needs a second token. */
export function applies(metric: RequestMetric, columns: RequestColumns, i: number): boolean {
  if (metric !== 'tpot') return true;
  const tokens = columns.outputTokens[i] ?? -1;
  return tokens < 0 || tokens > 1;
}

export function latencyMs(
  metric: RequestMetric,
  columns: RequestColumns,
  i: number,
): number | undefined {
  switch (metric) {
    case 'ttft':
      return ttftMs(columns, i);
    case 'ttft_from_send':
      return ttftFromSendMs(columns, i);
    case 'tpot':
      return tpotMs(columns, i);
    case 'e2e':
      return e2eMs(columns, i);
  }
}

/** Number of gaps kept for row i; undefined when none were kept though there could be some. */
export function keptGaps(columns: RequestColumns, i: number): number | undefined {
  const chunks = columns.chunkCount[i] ?? 0;
  if (chunks < 2) return 0;
  return (columns.gapStart[i] ?? -1) < 0 ? undefined : chunks - 1;
}

/** True when an answer of several tokens shows no gap to measure: one chunk, or gaps not kept. */
export function gapsMissing(columns: RequestColumns, i: number): boolean {
  const gaps = keptGaps(columns, i);
  if (gaps === undefined) return true;
  return gaps === 0 && (columns.outputTokens[i] ?? -1) !== 1;
}

/** Time from the first to the last content chunk: the sum of all gaps, overflowing ones included. */
export function gapSumMs(columns: RequestColumns, i: number): number | undefined {
  return difference(columns.lastTokenMs[i], columns.firstTokenMs[i]);
}

function difference(later: number | undefined, earlier: number | undefined): number | undefined {
  if (later === undefined || earlier === undefined) return undefined;
  const ms = later - earlier;
  return Number.isNaN(ms) ? undefined : ms;
}
