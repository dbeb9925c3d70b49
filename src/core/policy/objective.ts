/**
 * What an SLO text becomes once parsed and checked: a conjunction of objectives, each with the exact
 * bound that the evidence is counted against.
 */

/** Per-request latency metrics, all in ms. `itl` is judged per token gap, the others per request. */
export type LatencyMetric = 'ttft' | 'ttft_from_send' | 'tpot' | 'itl' | 'e2e';

/** One bound inside `attainment(...)`: the request is good when metric < boundMs (or <=). */
export interface RequestBound {
  readonly metric: Exclude<LatencyMetric, 'itl'>;
  readonly operator: '<' | '<=';
  readonly boundMs: number;
  /** Index of the part that it is asked of; absent: of every request. */
  readonly part?: number;
}

/** Of which requests: those of one part of a mix. Absent: of all. */
export interface Asked {
  /** As the SLO names it. */
  readonly part?: string;
  /** Its index in the workload, known once SLO and workload have met. */
  readonly partIndex?: number;
}

export type Objective = Asked & Measured;

type Measured =
  | {
      readonly kind: 'quantile';
      readonly id: string;
      readonly metric: LatencyMetric;
      /** 0 < q < 1: p99 → 0.99. */
      readonly q: number;
      readonly operator: '<' | '<=';
      readonly boundMs: number;
      readonly text: string;
    }
  | {
      readonly kind: 'mean';
      readonly id: string;
      readonly metric: LatencyMetric;
      readonly operator: '<' | '<=';
      readonly boundMs: number;
      readonly text: string;
    }
  | {
      readonly kind: 'attainment';
      readonly id: string;
      readonly bounds: readonly RequestBound[];
      /** 0 < ratio < 1. */
      readonly ratio: number;
      readonly text: string;
    }
  | {
      readonly kind: 'error_rate';
      readonly id: string;
      readonly ratio: number;
      readonly text: string;
    }
  | {
      readonly kind: 'goodput';
      readonly id: string;
      readonly boundRps: number;
      readonly text: string;
    };

/** A named conjunction of objectives. */
export interface SloTier {
  readonly name: string;
  /** The text as given, canonical spelling. */
  readonly text: string;
  readonly objectives: readonly Objective[];
}
