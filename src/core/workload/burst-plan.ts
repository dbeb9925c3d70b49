/** One burst as the driver of load gets it, real or virtual. Times in ms. */
import type { TraceContext } from '../base/trace-context.ts';

export interface BurstPlan {
  readonly probe: number;
  /** Streams (concurrency) or req/s (request_rate). */
  readonly load: number;
  /** New clients join evenly over this time. */
  readonly rampMs: number;
  /** Ramp included: the window starts this long after the burst's start. */
  readonly settleMs: number;
  /** Longest window. */
  readonly windowMs: number;
  /** How often the look is called during the window. */
  readonly lookEveryMs: number;
  /** Sent with every request from here on; absent: none. */
  readonly trace?: TraceContext;
}

/** What the one who looks into a running burst wants. */
export type Look = 'continue' | 'end';
