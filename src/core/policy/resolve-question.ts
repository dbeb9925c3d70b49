/**
 * The body of `POST /v1/searches` and a policy become one complete question, or all faults at once.
 * Inline parts win over the policy's: tiers as a whole, load, workload and budget key by key. A load on
 * another axis than the policy's starts afresh: 512 streams are no 512 requests per second.
 */
import type { Axis } from '../base/axis.ts';
import type { Fault } from '../base/fault.ts';
import { assert, err, ok, type Result } from '../base/result.ts';
import { readBaseUrl } from './base-url.ts';
import { documentsPerRequest, inRequests, unitFaults } from './load-unit.ts';
import type { SloTier } from './objective.ts';
import type { PolicyFile } from './policy-file.ts';
import type { Question, TargetSpec } from './question.ts';
import {
  budgetFaults,
  fault,
  labelFaults,
  loadCeiling,
  loadFaults,
  requiredFaults,
  sloFaults,
} from './question-checks.ts';
import {
  DEFAULT_AXIS,
  DEFAULT_BUDGET,
  DEFAULT_CONFIDENCE,
  DEFAULT_RANGE,
  DEFAULT_RESOLUTION,
  DEFAULT_SEED,
  type QuestionLimits,
} from './question-defaults.ts';
import { type PolicyContent, type SearchBody, searchBodySchema } from './question-schema.ts';
import { pointerOf, shapeFaults, valueAt } from './shape-faults.ts';
import { tiersOf } from './tiers.ts';
import { endpointFaults, streamlessFaults } from './workload/endpoint-checks.ts';
import { unknownPartFaults, withParts } from './workload/slo-parts.ts';
import { mergeWorkload, workloadOf } from './workload/to-workload.ts';
import { mergedWorkloadFaults, workloadFaults } from './workload/workload-checks.ts';

export function resolveQuestion(
  body: unknown,
  policies: ReadonlyMap<string, PolicyFile>,
  limits: QuestionLimits,
): Result<Question, readonly Fault[]> {
  const shape = searchBodySchema.safeParse(body);
  const named = valueAt(body, ['policy']);
  const policy = typeof named === 'string' ? policies.get(named) : undefined;
  const faults = [
    ...(shape.success ? [] : shapeFaults(shape.error.issues, body)),
    ...targetFaults(body),
    ...policyFaults(named, policy, policies),
    ...sourceFaults(body),
    ...sloFaults(body),
    ...workloadFaults(body),
    ...mergedFaults(body, policy, limits),
    ...labelFaults(body),
  ];
  if (!shape.success || faults.length > 0) return err(faults);
  return ok(build(shape.data, policy, limits));
}

function targetFaults(body: unknown): Fault[] {
  const text = valueAt(body, ['target', 'base_url']);
  if (typeof text !== 'string') return [];
  const url = readBaseUrl(text);
  if (url.ok) return [];
  // Not quoted: it may hold credentials.
  return [
    {
      pointer: '/target/base_url',
      code: 'malformed_url',
      expected: url.error,
      received: `a text of ${text.length} characters`,
    },
  ];
}

function policyFaults(
  named: unknown,
  policy: PolicyFile | undefined,
  policies: ReadonlyMap<string, PolicyFile>,
): Fault[] {
  if (typeof named !== 'string' || policy !== undefined) return [];
  const names = [...policies.keys()].join(', ');
  return [
    fault(
      '/policy',
      'unknown_policy',
      names === '' ? 'no policies are loaded' : `one of ${names}`,
      named,
    ),
  ];
}

/** A question needs an SLO from somewhere. */
function sourceFaults(body: unknown): Fault[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  if (valueAt(body, ['policy']) !== undefined || valueAt(body, ['slo']) !== undefined) return [];
  return [fault('/slo', 'missing_key', 'an SLO, or the name of a policy', undefined)];
}

/** Faults of what only shows once the policy's parts are under the inline ones. */
function mergedFaults(
  body: unknown,
  policy: PolicyFile | undefined,
  limits: QuestionLimits,
): Fault[] {
  const inline = (path: string[]): string =>
    valueAt(body, path) === undefined && valueAt(policy?.content, path) !== undefined
      ? '/policy'
      : pointerOf(path);
  const given = mergeLoad(asObject(valueAt(body, ['load'])), asObject(policy?.content.load));
  const budget = { ...policy?.content.budget, ...asObject(valueAt(body, ['budget'])) };
  const workload = mergeWorkload(
    policy?.content.workload,
    asObject(valueAt(body, ['workload'])) ?? {},
  );
  const slo = valueAt(body, ['slo']);
  const documents = documentsPerRequest(given, workload);
  const load = inRequests(given, documents);
  const asked = valueAt(body, ['required_at_least']);
  const required = typeof asked === 'number' ? asked / documents : asked;
  return [
    ...unitFaults(given, workload, inline(['load', 'unit'])),
    ...endpointFaults(workload, (...path) => inline(path)),
    ...mergedWorkloadFaults(workload, valueAt(load, ['axis']) ?? DEFAULT_AXIS, (...path) =>
      inline(path),
    ),
    ...[
      ...streamlessFaults(slo ?? policy?.content.slo, workload),
      ...unknownPartFaults(slo ?? policy?.content.slo, workload),
    ].map((one) => (slo === undefined ? { ...one, pointer: '/policy' } : one)),
    ...requiredFaults(required, valueAt(load, ['axis']), limits, '/required_at_least'),
    ...reachFaults(required, load, limits),
    ...loadFaults(load, limits, (...path) => inline(path)),
    ...budgetFaults(budget, limits, (...path) => inline(path)),
  ];
}

