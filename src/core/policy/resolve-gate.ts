/**
 * The body of a gate and a policy become one complete question, or all faults at once. A gate is a search
 * whose range is the one load in question, so it is read as that, and what is wrong with the range is
 * said of `at_least`.
 */
import type { Fault } from '../base/fault.ts';
import { err, ok, type Result } from '../base/result.ts';
import { gateBodySchema } from './gate-schema.ts';
import type { PolicyFile } from './policy-file.ts';
import type { Question } from './question.ts';
import { fault } from './question-checks.ts';
import type { QuestionLimits } from './question-defaults.ts';
import { policyAtLeast, resolveQuestion } from './resolve-question.ts';
import { shapeFaults, valueAt } from './shape-faults.ts';

export function resolveGate(
  body: unknown,
  policies: ReadonlyMap<string, PolicyFile>,
  limits: QuestionLimits,
): Result<Question, readonly Fault[]> {
  const shape = gateBodySchema.safeParse(body);
  const own = shape.success ? [] : shapeFaults(shape.error.issues, body);
  const isInline = valueAt(body, ['at_least']) !== undefined;
  const policy = policies.get(String(valueAt(body, ['policy'])));
  const axis = valueAt(body, ['load', 'axis']);
  const atLeast = isInline
    ? valueAt(body, ['at_least'])
    : policyAtLeast(policy?.content ?? {}, axis);
  if (atLeast === undefined && typeof body === 'object' && body !== null) {
    own.push(
      fault('/at_least', 'missing_key', 'the load in question, or a policy with one', undefined),
    );
  }
  const resolved = resolveQuestion(asSearch(body, atLeast, policy), policies, limits);
  const place = isInline ? '/at_least' : '/policy';
  const faults = [
    ...own,
    ...(resolved.ok ? [] : resolved.error.map((each) => placed(each, place))),
  ];
  if (faults.length > 0 || !resolved.ok) return err(distinct(faults));
  const { startLoad: _, ...question } = resolved.value;
  return ok(question);
}

/** The body as that of a search over one load; what is no such body stays what it is. */
function asSearch(body: unknown, atLeast: unknown, policy: PolicyFile | undefined): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const { at_least: _, load, ...rest } = { at_least: undefined, load: undefined, ...body };
  const axis = valueAt(load, ['axis']) ?? policy?.content.load?.axis;
  const given = valueAt(load, ['unit']);
  const unit = given === undefined ? {} : { unit: given };
  const range = { start: atLeast, min: atLeast, max: atLeast };
  return {
    ...rest,
    ...(typeof atLeast === 'number'
      ? {
          required_at_least: atLeast,
          load: { ...(axis === undefined ? {} : { axis }), ...unit, ...range },
        }
      : {}),
  };
}

function placed(each: Fault, place: string): Fault {
  const isRange = /^\/(load\/(min|max|start)|required_at_least)$/.test(each.pointer);
  return isRange ? { ...each, pointer: place } : each;
}

/** Min, max and start are one load: what is wrong with it is said once. */
function distinct(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ pointer, code, line, column }) => {
    const key = JSON.stringify([pointer, code, line, column]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
