/** A question in the spelling of the request: posted again it asks the same. */
import type { z } from 'zod';
import type { Question } from '../../../core/policy/question.ts';
import { searchSpecOf } from '../../../core/probe/search-spec.ts';
import { planBudget } from '../../../core/search/plan.ts';
import type { LengthSpec } from '../../../core/workload/spec.ts';
import type { policyCheckSchema } from '../schemas/policy.ts';
import type { questionSchema } from '../schemas/search.ts';

type PolicyCheckJson = z.infer<typeof policyCheckSchema>;
type QuestionJson = z.infer<typeof questionSchema>;
type LengthJson = QuestionJson['workload']['input_tokens'];

export function questionToJson(question: Question): QuestionJson {
  const { target, workload, budget, policy, startLoad } = question;
  return {
    target: {
      base_url: target.baseUrl,
      ...(target.model !== undefined && { model: target.model }),
      ...(target.apiKeyRef !== undefined && { api_key_ref: target.apiKeyRef }),
      dialect: target.dialect,
      ...(target.propagateTrace === true && { propagate_trace: true }),
    },
    ...(policy !== undefined && { policy }),
    slo: question.tiers.map((tier) => ({ name: tier.name, objectives: tier.text })),
    load: {
      axis: question.axis,
      min: question.minLoad,
      max: question.maxLoad,
      ...(startLoad !== undefined && { start: startLoad }),
    },
    workload: {
      kind: workload.kind,
      endpoint: workload.endpoint,
      input_tokens: lengthToJson(workload.inputTokens),
      output_tokens: lengthToJson(workload.outputTokens),
      arrivals: workload.arrivals.kind,
    },
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

export function priceToJson(question: Question): NonNullable<PolicyCheckJson['price']> {
  const { sentence, requestsToPass, requestsNearLimit } = planBudget(searchSpecOf(question));
  return {
    sentence,
    requests_to_pass: requestsToPass,
    requests_near_limit: requestsNearLimit,
  };
}

/** exp(ln x) differs from x in the last digits; nobody wrote more than these. */
const MEDIAN_DIGITS = 12;

export function lengthToJson(length: LengthSpec): LengthJson {
  switch (length.kind) {
    case 'fixed':
      return length.tokens;
    case 'uniform':
      return { uniform: { min: length.min, max: length.max } };
    case 'normal': {
      const { mean, stdev, min, max } = length;
      return { mean, stdev, min, max };
    }
    case 'lognormal': {
      const { lnMean, lnSigma, min, max } = length;
      const median = Number(Math.exp(lnMean).toPrecision(MEDIAN_DIGITS));
      return { lognormal: { median, sigma: lnSigma, min, max } };
    }
  }
}
