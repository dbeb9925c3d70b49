/**
 * The shape of a question as the API takes it. HTTP builds its OpenAPI document from these schemas;
 * what a shape cannot say (SLO texts, min above max, ceilings) is in `question-checks.ts`. There are no
 * defaults here: what is absent may come from the policy.
 */
import { z } from 'zod';
import { DIALECT_NAMES } from '../dialect/dialects.ts';
import { API_KEY_HEADERS } from './question.ts';
import { MAX_TEXT_CHARS } from './slo-tokens.ts';
import { workloadSchema } from './workload/workload-schema.ts';

/** Each tier takes its own share of looking and reporting; nobody ships more service classes. */
export const MAX_TIERS = 8;
const MAX_NAME_CHARS = 63;
export const MAX_LABELS = 16;
const MAX_LABEL_CHARS = 256;
const MAX_URL_CHARS = 2_000;
const MAX_MODEL_CHARS = 256;
const MAX_REF_CHARS = 512;
/** A thousandth of a request per second is the grid of the load. */
const MIN_LOAD = 0.001;
/** Above every ceiling; only keeps numbers sane. */
const MAX_NUMBER = 1e12;
/** Below 0.5 a bracket says less than a coin; above 0.999 no budget is long enough. */
const CONFIDENCE = { min: 0.5, max: 0.999 };
const RESOLUTION = { min: 0.01, max: 1 };

const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)
  .max(MAX_NAME_CHARS);
/** A load on the axis: streams, or requests per second. */
export const load = z.number().min(MIN_LOAD).max(MAX_NUMBER);
const count = z.int().min(1).max(MAX_NUMBER);

export const targetSchema = z
  .strictObject({
    base_url: z
      .string()
      .max(MAX_URL_CHARS)
      .describe('http or https, up to the version: `http://127.0.0.1:8000/v1`'),
    model: z
      .string()
      .min(1)
      .max(MAX_MODEL_CHARS)
      .optional()
      .describe('Absent: the one model that the target lists'),
    api_key_ref: z
      .string()
      .max(MAX_REF_CHARS)
      .regex(/^(env|file):\S+$/)
      .optional()
      .describe('Where the service finds the key: `env:NAME` or `file:/path`; never the key'),
    api_key_header: z
      .enum(API_KEY_HEADERS)
      .optional()
      .describe(
        'Header that carries the key; by default `x-api-key` for Anthropic, else `authorization` (Bearer)',
      ),
    tokenizer: z
      .string()
      .min(1)
      .max(MAX_REF_CHARS)
      .optional()
      .describe('A tokenizer.json among the data files: counts tokens where the target does not'),
    dialect: z
      .enum(['auto', ...DIALECT_NAMES])
      .optional()
      .describe('What the server understands; `auto` (default) finds out'),
    propagate_trace: z
      .boolean()
      .optional()
      .describe(
        'Send `traceparent` with every request, so that its trace joins that of the search',
      ),
  })
  .meta({ id: 'TargetInput' });

/** Its length is checked with its grammar, so that a text that is too long is one fault. */
const objectives = z.string().meta({
  description: '`p99(ttft) < 500 ms and error_rate < 1%`',
  maxLength: MAX_TEXT_CHARS,
});

export const sloSchema = z
  .union([objectives, z.array(z.strictObject({ name, objectives })).min(1).max(MAX_TIERS)], {
    error: 'an SLO text, or a list of {name, objectives}',
  })
  .meta({ id: 'SloInput', description: 'One SLO, or several tiers that share the probes' });

export const loadSchema = z
  .strictObject({
    axis: z
      .enum(['concurrency', 'request_rate'])
      .optional()
      .describe('Closed loop (streams, default) or open loop (requests per second)'),
    min: load.optional(),
    max: load.optional(),
    start: load.optional().describe('First load to try'),
    unit: z
      .enum(['requests', 'documents'])
      .optional()
      .describe(
        'Of min, max, start and the required load, on request_rate: `documents` counts the texts in a request; results always count requests',
      ),
  })
  .meta({ id: 'LoadInput' });

export const budgetSchema = z
  .strictObject({
    load_seconds: z
      .number()
      .min(1)
      .max(MAX_NUMBER)
      .optional()
      .describe('Seconds under load, settling included'),
    requests: count.optional(),
    output_tokens: count.optional(),
  })
  .meta({ id: 'BudgetInput' });

/** The parts that a policy file and a request share. */
const parts = {
  slo: sloSchema.optional(),
  load: loadSchema.optional(),
  workload: workloadSchema.optional(),
  budget: budgetSchema.optional(),
  confidence: z.number().min(CONFIDENCE.min).max(CONFIDENCE.max).optional(),
  resolution: z
    .number()
    .min(RESOLUTION.min)
    .max(RESOLUTION.max)
    .optional()
    .describe('Wanted width of the bracket: 0.1 is upper within 10 % of lower'),
};

/** A lease must outlive two polls, and nobody waits longer than a day for a search. */
const LEASE_SECONDS = { min: 10, max: 86_400 };
/** Answers are kept for months; a year is "any". */
const MAX_AGE_SECONDS = 31_536_000;

/** The whole body of `POST /v1/searches`. The last four keys say how to start; HTTP reads them. */
export const searchBodySchema = z
  .strictObject({
    target: targetSchema,
    policy: z.string().min(1).max(MAX_NAME_CHARS).optional(),
    ...parts,
    required_at_least: load
      .optional()
      .describe('A load that the target has to carry: the summary then has a verdict'),
    seed: z.int().min(0).optional().describe('Arrivals, lengths and prompts are drawn from it'),
    labels: z
      .record(name, z.string().max(MAX_LABEL_CHARS))
      .optional()
      .describe(`At most ${MAX_LABELS}`),
    on_busy: z.enum(['queue', 'join', 'reject']).optional(),
    lease_seconds: z.int().min(LEASE_SECONDS.min).max(LEASE_SECONDS.max).optional(),
    deadline_at: z.iso.datetime({ offset: true }).optional(),
    max_age_seconds: z.int().min(0).max(MAX_AGE_SECONDS).optional(),
  })
  .meta({ id: 'SearchBody' });
export type SearchBody = z.infer<typeof searchBodySchema>;

export const policyFileSchema = z
  .strictObject({
    name,
    description: z.string().min(1).max(1_000),
    ...parts,
    slo: sloSchema,
    gates: z
      .strictObject({ at_least: load.optional().describe('Least capacity, on the axis of `load`') })
      .optional()
      .describe('What a target must reach: searches get a verdict from it, gates their load'),
  })
  .meta({ id: 'PolicyFile' });
export type PolicyContent = z.infer<typeof policyFileSchema>;
