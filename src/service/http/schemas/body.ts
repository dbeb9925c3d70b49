/** The body of a search as `openapi.yaml` shows it: the question's parts and the envelope. */
import { z } from 'zod';
import { envelopeSchema } from '../create-body.ts';

export const createBodySchema = z
  .looseObject({ ...envelopeSchema.shape })
  .meta({ id: 'SearchRequest' });
