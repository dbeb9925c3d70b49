/**
 * Reads the body of `POST /v1/searches`: the envelope (how to start) and the question (what to ask),
 * with the faults of both, the SLO texts and the target on one list.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Fault } from '../../core/base/fault.ts';
import type { Question } from '../../core/policy/question.ts';
import type { BodyRefusal } from './json-body.ts';
import { quote, readJsonBody } from './json-body.ts';
import type { HttpParts } from './ports.ts';

/** A lease must outlive two polls, and nobody waits longer than a day for a search. */
const LEASE_SECONDS = { min: 10, max: 86_400 };
/** Answers are kept for months; a year is "any". */
const MAX_AGE_SECONDS = 31_536_000;

export const envelopeSchema = z.strictObject({
  on_busy: z
    .enum(['queue', 'join', 'reject'])
    .default('queue')
    .describe('What to do while another search loads this target'),
  lease_seconds: z
    .int()
    .min(LEASE_SECONDS.min)
    .max(LEASE_SECONDS.max)
    .optional()
    .describe('Cancelled when nobody has polled or streamed it for so long'),
  deadline_at: z.iso.datetime({ offset: true }).optional().describe('Ends then with what is known'),
  max_age_seconds: z
    .int()
    .min(0)
    .max(MAX_AGE_SECONDS)
    .optional()
    .describe('Refuses an older answer under the same idempotency key'),
});
type Envelope = z.infer<typeof envelopeSchema>;

export interface CreateBody {
  readonly envelope: Envelope;
  readonly question: Question;
  /** Of the body as given; equal for equal JSON whatever the order of keys. */
  readonly hash: string;
}

/** Undefined when something is wrong; it is on the list then, and `refusal` says what kind it is. */
export async function readCreateBody(
  request: Request,
  parts: Pick<HttpParts, 'resolveQuestion' | 'checkTarget'>,
  faults: Fault[],
): Promise<{ readonly body?: CreateBody; readonly refusal?: BodyRefusal['kind'] }> {
  const read = await readJsonBody(request);
  if (!read.ok) {
    if (read.error.kind === 'invalid') faults.push(...read.error.faults);
    if (read.error.kind === 'media_type') faults.push(read.error.fault);
    return { refusal: read.error.kind };
  }
  const before = faults.length;
  const { envelope, rest } = splitEnvelope(read.value, faults);
  const resolved = parts.resolveQuestion(rest);
  if (!resolved.ok) faults.push(...resolved.error);
  faults.push(...(await targetFaults(rest, parts, faults)));
  if (!resolved.ok || envelope === undefined || faults.length > before) return {};
  return { body: { envelope, question: resolved.value, hash: canonicalHash(read.value) } };
}

function splitEnvelope(
  body: unknown,
  faults: Fault[],
): { readonly envelope: Envelope | undefined; readonly rest: unknown } {
  if (!isRecord(body)) return { envelope: undefined, rest: body };
  const known = Object.keys(envelopeSchema.shape);
  const entries = Object.entries(body);
  const given = Object.fromEntries(entries.filter(([key]) => known.includes(key)));
  const rest = Object.fromEntries(entries.filter(([key]) => !known.includes(key)));
  const parsed = envelopeSchema.safeParse(given);
  if (parsed.success) return { envelope: parsed.data, rest };
  for (const issue of parsed.error.issues) {
    const key = String(issue.path[0]);
    faults.push({
      pointer: `/${key}`,
      code: issue.code === 'invalid_type' ? 'wrong_type' : 'invalid_value',
      expected: issue.message,
      received: quote(JSON.stringify(given[key]) ?? ''),
    });
  }
  return { envelope: undefined, rest };
}

/** The target is checked even when the rest is wrong, unless it is no text or already at fault. */
async function targetFaults(
  body: unknown,
  parts: Pick<HttpParts, 'checkTarget'>,
  known: readonly Fault[],
): Promise<readonly Fault[]> {
  const { target } = isRecord(body) ? body : { target: undefined };
  if (!isRecord(target)) return [];
  const { base_url: baseUrl, api_key_ref: apiKeyRef } = target;
  const pointers = new Set(known.map((fault) => fault.pointer));
  if (typeof baseUrl !== 'string' || pointers.has('/target/base_url')) return [];
  return parts.checkTarget({
    baseUrl,
    ...(typeof apiKeyRef === 'string' && !pointers.has('/target/api_key_ref') ? { apiKeyRef } : {}),
  });
}

function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** JSON with sorted keys; the nesting was bounded when the body was read. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
