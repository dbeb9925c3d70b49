/**
 * What a request of the workload looks like. One workload = one capacity. Parsed and checked by the
 * policy room; the generator and the simulated server draw from it with a seed.
 */
export type LengthSpec =
  | { readonly kind: 'fixed'; readonly tokens: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** Normal, rounded, clipped to min..max. */
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly stdev: number;
      readonly min: number;
      readonly max: number;
    }
  /** exp(N(lnMean, lnSigma²)), rounded, clipped to min..max. */
  | {
      readonly kind: 'lognormal';
      readonly lnMean: number;
      readonly lnSigma: number;
      readonly min: number;
      readonly max: number;
    };

export interface WorkloadSpec {
  readonly kind: 'synthetic';
  readonly endpoint: 'chat' | 'completions' | 'responses' | 'messages';
  readonly inputTokens: LengthSpec;
  readonly outputTokens: LengthSpec;
  /** Arrivals of the request_rate axis. */
  readonly arrivals: { readonly kind: 'poisson' | 'constant' };
}

/** The lengths of one request, drawn. */
export interface RequestShape {
  readonly inputTokens: number;
  readonly outputTokens: number;
}
