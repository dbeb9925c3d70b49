/** What a question asks when it does not say, and how far any question may go. */
import type { Axis } from '../base/axis.ts';
import type { LengthInput } from './length-input.ts';

/** The level at which the controller's thresholds were measured. */
export const DEFAULT_CONFIDENCE = 0.95;
/** Upper within 10 % of lower: finer is rarely affordable on a p99. */
export const DEFAULT_RESOLUTION = 0.1;
/** The plan of the load draws from it; fixed, so that the same question plans the same load. */
export const DEFAULT_SEED = 0;

/** Ten minutes of load: most shapes get a two-sided bracket; tokens bound what it may cost. */
export const DEFAULT_BUDGET = {
  load_seconds: 600,
  requests: 20_000,
  output_tokens: 4_000_000,
} as const;

/** One stream to twice the usual batch of a large server; one request in ten seconds to 50 a second. */
export const DEFAULT_RANGE: Readonly<Record<Axis, { readonly min: number; readonly max: number }>> =
  {
    concurrency: { min: 1, max: 512 },
    request_rate: { min: 0.1, max: 50 },
  };
export const DEFAULT_AXIS: Axis = 'concurrency';

/** Near the medians of public chat traces (Azure 2023 conversation: 1,020 in, 129 out). */
export const DEFAULT_INPUT_TOKENS: LengthInput = { mean: 1_024, stdev: 512 };
export const DEFAULT_OUTPUT_TOKENS: LengthInput = { mean: 128 };
export const DEFAULT_ENDPOINT = 'chat';
export const DEFAULT_ARRIVALS = 'poisson';

/** Ceilings that no request can raise; the operator may lower or raise them. */
export interface QuestionLimits {
  readonly maxConcurrency: number;
  readonly maxRps: number;
  readonly maxLoadSeconds: number;
  readonly maxRequests: number;
  readonly maxOutputTokens: number;
}

/** What one machine can drive and a person would wait for. */
export const DEFAULT_LIMITS: QuestionLimits = {
  maxConcurrency: 4_096,
  maxRps: 2_000,
  maxLoadSeconds: 7_200,
  maxRequests: 1_000_000,
  maxOutputTokens: 200_000_000,
};
