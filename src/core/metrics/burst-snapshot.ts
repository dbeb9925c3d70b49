/**
 * A look into a running burst: the requests so far, when it is, and what the client says of itself.
 * The load generator and the simulated server's virtual driver both produce it; everything that
 * judges reads it and nothing else.
 */
import type { RequestColumns } from './request-columns.ts';

/** The generator's measurement of itself over this burst. Undefined = could not be measured. */
export interface ClientHealth {
  /** Share of canary samples late by more than 1 ms, 0..1. */
  readonly canaryLateRatio: number | undefined;
  readonly canaryLateMsP99: number | undefined;
  /** Lag from schedule to the write of the request. */
  readonly sendLagMsP99: number | undefined;
  readonly sendLagMsMax: number | undefined;
  readonly eventLoopDelayMsMax: number | undefined;
  /** Event-loop utilisation, 0..1, of the busiest generator. */
  readonly eventLoopUtilisation: number | undefined;
  readonly cpuRatio: number | undefined;
  readonly staleConnections: number;
  readonly unsent: number;
  readonly generators: number;
}

export interface BurstSnapshot {
  /** All ms on the clock of the columns. */
  readonly burstStartMs: number;
  /** End of ramp and settle: requests scheduled from here on are in the window. */
  readonly windowStartMs: number;
  readonly nowMs: number;
  /**
   * Every request that ended since `burstStartMs` or has not ended at `nowMs`, in any order; rows not
   * ended have the outcome `pending`. Those scheduled before the burst (hot transition) are included.
   */
  readonly records: RequestColumns;
  readonly health: ClientHealth;
}
