/**
 * What the service and a generator process say to each other over IPC (`serialization: 'advanced'`, so
 * that columns travel as typed arrays). Commands down, one answer each up.
 */
import type { TraceContext } from '../core/base/trace-context.ts';
import type { RequestColumns } from '../core/metrics/request-columns.ts';
import type { SessionPlan } from './port.ts';

export interface OpenCommand {
  readonly kind: 'open';
  readonly plan: SessionPlan;
  /** Which of `plan.generators` this one is. */
  readonly index: number;
  /** Makes the prompts of this session unlike those of any other with the same seed. */
  readonly promptSalt: string;
}

export interface LoadCommand {
  readonly kind: 'load';
  /** All generators change at this time, which lies a little ahead. */
  readonly startAtMs: number;
  /** Of all generators together. */
  readonly load: number;
  readonly rampMs: number;
  readonly windowStartMs: number;
  /** Of the burst that begins; absent: its requests carry none. */
  readonly trace?: TraceContext;
}

export interface LookCommand {
  readonly kind: 'look';
  readonly id: number;
  /** Nothing will be asked until the next load: ended requests need not be kept. */
  readonly last: boolean;
}

/** Sends nothing more until the next load. */
export interface PauseCommand {
  readonly kind: 'pause';
}

export type Command =
  | OpenCommand
  | LoadCommand
  | PauseCommand
  | LookCommand
  | { readonly kind: 'close' };

/** One generator's measurement of itself since the window began (before: since the load began). */
export interface GeneratorHealth {
  readonly canarySamples: number;
  readonly canaryLate: number;
  readonly canaryLateMsP99: number | undefined;
  readonly sendLagMsP99: number | undefined;
  readonly sendLagMsMax: number | undefined;
  readonly eventLoopDelayMsMax: number | undefined;
  readonly eventLoopUtilisation: number;
  readonly cpuRatio: number;
  readonly rssBytes: number;
  readonly staleConnections: number;
  readonly unsent: number;
}

export interface LookReply {
  readonly kind: 'look';
  readonly id: number;
  readonly nowMs: number;
  /** Ended since the last look. */
  readonly ended: RequestColumns;
  readonly pending: RequestColumns;
  readonly health: GeneratorHealth;
  /** Requests sent by this session so far. */
  readonly sentCount: number;
}

export type Reply =
  | { readonly kind: 'ready' }
  | LookReply
  | { readonly kind: 'fault'; readonly message: string };
