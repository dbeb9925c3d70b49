/**
 * Which rows of a snapshot speak, and as what. One place decides it, so that evidence, summary and
 * goodput count the same requests.
 *
 * The window is half open, [windowStartMs, nowMs): a request at the edge of two windows is counted in
 * one of them. A row that ends at or after `nowMs` is still pending, so that a stored burst can be
 * looked at again as it was at any earlier moment.
 */
import type { BurstSnapshot } from './burst-snapshot.ts';
import { OUTCOMES, type Outcome, type RequestColumns } from './request-columns.ts';

/** `pending`: not ended. `ignored`: cut by us, or our own stale connection. */
export type RowState = 'pending' | 'ok' | 'failed' | 'ignored';

const STATE_BY_OUTCOME: readonly RowState[] = OUTCOMES.map(stateOfOutcome);

function stateOfOutcome(outcome: Outcome): RowState {
  switch (outcome) {
    case 'pending':
      return 'pending';
    case 'ok':
      return 'ok';
    case 'cancelled':
    case 'stale_connection':
      return 'ignored';
    default:
      return 'failed';
  }
}

/** How row i stands at `nowMs`. */
export function rowState(columns: RequestColumns, i: number, nowMs: number): RowState {
  const state = STATE_BY_OUTCOME[columns.outcome[i] ?? -1];
  if (state === undefined) throw new Error(`Internal error: no outcome ${columns.outcome[i]}`);
  return state !== 'pending' && endedAtMs(columns, i) >= nowMs ? 'pending' : state;
}

/** When an ended row ended; a request that was never sent ends at its schedule unless it says when. */
export function endedAtMs(columns: RequestColumns, i: number): number {
  const endMs = columns.endMs[i] ?? Number.NaN;
  return Number.isNaN(endMs) ? (columns.scheduledMs[i] ?? Number.NaN) : endMs;
}

/** State of row i when it ended inside the window, else undefined. */
export function endedInWindow(snapshot: BurstSnapshot, i: number): RowState | undefined {
  const state = rowState(snapshot.records, i, snapshot.nowMs);
  if (state === 'pending') return undefined;
  return endedAtMs(snapshot.records, i) >= snapshot.windowStartMs ? state : undefined;
}

export function scheduledInWindow(snapshot: BurstSnapshot, i: number): boolean {
  const scheduledMs = snapshot.records.scheduledMs[i] ?? Number.NaN;
  return scheduledMs >= snapshot.windowStartMs && scheduledMs < snapshot.nowMs;
}

/** Length of the window so far. */
export function windowMs(snapshot: BurstSnapshot): number {
  return Math.max(0, snapshot.nowMs - snapshot.windowStartMs);
}
