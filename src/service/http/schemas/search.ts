/** A search as the API shows it: summary, question, result, and the page of a list. */
import { z } from 'zod';
import { budgetSchema, loadSchema, targetSchema } from '../../../core/policy/question-schema.ts';
import { workloadSchema } from '../../../core/policy/workload/workload-schema.ts';
import { orAbsent } from './or-absent.ts';
import { orNull } from './or-null.ts';
import { frontierSchema, probeSchema } from './probe.ts';

const optionalNumber = z.number().nullable();
const optionalText = z.string().nullable();
const optionalTime = z.iso.datetime().nullable();
const count = z.int().min(0);
const axis = z.enum(['concurrency', 'request_rate']);

export const STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'] as const;
const state = z.enum(STATES);

export const summarySchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['search', 'gate']),
    state,
    done: z.boolean().describe('Nothing will change any more'),
    verdict: z
      .enum(['pending', 'none', 'pass', 'fail', 'inconclusive'])
      .describe(
        'On the required load, of all tiers together; `none`: the search asked for a number, not for a ' +
          'yes or no',
      ),
    exit_code: z
      .int()
      .describe(
        '0 pass or answered, 1 fail, 3 inconclusive or not ended, 4 target or service failed',
      ),
    reason: optionalText.describe('Why it ended'),
    sentence: z.string(),
    tier: z
      .string()
      .describe(
        'The SLO tier that this summary speaks of: the first, or the first that misses the required load',
      ),
    axis,
    capacity_at_least: z
      .number()
      .describe('Largest load shown to pass; 0 when none was shown to pass'),
    capacity_below: optionalNumber.describe('Smallest load shown to fail; null when none was'),
    capacity_estimate: optionalNumber,
    confidence: z.number(),
    max_goodput_load: optionalNumber,
    max_goodput_rps: optionalNumber,
    goodput_rps: optionalNumber.describe('At the capacity'),
    binding_objective: optionalText,
    limit_cause: optionalText.describe('What was full, when it is known'),
    required_at_least: optionalNumber.describe('The load that the target has to carry'),
    baseline_verdict: z.literal('none'),
    probes: count,
    requests: count,
    load_seconds: z.number(),
    report_url: z.string().describe('Path of the report on this service'),
  })
  .meta({ id: 'Summary', description: 'Flat, scalars only, every key always there' });

/** Every key in the spelling of the request, so that it can be posted again as it stands. */
export const questionSchema = z
  .strictObject({
    target: targetSchema.extend({ dialect: z.string() }),
    policy: z.string().optional(),
    slo: z.array(z.strictObject({ name: z.string(), objectives: z.string() })),
    load: loadSchema.required({ axis: true, min: true, max: true }),
    required_at_least: z.number().optional(),
    workload: workloadSchema.required({ kind: true, arrivals: true }),
    budget: budgetSchema.required(),
    confidence: z.number(),
    resolution: z.number(),
    seed: z.number(),
    labels: z.record(z.string(), z.string()),
  })
  .meta({
    id: 'Question',
    description:
      'Policy and request merged: all that was asked. It can be posted again as it stands, so what ' +
      'was not given is absent',
  });

/** As `questionSchema`, of a gate. */
export const gateQuestionSchema = questionSchema
  .omit({ load: true, resolution: true, required_at_least: true })
  .extend({ at_least: z.number(), load: z.strictObject({ axis }) })
  .meta({ id: 'GateQuestion', description: 'Policy and request merged: all that was asked' });

const warning = z
  .union([
    z.strictObject({
      kind: z.literal('inversion'),
      tier: z.string(),
      passed_load: z.number(),
      failed_load: z.number(),
    }),
    z.strictObject({
      kind: z.literal('drift'),
      at_probe: count,
      ratio: z.number(),
      dropped_probes: count,
    }),
    z.strictObject({ kind: z.literal('hysteresis'), at_probe: count, load: z.number() }),
    z.strictObject({
      kind: z.literal('missing_measurement'),
      tier: z.string(),
      objective: z.string(),
      reason: z.string(),
    }),
  ])
  .meta({ id: 'Warning' });

