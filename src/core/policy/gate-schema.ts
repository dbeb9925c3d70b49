/** The body of `POST /v1/gates`: a search's, with the load in question where the range would be. */
import { load, loadSchema, searchBodySchema } from './question-schema.ts';

export const gateBodySchema = searchBodySchema
  .omit({ load: true, resolution: true, required_at_least: true })
  .extend({
    at_least: load
      .optional()
      .describe('The load in question, on the axis; absent: the `gates.at_least` of the policy'),
    load: loadSchema.pick({ axis: true, unit: true }).meta({ id: 'GateLoadInput' }).optional(),
  })
  .meta({ id: 'GateBody' });
