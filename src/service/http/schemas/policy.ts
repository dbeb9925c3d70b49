/** Policies as the API shows them, and the answer of a check. */
import { z } from 'zod';
import { orNull } from './or-null.ts';
import { faultSchema } from './problem.ts';
import { gateQuestionSchema, questionSchema } from './search.ts';

export const policyListSchema = z
  .strictObject({
    policies: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  })
  .meta({ id: 'PolicyList' });

const priceSchema = z
  .strictObject({
    sentence: z.string(),
    requests_to_pass: z.int().describe('At a load far below the capacity, when none is bad'),
    requests_near_limit: z
      .int()
      .describe(
        'Search: for one end of a bracket of the asked resolution; gate: when half of the allowed are bad',
      ),
  })
  .meta({ id: 'Price', description: 'What the question costs, and what its budget can resolve' });

export const policyCheckSchema = z
  .strictObject({
    ok: z.boolean(),
    question: z
      .union([questionSchema, gateQuestionSchema, z.null()])
      .describe('Null when something is wrong'),
    price: orNull(priceSchema),
    errors: z.array(faultSchema),
  })
  .meta({ id: 'PolicyCheck' });
