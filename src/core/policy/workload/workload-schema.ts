/**
 * The shape of a workload as the API takes it: one kind of request, or `parts` of them with weights;
 * when they are sent; what the server's cache may hold. Defaults are not here: what is absent may come
 * from the policy. What a shape cannot say is in `workload-checks.ts`.
 */
import { z } from 'zod';
import { MAX_PARTS } from '../../workload/parts.ts';
import { CACHE_RESET_ROUTES, ENDPOINT_KINDS } from '../../workload/spec.ts';
import { lengthSchema, MAX_TOKENS } from '../length-input.ts';
import { audioSchema, documentsSchema, fileSchema, imagesSchema } from './file-schema.ts';

const MAX_MODEL_CHARS = 256;
/** A table of lengths is walked at every draw. */
const MAX_PAIRS = 1_000;
const MAX_PREFIXES = 10_000;
/** Ten hours: longer than any search. */
const MAX_THINK_MS = 36_000_000;
const MAX_SIGMA = 3;
/** At 0.01 a hundred requests come almost at once; at 1,000 the gaps are a clock's. */
const SHAPE = { min: 0.01, max: 1_000 };
/** A burst is made to hold whole periods: an hour is longer than any burst should be. */
const PERIOD_SECONDS = { min: 0.1, max: 3_600 };
const MAX_SERIES = 1_000;
const MAX_TRACE_TIMES = 20_000;

const tokens = z.int().min(1).max(MAX_TOKENS);
const ms = z.number().min(0).max(MAX_THINK_MS);
const period = z.number().min(PERIOD_SECONDS.min).max(PERIOD_SECONDS.max);

const DURATION_FORMS =
  'milliseconds, {uniform: {min, max}}, {exponential: {mean, max?}} or {lognormal: {median, sigma, max?}}';

export const durationSchema = z
  .union(
    [
      ms,
      z.strictObject({ uniform: z.strictObject({ min: ms, max: ms }) }),
      z.strictObject({ exponential: z.strictObject({ mean: ms, max: ms.optional() }) }),
      z.strictObject({
        lognormal: z.strictObject({
          median: z.number().positive().max(MAX_THINK_MS),
          sigma: z.number().positive().max(MAX_SIGMA),
          max: ms.optional(),
        }),
      }),
    ],
    { error: DURATION_FORMS },
  )
  .meta({ id: 'Duration', description: `Milliseconds: ${DURATION_FORMS}` });

const extrasSchema = z
  .strictObject({
    body: z.record(z.string(), z.unknown()).optional().describe('Fields added to every body'),
    headers: z.record(z.string(), z.string()).optional(),
    query: z.record(z.string(), z.string()).optional(),
  })
  .meta({
    id: 'RequestExtras',
    description: 'Added to every request; nothing that the measurement needs can be set here',
  });

/** What one kind of request is made of; a part of a mix has the same keys. */
const requestKeys = {
  endpoint: z.enum(ENDPOINT_KINDS).optional(),
  model: z
    .string()
    .min(1)
    .max(MAX_MODEL_CHARS)
    .optional()
    .describe("Another model or adapter than the target's"),
  input_tokens: lengthSchema.optional(),
  output_tokens: lengthSchema.optional(),
  length_pairs: z
    .array(
      z.strictObject({ input: tokens, output: tokens, weight: z.number().positive().optional() }),
    )
    .min(1)
    .max(MAX_PAIRS)
    .optional()
    .describe('Lengths that belong together, instead of the two laws'),
  length_correlation: z
    .number()
    .min(-1)
    .max(1)
    .optional()
    .describe('Of the normal scores of input and output length'),
  shared_prefix: z
    .strictObject({
      tokens: lengthSchema,
      count: z.int().min(1).max(MAX_PREFIXES).optional().describe('Different ones; 1 by default'),
      ratio: z.number().min(0).max(1).optional().describe('Share of conversations; 1 by default'),
    })
    .optional()
    .describe('A system prompt that comes before the input tokens'),
  turns: lengthSchema
    .optional()
    .describe('Requests of one conversation, each with all that was said before; a law of length'),
  think_ms: durationSchema
    .optional()
    .describe('Wait after an answer: before the next turn, in a closed loop before every request'),
  request: extrasSchema.optional(),
  file: fileSchema.optional(),
  documents: documentsSchema.optional(),
  images: imagesSchema.optional(),
  audio: audioSchema.optional(),
};
export const REQUEST_KEYS: readonly string[] = Object.keys(requestKeys);

