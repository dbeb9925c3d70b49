/** Policies as the API shows them, and the answer of a check. */
import { z } from 'zod';
import { orNull } from './or-null.ts';
import { faultSchema } from './problem.ts';
import { questionSchema } from './search.ts';

export const policyListSchema = z
  .strictObject({
    policies: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  })
  .meta({ id: 'PolicyList' });

export const policyCheckSchema = z
  .strictObject({
    ok: z.boolean(),
    question: orNull(questionSchema).describe('Null when something is wrong'),
    errors: z.array(faultSchema),
  })
  .meta({ id: 'PolicyCheck' });
