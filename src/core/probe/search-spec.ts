/** The question as the controller gets it: numbers on the load grid, no policy text. */
import { unreachable } from '../base/result.ts';
import { isArrivalMetric } from '../policy/evidence/samples.ts';
import type { Objective } from '../policy/objective.ts';
import type { Question } from '../policy/question.ts';
import { toUnits } from '../search/load-grid.ts';
import type { ObjectiveSpec, SearchSpec } from '../search/spec.ts';

/** 1 - 0.99 is 0.010000000000000009 in binary; ratios are given to far fewer places. */
const RATIO_PLACES = 12;

export function searchSpecOf(question: Question): SearchSpec {
  const { axis, startLoad } = question;
  return {
    axis,
    minUnits: toUnits(axis, question.minLoad),
    maxUnits: toUnits(axis, question.maxLoad),
    ...(startLoad === undefined ? {} : { startUnits: toUnits(axis, startLoad) }),
    tiers: question.tiers.map((tier) => ({
      name: tier.name,
      objectives: tier.objectives.map(objectiveSpecOf),
    })),
    confidence: question.confidence,
    resolution: question.resolution,
    budget: {
      loadMs: question.budget.loadSeconds * 1_000,
      requests: question.budget.requests,
      outputTokens: question.budget.outputTokens,
    },
  };
}

export function objectiveSpecOf(objective: Objective): ObjectiveSpec {
  const { id } = objective;
  switch (objective.kind) {
    case 'quantile': {
      const counted = isArrivalMetric(objective.metric) ? 'arrival' : 'completion';
      return { kind: 'ratio', id, missRatio: complement(objective.q), counted };
    }
    case 'attainment':
      return { kind: 'ratio', id, missRatio: complement(objective.ratio), counted: 'completion' };
    case 'error_rate':
      return { kind: 'ratio', id, missRatio: objective.ratio, counted: 'completion' };
    case 'mean':
      return { kind: 'mean', id, bound: objective.boundMs };
    case 'goodput':
      return { kind: 'floor', id, boundRps: objective.boundRps };
    default:
      return unreachable(objective);
  }
}

function complement(ratio: number): number {
  return Number((1 - ratio).toFixed(RATIO_PLACES));
}
