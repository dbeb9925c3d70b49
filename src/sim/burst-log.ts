/**
 * The records of one virtual burst, written as things happen: one row per request that was in flight
 * when the burst began or was sent in it. A look costs only what is still pending.
 */

import { unreachable } from '../core/base/result.ts';
import {
  createColumns,
  type Outcome,
  outcomeIndex,
  type RequestColumns,
} from '../core/metrics/request-columns.ts';
import type { RequestShape } from '../core/workload/conversation.ts';
import type { Refusal } from './engine.ts';
import { appendCopy, appendGap, appendRow } from './growing-columns.ts';
import type { ServerModel } from './server-model.ts';
import type { SimRequest } from './sim-request.ts';

export interface BurstLog {
  readonly columns: RequestColumns;
  sent(request: SimRequest): void;
  firstToken(request: SimRequest, atMs: number): void;
  /** `gaps`: step durations in gap units by step number, when they are kept. */
  finished(request: SimRequest, atMs: number, gaps: Uint16Array | undefined): void;
  /** Ended without an answer: cut by the server or given up by us. */
  cut(request: SimRequest, atMs: number, outcome: Outcome): void;
  /** Its row stays pending until `settle` reaches `endMs`. */
  refused(shape: RequestShape, atMs: number, endMs: number, refusal: Refusal): void;
  /** Brings the rows of refused and pending requests up to `nowMs`. */
  settle(nowMs: number, stepNumber: number): void;
  /** Requests in the server. */
  pending(): SimRequest[];
  /** Refusals whose answer is still on its way. */
  unanswered(): readonly Refused[];
}

const OK = outcomeIndex('ok');
const HTTP_OK = 200;

interface Refused {
  readonly row: number;
  readonly endMs: number;
  readonly outcome: Outcome;
  readonly httpStatus: number;
  readonly retryAfterS: number;
}

/** `isWhole`: requests of the part are answered in one piece. `before`: the log of the burst that ends now; what is pending in it comes over. */
export function createBurstLog(
  model: ServerModel,
  isWhole: (part: number) => boolean,
  before?: BurstLog,
): BurstLog {
  const columns = createColumns();
  const beforeColumns = before?.columns ?? columns;
  /** The request of each row while it is pending, from `firstPending` on. */
  const requests: (SimRequest | undefined)[] = [];
  const refusals: Refused[] = [];
  let firstPending = 0;
  let settledRefusals = 0;

  function open(shape: RequestShape, atMs: number, request: SimRequest | undefined): number {
    const row = appendRow(columns);
    columns.scheduledMs[row] = atMs;
    columns.sentMs[row] = atMs;
    columns.part[row] = shape.part;
    columns.askedInputTokens[row] = shape.inputTokens;
    columns.askedOutputTokens[row] = isWhole(shape.part) ? -1 : shape.outputTokens;
    requests[row] = request;
    return row;
  }
  function close(row: number, endMs: number, outcome: number, httpStatus: number): void {
    columns.endMs[row] = endMs;
    columns.outcome[row] = outcome;
    columns.httpStatus[row] = httpStatus;
    requests[row] = undefined;
  }

  for (const request of before?.pending() ?? []) {
    request.tag = appendCopy(columns, beforeColumns, request.tag);
    requests[request.tag] = request;
  }
  for (const refused of before?.unanswered() ?? []) {
    refusals.push({ ...refused, row: appendCopy(columns, beforeColumns, refused.row) });
  }

  return {
    columns,
    sent(request) {
      request.tag = open(request, request.arrivedMs, request);
    },
    firstToken(request, atMs) {
      // An answer in one piece has no token before its end.
      if (isWhole(request.part)) return;
      // The role chunk comes with the first token, as in vLLM.
      columns.firstByteMs[request.tag] = atMs;
      columns.firstTokenMs[request.tag] = atMs;
    },
    finished(request, atMs, gaps) {
      const row = request.tag;
      columns.inputTokens[row] = request.inputTokens;
      if (isWhole(request.part)) {
        columns.firstByteMs[row] = atMs;
        close(row, atMs, OK, HTTP_OK);
        return;
      }
      columns.lastTokenMs[row] = atMs;
      columns.chunkCount[row] = request.outputTokens;
      columns.outputTokens[row] = request.outputTokens;
      if (request.prompt !== undefined) columns.cachedTokens[row] = request.cachedTokens;
      if (gaps !== undefined) {
        columns.gapStart[row] = columns.gapCount;
        for (let step = request.firstStep + 1; step <= request.lastStep; step++) {
          appendGap(columns, gaps[step] ?? 0);
        }
      }
      close(row, atMs, OK, HTTP_OK);
    },
    cut(request, atMs, outcome) {
      const started = !Number.isNaN(request.firstTokenMs);
      close(request.tag, atMs, outcomeIndex(outcome), started ? HTTP_OK : 0);
    },
    refused(shape, atMs, endMs, refusal) {
      const row = open(shape, atMs, undefined);
      refusals.push({ row, endMs, ...answerTo(refusal, model) });
    },
    settle(nowMs, stepNumber) {
      for (; settledRefusals < refusals.length; settledRefusals++) {
        const refused = refusals[settledRefusals];
        if (refused === undefined || refused.endMs > nowMs) break;
        columns.retryAfterS[refused.row] = refused.retryAfterS;
        close(refused.row, refused.endMs, outcomeIndex(refused.outcome), refused.httpStatus);
      }
      while (firstPending < columns.count && requests[firstPending] === undefined) firstPending++;
      for (let row = firstPending; row < columns.count; row++) {
        const request = requests[row];
        if (request === undefined || request.firstStep < 0) continue;
        columns.chunkCount[row] = stepNumber - request.firstStep + 1;
        columns.lastTokenMs[row] = nowMs;
        columns.httpStatus[row] = HTTP_OK;
      }
    },
    pending: () => requests.filter((request) => request !== undefined),
    unanswered: () => refusals.slice(settledRefusals),
  };
}

/** What the client reads of a refusal. */
function answerTo(
  refusal: Refusal,
  { admission }: ServerModel,
): Pick<Refused, 'outcome' | 'httpStatus' | 'retryAfterS'> {
  switch (refusal) {
    case 'overloaded':
      return {
        outcome: 'rejected',
        httpStatus: admission?.status ?? 503,
        retryAfterS: admission?.retryAfterS ?? -1,
      };
    case 'too_long':
      return { outcome: 'client_error', httpStatus: 400, retryAfterS: -1 };
    case 'failed':
      return { outcome: 'server_error', httpStatus: 500, retryAfterS: -1 };
    case 'gone':
      return { outcome: 'refused', httpStatus: 0, retryAfterS: -1 };
    default:
      return unreachable(refusal);
  }
}
