/** Judging again: other objectives in, the same shape of answer out, marked as what it is. */
import { z } from 'zod';
import { searchBodySchema } from '../../../core/policy/question-schema.ts';
import { frontierSchema, probeSchema } from './probe.ts';
import { resultSchema } from './search.ts';

const { slo, confidence, resolution } = searchBodySchema.shape;

export const rejudgeBodySchema = z
  .strictObject({ slo: slo.nonoptional(), confidence, resolution })
  .meta({ id: 'RejudgeBody', description: 'What is not given is that of the search' });

/** A gate has no bracket to be as narrow as asked. */
export const rejudgeGateBodySchema = rejudgeBodySchema
  .omit({ resolution: true })
  .meta({ id: 'RejudgeGateBody', description: 'What is not given is that of the gate' });

export const rejudgedSchema = z
  .strictObject({
    id: z.string().describe('Of the search or gate whose records these are'),
    kind: z.enum(['search', 'gate']),
    post_hoc: z
      .literal(true)
      .describe(
        'The bursts were placed, and ended, for another SLO, and this one was chosen after them',
      ),
    note: z.string(),
    slo: z.array(z.strictObject({ name: z.string(), objectives: z.string() })),
    verdict: z.enum(['none', 'pass', 'fail', 'inconclusive']).describe('On the required load'),
    sentence: z.string(),
    result: resultSchema,
    frontier: frontierSchema,
    probes: z.array(
      probeSchema
        .pick({ probe: true, attempt: true, load: true, voided: true, requests: true, tiers: true })
        .meta({ id: 'RejudgedProbe' }),
    ),
  })
  .meta({ id: 'Rejudged' });
