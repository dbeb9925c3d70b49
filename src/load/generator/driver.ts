/** What the two ways of making load have in common: they follow a load, and say what waits to be sent. */
import { UNKNOWN_PART } from '../../core/metrics/request-columns.ts';
import type { ExchangePlan } from './exchange.ts';

export interface LoadChange {
  readonly startAtMs: number;
  /** Of all generators together: streams or req/s. */
  readonly load: number;
  readonly rampMs: number;
}

export interface DriverHooks {
  /** A request of the load that was asked for and that we did not send. */
  onUnsent(plan: ExchangePlan, nowMs: number): void;
}

export interface Driver {
  change(change: LoadChange): void;
  /** Sends all that is due by now, so that a look misses nothing that a late wake-up held back. */
  catchUp(): void;
  /** Sends nothing more until the load is changed; what is in flight goes on to its end. */
  pause(): void;
  /** Scheduled and due, not sent yet. */
  readonly waiting: readonly ExchangePlan[];
  stop(): Promise<void>;
}

/** A request that is no more than its time: nothing was made for it, and it may belong to any part. */
export function unsentPlan(scheduledMs: number): ExchangePlan {
  return { scheduledMs, part: UNKNOWN_PART, askedInputTokens: -1, askedOutputTokens: -1 };
}

/** The part of `whole` things that falls to generator `index` of `count`. */
export function shareOf(whole: number, index: number, count: number): number {
  return Math.floor((whole + count - 1 - index) / count);
}
