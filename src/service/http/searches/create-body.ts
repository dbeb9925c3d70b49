/**
 * Reads the body that starts a search or a gate: the envelope (how to start) and the question (what to ask),
 * with the faults of both, the SLO texts and the target on one list.
 */
import { createHash } from 'node:crypto';
import type { Fault } from '../../../core/base/fault.ts';
import type { Question } from '../../../core/policy/question.ts';
import type { CourseKind } from '../../../core/search/spec.ts';
import { type BodyRefusal, readJsonBody } from '../json-body.ts';
import type { HttpParts } from '../ports.ts';
import type { Envelope, Resource } from './resource.ts';

export interface CreateBody {
  readonly envelope: Envelope;
  readonly question: Question;
  /** Of the body as given; equal for equal JSON whatever the order of keys. */
  readonly hash: string;
}

/** Undefined when something is wrong; it is on the list then, and `refusal` says what kind it is. */
export async function readCreateBody(
  request: Request,
  resource: Resource,
  parts: Pick<HttpParts, 'policies' | 'limits' | 'checkTarget' | 'checkData'>,
  faults: Fault[],
): Promise<{ readonly body?: CreateBody; readonly refusal?: BodyRefusal['kind'] }> {
  const read = await readJsonBody(request);
  if (!read.ok) {
    if (read.error.kind === 'invalid') faults.push(...read.error.faults);
    if (read.error.kind === 'media_type') faults.push(read.error.fault);
    return { refusal: read.error.kind };
  }
  const resolved = resource.resolve(read.value, parts.policies, parts.limits);
  const own = resolved.ok ? [] : resolved.error;
  const guard = await targetFaults(read.value, parts, own);
  const data = resolved.ok ? ((await parts.checkData?.(resolved.value)) ?? []) : [];
  faults.push(...own, ...guard, ...data);
  if (!resolved.ok || guard.length > 0 || data.length > 0) return {};
  const envelope = resource.envelopeOf(read.value);
  const hash = canonicalHash(resource.kind, read.value);
  return { body: { envelope, question: resolved.value, hash } };
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

/** The same body asks something else of a gate than of a search. */
function canonicalHash(kind: CourseKind, value: unknown): string {
  return createHash('sha256')
    .update(`${kind} ${canonicalJson(value)}`)
    .digest('hex');
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
