/** The pieces that the tables of routes are put together from, each said once. */
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../errors.ts';
import { problemSchema } from '../schemas/problem.ts';

export const idParam = z.object({
  id: z.string().min(1).describe('Id of a search or gate'),
});

export const nameParam = z.object({
  name: z.string().min(1).describe('Name of a policy'),
});

/** Headers of a call that may be held. */
export const preferHeader = {
  prefer: z
    .string()
    .optional()
    .describe('`wait=N`: hold the call until it has ended, at most N seconds (at most 55)'),
};

/** Header of a call that creates or gets. */
export const keyHeader = {
  'idempotency-key': z
    .string()
    .optional()
    .describe('Quoted or bare, at most 255 characters, remembered for 24 hours'),
};

export const lastEventHeader = {
  'last-event-id': z.string().optional().describe('Id of the last event that was seen'),
};

export const etagHeader = {
  'if-none-match': z.string().optional().describe('An ETag: 304 when nothing has changed'),
};

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const integer = (description: string) => ({ description, schema: { type: 'integer' as const } });

export const answerHeaders = {
  etag: { ETag: text('Changes with every change of the search or gate') },
  location: { Location: text('Path of the search or gate') },
  retryAfter: { 'Retry-After': integer('Seconds until a poll is likely to show something new') },
  applied: { 'Preference-Applied': text('`wait=N` as it was applied') },
  replayed: { 'Idempotent-Replayed': text('`true` when the key was known') },
};

export const unchanged = {
  304: { description: 'Nothing has changed', headers: answerHeaders.etag },
};

export const body = (schema: z.ZodType, example: unknown) => ({
  required: true,
  content: { 'application/json': { schema, example } },
});

type Headers = Record<string, ReturnType<typeof text> | ReturnType<typeof integer>>;

export function json(
  description: string,
  schema: z.ZodType,
  options: { readonly headers?: Headers; readonly example?: unknown } = {},
) {
  const { headers, example } = options;
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: {
      'application/json': { schema, ...(example === undefined ? {} : { example }) },
    },
  };
}

/** Not JSON: a stream of text. */
export function textual(description: string, mediaType: string, example: string) {
  return { description, content: { [mediaType]: { schema: z.string(), example } } };
}

/** What any route can answer: the walls around all of them. */
const EVERYWHERE: readonly ProblemCode[] = [
  'unauthenticated',
  'scope_missing',
  'issuer_unavailable',
  'cross_origin',
  'misdirected_request',
  'headers_too_large',
  'internal_error',
];

/** Refusals by status, each naming the codes that it stands for. */
export function problems(...codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, ...EVERYWHERE]) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus.entries()].map(([status, same]) => {
    const description = same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ');
    return [
      status,
      { description, content: { 'application/problem+json': { schema: problemSchema } } },
    ];
  });
  return Object.fromEntries(entries);
}
