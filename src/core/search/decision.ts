/** What the controller says next, and what the in-burst rule says of a running burst. */
import type { SearchResult } from './answer/result.ts';

export type Phase = 'grow' | 'bisect' | 'refine' | 'recheck';

/** One burst to run. Times in ms; the load in grid units and natural units. */
export interface ProbeDecision {
  readonly kind: 'probe';
  /** 0-based number of the probe: the length of the log when it was decided. */
  readonly probe: number;
  readonly phase: Phase;
  readonly loadUnits: number;
  readonly load: number;
  /** New clients join evenly over this time. */
  readonly rampMs: number;
  /** From the start of the burst to the start of the window, ramp included. */
  readonly settleMs: number;
  /** Longest window. */
  readonly windowMs: number;
  /** How often the in-burst rule is asked. */
  readonly lookEveryMs: number;
  /** One line for people and story traces: why this load and this length. */
  readonly reason: string;
}

export interface DoneDecision {
  readonly kind: 'done';
  readonly result: SearchResult;
}

export type Decision = ProbeDecision | DoneDecision;

/** The in-burst rule's answer. */
export type BurstLook =
  | { readonly kind: 'continue'; readonly needs: string }
  | {
      readonly kind: 'end';
      readonly reason: 'clear_fail' | 'clear_pass' | 'resolved' | 'saturated' | 'length' | 'budget';
    };