/** More than the range holds could never be shown. */
function reachFaults(required: unknown, load: object | undefined, limits: QuestionLimits): Fault[] {
  const axis: Axis = valueAt(load, ['axis']) === 'request_rate' ? 'request_rate' : DEFAULT_AXIS;
  const given = valueAt(load, ['max']);
  const max = given ?? Math.min(DEFAULT_RANGE[axis].max, loadCeiling(axis, limits));
  if (typeof required !== 'number' || typeof max !== 'number' || required <= max) return [];
  return [fault('/required_at_least', 'out_of_range', `at most the load's max (${max})`, required)];
}

/** The least capacity that the policy asks for; a load on another axis is no such thing. */
export function policyAtLeast(content: Partial<PolicyContent>, axis: unknown): number | undefined {
  const own = content.load?.axis ?? DEFAULT_AXIS;
  return (axis ?? own) === own ? content.gates?.at_least : undefined;
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

function mergeLoad<T extends object>(inline: T | undefined, policy: T | undefined): T | undefined {
  if (inline === undefined || policy === undefined) return inline ?? policy;
  const axis = valueAt(inline, ['axis']);
  if (axis !== undefined && axis !== (valueAt(policy, ['axis']) ?? DEFAULT_AXIS)) return inline;
  return { ...policy, ...inline };
}

function build(body: SearchBody, policy: PolicyFile | undefined, limits: QuestionLimits): Question {
  const content: Partial<PolicyContent> = policy?.content ?? {};
  const merged = mergeWorkload(content.workload, body.workload);
  const given = mergeLoad(body.load, content.load);
  const documents = documentsPerRequest(given, merged);
  const load = inRequests(given, documents);
  const axis: Axis = load?.axis ?? DEFAULT_AXIS;
  const range = DEFAULT_RANGE[axis];
  const budget = { ...content.budget, ...body.budget };
  const required = body.required_at_least ?? policyAtLeast(content, axis);
  const workload = workloadOf(merged);
  const tiers = body.slo === undefined ? (policy?.tiers ?? []) : checkedTiers(body.slo);
  return {
    target: targetOf(body.target),
    ...(body.policy === undefined ? {} : { policy: body.policy }),
    tiers: withParts(tiers, workload),
    axis,
    minLoad: load?.min ?? range.min,
    maxLoad: load?.max ?? Math.min(range.max, loadCeiling(axis, limits)),
    ...(load?.start === undefined ? {} : { startLoad: load.start }),
    ...(required === undefined ? {} : { requiredAtLeast: required / documents }),
    workload,
    budget: {
      loadSeconds:
        budget.load_seconds ?? Math.min(DEFAULT_BUDGET.load_seconds, limits.maxLoadSeconds),
      requests: budget.requests ?? Math.min(DEFAULT_BUDGET.requests, limits.maxRequests),
      outputTokens:
        budget.output_tokens ?? Math.min(DEFAULT_BUDGET.output_tokens, limits.maxOutputTokens),
    },
    confidence: body.confidence ?? content.confidence ?? DEFAULT_CONFIDENCE,
    resolution: body.resolution ?? content.resolution ?? DEFAULT_RESOLUTION,
    seed: body.seed ?? DEFAULT_SEED,
    labels: body.labels ?? {},
  };
}

function targetOf(target: SearchBody['target']): TargetSpec {
  const url = readBaseUrl(target.base_url);
  assert(url.ok, 'the base URL was checked');
  return {
    baseUrl: url.value,
    ...(target.model === undefined ? {} : { model: target.model }),
    ...(target.api_key_ref === undefined ? {} : { apiKeyRef: target.api_key_ref }),
    ...(target.api_key_header === undefined ? {} : { apiKeyHeader: target.api_key_header }),
    ...(target.tokenizer === undefined ? {} : { tokenizer: target.tokenizer }),
    dialect: target.dialect ?? 'auto',
    ...(target.propagate_trace === true && { propagateTrace: true }),
  };
}

function checkedTiers(slo: NonNullable<SearchBody['slo']>): readonly SloTier[] {
  const tiers = tiersOf(slo);
  assert(tiers !== undefined, 'the SLO texts were checked');
  return tiers;
}
