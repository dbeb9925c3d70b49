/** Policies as the API shows them, and the answer of a check. */
import { z } from 'zod';
import { faultSchema } from './problem.ts';
import { questionSchema } from './search.ts';

export const policyListSchema = z
  .strictObject({
    policies: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  })
  .meta({ id: 'PolicyList' });

export const policySchema = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    content: z.record(z.string(), z.unknown()).describe('The file, parsed'),
  })
  .meta({ id: 'Policy' });

export const policyCheckSchema = z
  .strictObject({
    ok: z.boolean(),
    question: questionSchema.nullable().describe('Null when something is wrong'),
    errors: z.array(faultSchema),
  })
  .meta({ id: 'PolicyCheck' });
