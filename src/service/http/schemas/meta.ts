/** What the service says of itself. */
import { z } from 'zod';

export const healthSchema = z
  .strictObject({ status: z.literal('ok'), version: z.string() })
  .meta({ id: 'Health' });

export const openapiSchema = z.record(z.string(), z.unknown());
