/** Ceilings of one search: the environment's, the operator's, the caller's; the smallest rules. */
import type { QuestionLimits } from '../../core/policy/question-defaults.ts';
import { grantOf } from './identify-caller.ts';
import type { Operator } from './operator.ts';

export function ceilingsFor(
  base: QuestionLimits,
  operator: Operator,
  callerName: string,
): QuestionLimits {
  const own = grantOf(operator, callerName)?.ceilings ?? {};
  return smaller(smaller(base, operator.ceilings), own);
}

function smaller(limits: QuestionLimits, own: Partial<QuestionLimits>): QuestionLimits {
  const least = (key: keyof QuestionLimits): number =>
    Math.min(limits[key], own[key] ?? Number.POSITIVE_INFINITY);
  return {
    maxConcurrency: least('maxConcurrency'),
    maxRps: least('maxRps'),
    maxLoadSeconds: least('maxLoadSeconds'),
    maxRequests: least('maxRequests'),
    maxOutputTokens: least('maxOutputTokens'),
  };
}