const partName = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, {
  error: 'a lower-case word of letters, digits and `_`, at most 32 long',
});

const fluctuationSchema = z
  .union(
    [
      z.strictObject({
        sine: z.strictObject({ period_seconds: period, amplitude: z.number().positive().max(1) }),
      }),
      z.strictObject({
        square: z.strictObject({
          period_seconds: period,
          amplitude: z.number().positive().max(1_000),
          duty_ratio: z.number().min(0.001).max(0.999),
        }),
      }),
      z.strictObject({
        series: z.strictObject({
          step_seconds: period,
          rates: z.array(z.number().min(0).max(1e9)).min(2).max(MAX_SERIES),
        }),
      }),
    ],
    { error: '{sine: {...}}, {square: {...}} or {series: {...}}' },
  )
  .meta({
    id: 'Fluctuation',
    description: 'A relative rate over time; its mean over a period is the load',
  });

const arrivalsSchema = z
  .union(
    [
      z.enum(['poisson', 'constant']),
      z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.enum(['poisson', 'constant']),
          fluctuation: fluctuationSchema.optional(),
        }),
        z.strictObject({
          kind: z.literal('gamma'),
          shape: z.number().min(SHAPE.min).max(SHAPE.max).describe('1 is Poisson, below 1 bursty'),
          fluctuation: fluctuationSchema.optional(),
        }),
        z.strictObject({
          kind: z.literal('trace'),
          at_ms: z
            .array(z.number().min(0).max(1e12))
            .min(2)
            .max(MAX_TRACE_TIMES)
            .optional()
            .describe('Recorded times in order; scaled so that their mean rate is the load'),
          fluctuation: fluctuationSchema.optional(),
        }),
      ]),
    ],
    {
      error:
        'poisson, constant, or {kind: gamma, shape} or {kind: trace, at_ms} or with a fluctuation',
    },
  )
  .meta({ id: 'Arrivals', description: 'Of the request_rate axis; poisson by default' });
export type ArrivalsInput = z.infer<typeof arrivalsSchema>;

const cacheSchema = z
  .union([z.enum(['as_is', 'cold']), z.strictObject({ reset: z.enum(CACHE_RESET_ROUTES) })], {
    error: 'as_is, cold or {reset: route}',
  })
  .meta({
    id: 'CacheRule',
    description:
      'What the prefix cache may hold when a burst begins: `as_is` (default) what is there, `cold` ' +
      "nothing that this burst sends, `reset` nothing at all: the server's own route is called after a drain",
  });

export const workloadSchema = z
  .strictObject({
    kind: z
      .enum(['synthetic', 'file', 'mix'])
      .optional()
      .describe('`mix` goes with `parts`, `file` with `file`'),
    ...requestKeys,
    parts: z
      .array(
        z.strictObject({
          name: partName,
          weight: z.number().positive().max(1).describe('Share of the conversations; all sum to 1'),
          ...requestKeys,
        }),
      )
      .min(1)
      .max(MAX_PARTS)
      .optional()
      .describe('Several kinds of request in one workload'),
    arrivals: arrivalsSchema.optional(),
    cache: cacheSchema.optional(),
  })
  .meta({ id: 'WorkloadInput' });
export type WorkloadInput = z.infer<typeof workloadSchema>;
export type RequestInput = Omit<NonNullable<WorkloadInput['parts']>[number], 'name' | 'weight'>;
