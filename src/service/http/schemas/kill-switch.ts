/** The kill switch as the API shows it. */
import { z } from 'zod';

export const killSwitchSchema = z.object({
  engaged: z.boolean().describe('While true nothing is loaded'),
  since: z.iso.datetime().nullable(),
  by: z.string().nullable().describe('A caller, `file` or a signal'),
  reason: z.string().nullable(),
  survives_restart: z
    .boolean()
    .nullable()
    .describe('False when it could not be written: a restart would forget it'),
});
