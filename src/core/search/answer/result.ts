/**
 * The answer of the controller, by tier: bracket, estimate, maximum goodput, what bound it, and when
 * a bound is missing, why. Loads in natural units (streams or req/s).
 */
export type Outcome =
  /** upper / lower within the resolution, or adjacent grid points. */
  | 'resolved'
  /** Both bounds stand, wider than asked: the budget ended. */
  | 'two_sided'
  /** A lower bound only: nothing in the range was shown to fail. */
  | 'unbounded_above'
  /** An upper bound only: nothing in the range was shown to pass. */
  | 'unbounded_below'
  /** Neither. */
  | 'undecided';

export interface Estimate {
  readonly load: number;
  /** Interval at the search's confidence; an open end is undefined. */
  readonly low?: number;
  readonly high?: number;
}

export interface GoodputMaximum {
  readonly load: number;
  /** Measured loads at which the goodput is surely less; an open end is undefined. */
  readonly loadLow?: number;
  readonly loadHigh?: number;
  readonly rps: number;
  readonly rpsLow: number;
  readonly rpsHigh: number;
}

export interface TierResult {
  readonly tier: string;
  readonly outcome: Outcome;
  /** Largest load shown to pass. */
  readonly lower?: number;
  /** Smallest load shown to fail. */
  readonly upper?: number;
  readonly estimate?: Estimate;
  /** Good requests per second at `lower`. */
  readonly goodputRps?: number;
  readonly maxGoodput?: GoodputMaximum;
  /** Id of the objective that sets the capacity. */
  readonly bindingObjective?: string;
  /** The whole range passes (upper absent) or fails (lower absent) as far as it was shown. */
  readonly wholeRange?: 'passes' | 'fails';
  /** Load seconds that a bracket of the asked width would still take; absent when it stands. */
  readonly neededLoadSeconds?: number;
  /** In words, what more would be needed. */
  readonly needs?: string;
}

export type Warning =
  | {
      readonly kind: 'inversion';
      readonly tier: string;
      readonly passedLoad: number;
      readonly failedLoad: number;
    }
  | {
      readonly kind: 'drift';
      readonly atProbe: number;
      readonly ratio: number;
      readonly droppedProbes: number;
    }
  | { readonly kind: 'hysteresis'; readonly atProbe: number; readonly load: number }
  | {
      readonly kind: 'missing_measurement';
      readonly tier: string;
      readonly objective: string;
      readonly reason: string;
    };

/** The answer of a gate: is this load carried at the SLO? */
export interface GateAnswer {
  readonly load: number;
  /** Pass when every tier passes, fail when one fails. */
  readonly verdict: GateVerdict;
  readonly tiers: readonly GateTier[];
}

export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

export interface GateTier {
  readonly tier: string;
  readonly verdict: GateVerdict;
  readonly objectives: readonly GateEvidence[];
}

export interface GateEvidence {
  readonly id: string;
  /** Nats against "at or over the bound" and against "under it", after the design effect. */
  readonly passNats: number;
  readonly failNats: number;
  readonly designEffect: number;
  readonly samples: number;
}

export interface SearchResult {
  readonly confidence: number;
  readonly resolution: number;
  readonly tiers: readonly TierResult[];
  readonly warnings: readonly Warning[];
  readonly probes: number;
  readonly requests: number;
  readonly loadSeconds: number;
  /** `resolved`, `decided` (a gate), `budget`, `range_exhausted`, `missing_measurement`, `cancelled`, `target_lost`, `client_limited`. */
  readonly stopped: string;
  /** Of a gate only; its bracket says the same: a passed load is a lower end, a failed one an upper. */
  readonly gate?: GateAnswer;
}
