/**
 * Searches and gates are one resource in two kinds: the same calls, the same shape, one machinery. What
 * differs is here: where they are found, what starts one, what an unknown id is called.
 */
import type { Fault } from '../../../core/base/fault.ts';
import type { Result } from '../../../core/base/result.ts';
import { gateBodySchema } from '../../../core/policy/gate-schema.ts';
import type { PolicyFile } from '../../../core/policy/policy-file.ts';
import type { Question } from '../../../core/policy/question.ts';
import type { QuestionLimits } from '../../../core/policy/question-defaults.ts';
import { type SearchBody, searchBodySchema } from '../../../core/policy/question-schema.ts';
import { resolveGate } from '../../../core/policy/resolve-gate.ts';
import { resolveQuestion } from '../../../core/policy/resolve-question.ts';
import type { CourseKind } from '../../../core/search/spec.ts';
import type { ProblemCode } from '../errors.ts';
import { GATE_LEASE_SECONDS } from '../limits.ts';

/** The keys of a body that say how to start; the others say what to ask. */
export type Envelope = Pick<
  SearchBody,
  'on_busy' | 'lease_seconds' | 'deadline_at' | 'max_age_seconds'
>;

export interface Resource {
  readonly kind: CourseKind;
  /** Key of the list in a page. */
  readonly listKey: 'searches' | 'gates';
  readonly notFound: ProblemCode;
  /** Of a body that does not say; undefined: it runs whether or not anybody asks. */
  readonly leaseSeconds: number | undefined;
  resolve(
    body: unknown,
    policies: ReadonlyMap<string, PolicyFile>,
    limits: QuestionLimits,
  ): Result<Question, readonly Fault[]>;
  /** Of a body that was resolved. */
  envelopeOf(body: unknown): Envelope;
}

export const SEARCHES: Resource = {
  kind: 'search',
  listKey: 'searches',
  notFound: 'search_not_found',
  leaseSeconds: undefined,
  resolve: resolveQuestion,
  envelopeOf: (body) => searchBodySchema.parse(body),
};

export const GATES: Resource = {
  kind: 'gate',
  listKey: 'gates',
  notFound: 'gate_not_found',
  leaseSeconds: GATE_LEASE_SECONDS,
  resolve: resolveGate,
  envelopeOf: (body) => gateBodySchema.parse(body),
};
