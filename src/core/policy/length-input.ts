/** Lengths of prompts and answers as the API takes them, and the law of length that they mean. */
import { z } from 'zod';
import type { LengthSpec } from '../workload/spec.ts';

/** Longest context that any server of today takes. */
export const MAX_TOKENS = 1_000_000;
/** Where a tail ends when no `max` is given: beyond four deviations lies one request in 30,000. */
const TAIL_DEVIATIONS = 4;
/** exp(4 · 3) spans five orders of magnitude: wider than any trace. */
const MAX_SIGMA = 3;

const tokens = z.int().min(1).max(MAX_TOKENS);
const FORMS =
  'a whole number of tokens, {mean, stdev?, min?, max?}, {uniform: {min, max}} or {lognormal: {median, sigma, min?, max?}}';

export const lengthSchema = z
  .union(
    [
      tokens,
      z.strictObject({
        mean: z.number().min(1).max(MAX_TOKENS),
        stdev: z.number().min(0).max(MAX_TOKENS).optional(),
        min: tokens.optional(),
        max: tokens.optional(),
      }),
      z.strictObject({ uniform: z.strictObject({ min: tokens, max: tokens }) }),
      z.strictObject({
        lognormal: z.strictObject({
          median: z.number().min(1).max(MAX_TOKENS),
          sigma: z.number().positive().max(MAX_SIGMA),
          min: tokens.optional(),
          max: tokens.optional(),
        }),
      }),
    ],
    { error: FORMS },
  )
  .meta({ id: 'Length', description: `Tokens: ${FORMS}` });
export type LengthInput = z.infer<typeof lengthSchema>;

export function toLengthSpec(input: LengthInput): LengthSpec {
  if (typeof input === 'number') return { kind: 'fixed', tokens: input };
  if ('uniform' in input) return { kind: 'uniform', ...input.uniform };
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

function bounded(value: number): number {
  return Math.min(MAX_TOKENS, Math.ceil(value));
}
