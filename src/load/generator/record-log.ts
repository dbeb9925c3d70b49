/** Turns exchanges into rows of the request columns, and keeps those that ended until they are fetched. */
import { outputTokensOf } from '../../core/dialect/answer.ts';
import {
  createColumns,
  outcomeIndex,
  type RequestColumns,
} from '../../core/metrics/request-columns.ts';
import { reserve, trimmed } from '../column-store.ts';
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
      if (startMs === undefined) columns = createColumns(0);
    },
    add(exchange) {
      if (fromMs !== undefined && exchange.endMs >= fromMs) appendExchange(columns, exchange);
    },
    addUnsent(plan, nowMs) {
      if (fromMs === undefined || nowMs < fromMs) return;
      const row = appendPlan(columns, plan);
      columns.endMs[row] = nowMs;
      columns.outcome[row] = outcomeIndex('unsent');
    },
    take() {
      const taken = trimmed(columns);
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
  for (const plan of waiting) appendPlan(columns, plan);
  return trimmed(columns);
}

function appendPlan(columns: RequestColumns, plan: ExchangePlan): number {
  reserve(columns, 1, 0);
  const row = columns.count++;
  columns.scheduledMs[row] = plan.scheduledMs;
  columns.askedInputTokens[row] = plan.askedInputTokens;
  columns.askedOutputTokens[row] = plan.askedOutputTokens;
  for (const field of ['sentMs', 'firstByteMs', 'firstTokenMs', 'lastTokenMs', 'endMs'] as const) {
    columns[field][row] = Number.NaN;
  }
  for (const field of ['inputTokens', 'outputTokens', 'cachedTokens', 'retryAfterS'] as const) {
    columns[field][row] = -1;
  }
  columns.chunkCount[row] = 0;
  columns.httpStatus[row] = 0;
  columns.gapStart[row] = -1;
  columns.outcome[row] = outcomeIndex('pending');
  return row;
}

function appendExchange(columns: RequestColumns, exchange: Exchange): void {
  const { answer } = exchange.stream;
  reserve(columns, 1, exchange.gapCount);
  const row = appendPlan(columns, exchange.plan);
  columns.sentMs[row] = exchange.sentMs;
  columns.firstByteMs[row] = exchange.firstByteMs;
  columns.firstTokenMs[row] = exchange.firstTokenMs;
  columns.lastTokenMs[row] = exchange.lastTokenMs;
  columns.endMs[row] = exchange.endMs;
  columns.chunkCount[row] = answer.chunkCount;
  columns.inputTokens[row] = answer.usage?.inputTokens ?? -1;
  columns.outputTokens[row] = outputTokensOf(answer) ?? -1;
  columns.cachedTokens[row] = answer.usage?.cachedTokens ?? -1;
  columns.outcome[row] = outcomeIndex(exchange.outcome);
  columns.httpStatus[row] = exchange.httpStatus;
  columns.retryAfterS[row] = exchange.retryAfterS;
  columns.gapStart[row] = columns.gapCount;
  columns.gapUnits.set(exchange.gaps.subarray(0, exchange.gapCount), columns.gapCount);
  columns.gapCount += exchange.gapCount;
}
