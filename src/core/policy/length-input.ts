/** Lengths of prompts and answers as the API takes them, and the law of length that they mean. */
import { z } from 'zod';
import { normalQuantile } from '../stats/normal.ts';
import type { LengthSpec } from '../workload/spec.ts';

/** Longest context that any server of today takes. */
export const MAX_TOKENS = 1_000_000;
/** Where a tail ends when no `max` is given: beyond four deviations lies one request in 30,000. */
const TAIL_DEVIATIONS = 4;
/** exp(4 · 3) spans five orders of magnitude: wider than any trace. */
const MAX_SIGMA = 3;
/** A histogram of a trace in steps of half a percent; each draw walks its bins. */
const MAX_BINS = 256;
/** A thousand times the finest share that any budget can tell. */
const MAX_WEIGHT = 1e9;
const MAX_PERCENTILES = 32;

const tokens = z.int().min(1).max(MAX_TOKENS);
const edges = { min: tokens.optional(), max: tokens.optional() };
const weight = z.number().min(0).max(MAX_WEIGHT);
const FORMS =
  'a whole number of tokens, {mean, stdev?, min?, max?}, {uniform: {min, max}}, ' +
  '{lognormal: {median, sigma, min?, max?}}, {percentiles: {p50, p95, ...}, min?, max?} or ' +
  '{histogram: [{min, max, weight}]}';

export const lengthSchema = z
  .union(
    [
      tokens,
      z.strictObject({
        mean: z.number().min(1).max(MAX_TOKENS),
        stdev: z.number().min(0).max(MAX_TOKENS).optional(),
        ...edges,
      }),
      z.strictObject({ uniform: z.strictObject({ min: tokens, max: tokens }) }),
      z.strictObject({
        lognormal: z.strictObject({
          median: z.number().min(1).max(MAX_TOKENS),
          sigma: z.number().positive().max(MAX_SIGMA),
          ...edges,
        }),
      }),
      z.strictObject({
        percentiles: z.record(z.string().regex(/^p\d{1,2}(\.\d{1,3})?$/), tokens),
        ...edges,
      }),
      z.strictObject({
        histogram: z
          .array(z.strictObject({ min: tokens, max: tokens, weight }))
          .min(1)
          .max(MAX_BINS),
      }),
    ],
    { error: FORMS },
  )
  .meta({ id: 'Length', description: `Tokens: ${FORMS}` });
export type LengthInput = z.infer<typeof lengthSchema>;

export function toLengthSpec(input: LengthInput): LengthSpec {
  if (typeof input === 'number') return { kind: 'fixed', tokens: input };
  if ('uniform' in input) return { kind: 'uniform', ...input.uniform };
  if ('histogram' in input) return { kind: 'histogram', bins: input.histogram };
  if ('percentiles' in input) return percentilesSpec(input);
  if ('lognormal' in input) {
    const { median, sigma, min, max } = input.lognormal;
    return {
      kind: 'lognormal',
      lnMean: Math.log(median),
      lnSigma: sigma,
      min: min ?? 1,
      max: max ?? bounded(median * Math.exp(TAIL_DEVIATIONS * sigma)),
    };
  }
  const { mean, stdev, min, max } = input;
  if (stdev === undefined || stdev === 0) return { kind: 'fixed', tokens: Math.round(mean) };
  return {
    kind: 'normal',
    mean,
    stdev,
    min: min ?? 1,
    max: max ?? bounded(mean + TAIL_DEVIATIONS * stdev),
  };
}

function percentilesSpec(input: {
  readonly percentiles: Readonly<Record<string, number>>;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}): LengthSpec {
  const points = percentilePoints(input.percentiles);
  const [first, second] = points.slice(-2);
  let tail = MAX_TOKENS;
  if (first !== undefined && second !== undefined) {
    const [low, high] = [normalQuantile(first.q), normalQuantile(second.q)];
    const slope = Math.log(second.tokens / first.tokens) / (high - low);
    tail = second.tokens * Math.exp(slope * Math.max(0, TAIL_DEVIATIONS - high));
  }
  return { kind: 'percentiles', points, min: input.min ?? 1, max: input.max ?? bounded(tail) };
}

const PERCENTILE_DIGITS = 6;

/** In order of q. */
export function percentilePoints(
  percentiles: Readonly<Record<string, number>>,
): { readonly q: number; readonly tokens: number }[] {
  return Object.entries(percentiles)
    .map(([name, value]) => ({
      q: Number((Number(name.slice(1)) / 100).toFixed(PERCENTILE_DIGITS)),
      tokens: value,
    }))
    .sort((a, b) => a.q - b.q);
}

export const PERCENTILE_LIMITS = { min: 2, max: MAX_PERCENTILES };

function bounded(value: number): number {
  return Math.min(MAX_TOKENS, Math.ceil(value));
}
