/** A question in the spelling of the request: posted again it asks the same. */
import type { z } from 'zod';
import type { Question } from '../../../core/policy/question.ts';
import { searchSpecOf } from '../../../core/probe/search-spec.ts';
import { planCourse } from '../../../core/search/answer/plan.ts';
import type { CourseKind } from '../../../core/search/spec.ts';
import type { policyCheckSchema } from '../schemas/policy.ts';
import type { gateQuestionSchema, questionSchema } from '../schemas/search.ts';
import { workloadToJson } from './workload.ts';

export { lengthToJson } from './workload.ts';

type PolicyCheckJson = z.infer<typeof policyCheckSchema>;
type QuestionJson = z.infer<typeof questionSchema>;
type GateQuestionJson = z.infer<typeof gateQuestionSchema>;

export function questionToJson(question: Question): QuestionJson {
  const { target, workload, budget, policy, startLoad, requiredAtLeast } = question;
  return {
    target: {
      base_url: target.baseUrl,
      ...(target.model !== undefined && { model: target.model }),
      ...(target.apiKeyRef !== undefined && { api_key_ref: target.apiKeyRef }),
      ...(target.apiKeyHeader !== undefined && { api_key_header: target.apiKeyHeader }),
      ...(target.tokenizer !== undefined && { tokenizer: target.tokenizer }),
      dialect: target.dialect,
      ...(target.propagateTrace === true && { propagate_trace: true }),
    },
    ...(policy !== undefined && { policy }),
    slo: question.tiers.map((tier) => ({ name: tier.name, objectives: tier.text })),
    load: {
      axis: question.axis,
      // A policy may count documents; what is told counts requests.
      ...(hasDocuments(workload) && { unit: 'requests' as const }),
      min: question.minLoad,
      max: question.maxLoad,
      ...(startLoad !== undefined && { start: startLoad }),
    },
    ...(requiredAtLeast !== undefined && { required_at_least: requiredAtLeast }),
    workload: workloadToJson(workload),
    budget: {
      load_seconds: budget.loadSeconds,
      requests: budget.requests,
      output_tokens: budget.outputTokens,
    },
    confidence: question.confidence,
    resolution: question.resolution,
    seed: question.seed,
    labels: { ...question.labels },
  };
}

function hasDocuments(workload: Question['workload']): boolean {
  return workload.kind !== 'mix' && workload.documents !== undefined;
}

export function gateQuestionToJson(question: Question): GateQuestionJson {
  const { load, resolution: _, required_at_least: __, ...asked } = questionToJson(question);
  const unit = load.unit === undefined ? {} : { unit: load.unit };
  return { ...asked, at_least: load.max, load: { axis: load.axis, ...unit } };
}

export function priceToJson(
  kind: CourseKind,
  question: Question,
): NonNullable<PolicyCheckJson['price']> {
  const plan = planCourse(kind, searchSpecOf(question));
  const { sentence, requestsToPass, requestsNearLimit } = plan;
  return {
    sentence,
    requests_to_pass: requestsToPass,
    requests_near_limit: requestsNearLimit,
  };
}