const tierResult = z
  .strictObject({
    tier: z.string(),
    outcome: z.enum(['resolved', 'two_sided', 'unbounded_above', 'unbounded_below', 'undecided']),
    bracket: z.strictObject({ lower: optionalNumber, upper: optionalNumber }),
    estimate: z
      .strictObject({ load: z.number(), low: optionalNumber, high: optionalNumber })
      .nullable(),
    goodput_rps: optionalNumber,
    max_goodput: z
      .strictObject({
        load: z.number(),
        load_low: optionalNumber,
        load_high: optionalNumber,
        rps: z.number(),
        rps_low: optionalNumber,
        rps_high: optionalNumber,
      })
      .nullable(),
    binding_objective: optionalText,
    whole_range: z.enum(['passes', 'fails']).nullable(),
    needed_load_seconds: optionalNumber,
    needs: optionalText,
  })
  .meta({ id: 'TierResult' });

const gateVerdict = z.enum(['pass', 'fail', 'inconclusive']);

const gateAnswer = z
  .strictObject({
    load: z.number(),
    verdict: gateVerdict.describe('Pass when every tier passes, fail when one fails'),
    tiers: z.array(
      z.strictObject({
        tier: z.string(),
        verdict: gateVerdict,
        objectives: z.array(
          z.strictObject({
            id: z.string(),
            pass_nats: z.number().describe('Evidence against "at or over the bound"'),
            fail_nats: z.number().describe('Evidence against "under the bound"'),
            design_effect: z.number(),
            samples: z.number(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'GateAnswer', description: 'Is the load carried, and what speaks for it' });

export const resultSchema = z
  .strictObject({
    confidence: z.number(),
    resolution: z.number(),
    tiers: z.array(tierResult),
    warnings: z.array(warning),
    probes: count,
    requests: count,
    load_seconds: z.number(),
    stopped: z.string(),
    gate: orAbsent(gateAnswer, 'Of a gate only; its bracket has the one end shown'),
  })
  .meta({ id: 'Result', description: 'The answer, or what is known so far while it runs' });

const provenanceSchema = z
  .strictObject({
    plimsoll_version: z.string(),
    node_version: z.string(),
    resolved_address: z.string(),
    model: z.string(),
    dialect: z.string(),
    target_info: z.record(z.string(), z.string()),
    token_counts: z
      .strictObject({
        input: z.enum(['usage', 'tokenizer', 'estimate']),
        output: z.enum(['usage', 'tokenizer', 'chunks', 'none']),
      })
      .nullable()
      .describe(
        'Who counted tokens: the target, a tokenizer file, or nobody; output is none where answers have no tokens',
      ),
    data: z
      .array(
        z.strictObject({
          part: z.string(),
          path: z.string(),
          format: z.string(),
          bytes: count,
          sha256: z.string(),
          rows: count,
          rows_used: count,
          sampling: z.enum(['all', 'first', 'reservoir']),
        }),
      )
      .describe('Data files that the load was made of'),
  })
  .meta({ id: 'Provenance', description: 'What was measured against what' });

const links = z.strictObject({
  self: z.string(),
  summary: z.string(),
  frontier: z.string(),
  probes: z.string(),
  log: z.string(),
  report: z.string(),
  requests: z.string(),
  events: z.string(),
  cancel: z.string(),
});

const head = {
  id: z.string(),
  state,
  created_at: z.iso.datetime(),
  started_at: optionalTime,
  ended_at: optionalTime,
  reason: optionalText,
  detail: optionalText,
  summary: summarySchema,
  links,
};

const measured = {
  result: orNull(resultSchema),
  frontier: frontierSchema,
  probes: z.array(probeSchema),
  provenance: orNull(provenanceSchema),
};

export const searchSchema = z
  .strictObject({
    ...head,
    kind: z.literal('search'),
    question: questionSchema,
    ...measured,
  })
  .meta({ id: 'Search' });

export const gateSchema = z
  .strictObject({
    ...head,
    kind: z.literal('gate'),
    question: gateQuestionSchema,
    ...measured,
  })
  .meta({ id: 'Gate' });

const listItem = {
  ...head,
  policy: optionalText,
  target: z.string(),
  labels: z.record(z.string(), z.string()),
};

export const searchListSchema = z
  .strictObject({
    searches: z.array(
      z.strictObject({ ...listItem, kind: z.literal('search') }).meta({ id: 'SearchListItem' }),
    ),
    next_cursor: optionalText,
  })
  .meta({ id: 'SearchList' });

export const gateListSchema = z
  .strictObject({
    gates: z.array(
      z.strictObject({ ...listItem, kind: z.literal('gate') }).meta({ id: 'GateListItem' }),
    ),
    next_cursor: optionalText,
  })
  .meta({ id: 'GateList' });
