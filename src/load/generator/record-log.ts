/** Turns exchanges into rows of the request columns, and keeps those that ended until they are fetched. */
import { appendRow, copyColumns } from '../../core/metrics/grow-columns.ts';
import { createColumns, type RequestColumns } from '../../core/metrics/request-columns.ts';
import type { Exchange, ExchangePlan } from './exchange.ts';

export interface RecordLog {
  /** Keeps what ends from this time on; undefined: nothing. */
  keepFrom(startMs: number | undefined): void;
  add(exchange: Exchange): void;
  /** A request that was never sent. */
  addUnsent(plan: ExchangePlan, nowMs: number): void;
  /** What was kept since the last call. */
  take(): RequestColumns;
}

export function createRecordLog(): RecordLog {
  let columns = createColumns(0);
  let fromMs: number | undefined;
  return {
    keepFrom(startMs) {
      fromMs = startMs;
      // What an aborted burst left behind belongs to no other.
      columns = createColumns(0);
    },
    add(exchange) {
      if (fromMs !== undefined && exchange.endMs >= fromMs) appendExchange(columns, exchange);
    },
    addUnsent(plan, nowMs) {
      if (fromMs === undefined || nowMs < fromMs) return;
      appendRow(columns, { ...plan, outcome: 'unsent', endMs: nowMs });
    },
    take() {
      // Without spare room: a view would carry its whole buffer through IPC.
      const taken = copyColumns(columns);
      columns.count = 0;
      columns.gapCount = 0;
      return taken;
    },
  };
}

/** Rows of requests that have not ended. */
export function pendingRows(
  exchanges: Iterable<Exchange>,
  waiting: Iterable<ExchangePlan>,
): RequestColumns {
  const columns = createColumns(0);
  for (const exchange of exchanges) appendExchange(columns, exchange);
  for (const plan of waiting) appendRow(columns, { ...plan, outcome: 'pending' });
  return copyColumns(columns);
}

function appendExchange(columns: RequestColumns, exchange: Exchange): void {
  const { answer } = exchange;
  appendRow(columns, {
    ...exchange.plan,
    outcome: exchange.outcome,
    sentMs: exchange.sentMs,
    firstByteMs: exchange.firstByteMs,
    firstTokenMs: exchange.firstTokenMs,
    lastTokenMs: exchange.lastTokenMs,
    endMs: exchange.endMs,
    chunkCount: answer.chunkCount,
    inputTokens: answer.usage?.inputTokens,
    outputTokens: exchange.outputTokens,
    cachedTokens: answer.usage?.cachedTokens,
    httpStatus: exchange.httpStatus,
    retryAfterS: exchange.retryAfterS,
    gapUnits: exchange.gaps.subarray(0, exchange.gapCount),
  });
}
