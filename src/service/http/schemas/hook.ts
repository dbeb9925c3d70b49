/**
 * Hooks as the API takes and shows them. What a hook is bound to are lists: a call may choose from them, and
 * from nothing else.
 */
import { z } from 'zod';
import { gateBodySchema } from '../../../core/policy/gate-schema.ts';
import { load, targetSchema } from '../../../core/policy/question-schema.ts';

/** Choices of one kind; each pair of them is checked when the hook is made. */
const MAX_CHOICES = 16;
/** Of the texts that a caller names itself with; Kubernetes' own limit. */
const MAX_TEXT_CHARS = 253;

const shared = gateBodySchema.shape;
const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)
  .max(63);

export const hookBodySchema = z
  .strictObject({
    name: name.describe('For people; also the label `hook` of its gates'),
    policies: z.array(name).min(1).max(MAX_CHOICES),
    targets: z.array(targetSchema).min(1).max(MAX_CHOICES),
    at_least: z
      .array(load)
      .min(1)
      .max(MAX_CHOICES)
      .optional()
      .describe('Loads that a call may ask; absent: the `gates.at_least` of the policy'),
    slo: shared.slo.describe('Instead of those of the policies'),
    workload: shared.workload,
    load: shared.load,
    budget: shared.budget,
    confidence: shared.confidence,
    lease_seconds: shared.lease_seconds.describe(
      'A gate that nobody calls for so long is ended; 600 when absent',
    ),
  })
  .meta({ id: 'HookBody' });
export type HookBody = z.infer<typeof hookBodySchema>;

const text = z.string().max(MAX_TEXT_CHARS);

const metadataSchema = z
  .strictObject({
    policy: text.optional(),
    url: z.string().max(2_000).optional().describe('Base URL of one of the targets'),
    at_least: text.optional().describe('A load, as a text'),
    key: text.optional().describe('Another text is another question: asks anew within 24 hours'),
  })
  .meta({ id: 'HookMetadata', description: 'Chooses among what the hook is bound to' });

/** Flagger's body; it gains keys with its versions, so others are let pass. */
export const hookCallSchema = z
  .looseObject({
    name: text.optional(),
    namespace: text.optional(),
    phase: text.optional(),
    checksum: text.optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({
    id: 'HookCall',
    description:
      'What Flagger sends. `namespace`, `name`, `checksum` and `metadata` are the key: the same are the ' +
      'same gate for 24 hours',
  });
export type HookCall = z.infer<typeof hookCallSchema>;

export const hookSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    bound_to: hookBodySchema.omit({ name: true }).meta({ id: 'HookBinding' }),
  })
  .meta({ id: 'Hook' });

export const newHookSchema = hookSchema
  .extend({
    token: z.string().describe('Shown this once; only its hash is kept'),
    path: z.string().describe('Path to call, with the token in it'),
  })
  .meta({ id: 'NewHook' });

export const hookListSchema = z
  .strictObject({ hooks: z.array(hookSchema) })
  .meta({ id: 'HookList' });

export const hookAnswerSchema = z
  .strictObject({
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    gate_id: z.string(),
    sentence: z.string(),
  })
  .meta({ id: 'HookAnswer', description: 'One line: yes' });
