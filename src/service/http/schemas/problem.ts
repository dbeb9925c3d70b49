/** The problem document as `openapi.yaml` shows it. */
import { z } from 'zod';
import { PROBLEMS } from '../errors.ts';

const codes = z.enum(Object.keys(PROBLEMS));

export const faultSchema = z
  .strictObject({
    pointer: z
      .string()
      .describe('JSON pointer into the body, or `query:name`, `header:name`, `path:name`'),
    code: z.string().describe('Stable name of what is wrong'),
    expected: z.string(),
    received: z.string(),
    line: z.int().min(1).optional().describe('Place inside a text value'),
    column: z.int().min(1).optional(),
  })
  .meta({ id: 'Fault' });

export const problemSchema = z
  .strictObject({
    type: z.string().describe('`urn:plimsoll:problem:` and the code'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('Path of the request'),
    code: codes,
    request_id: z.string(),
    errors: z.array(faultSchema).optional().describe('Everything that is wrong with the request'),
    search_id: z.string().optional().describe('The search that stands in the way'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document; the form of every refusal' });
