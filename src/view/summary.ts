/**
 * The summary: one flat object of scalars that a pipeline can act on without looking further. Every
 * key is always there, because callers such as Argo Rollouts treat a missing key as an error and a
 * null in a comparison as a failure.
 */
import type { Axis } from '../core/base/axis.ts';
import type { CourseKind } from '../core/search/spec.ts';
import type { SearchFacts } from './search-facts.ts';
import { sentenceOf } from './sentence.ts';
import { type SummaryVerdict, tierInQuestion, verdictOf } from './verdict.ts';

export interface Summary {
  readonly id: string;
  readonly kind: CourseKind;
  readonly state: SearchFacts['state'];
  readonly done: boolean;
  readonly verdict: SummaryVerdict;
  readonly exitCode: number;
  readonly reason: string | undefined;
  readonly sentence: string;
  readonly tier: string;
  readonly axis: Axis;
  /** 0 when no load was shown to pass: true, and fails every `>=`. */
  readonly capacityAtLeast: number;
  /** Undefined when no load was shown to fail. */
  readonly capacityBelow: number | undefined;
  readonly capacityEstimate: number | undefined;
  readonly confidence: number;
  readonly maxGoodputLoad: number | undefined;
  readonly maxGoodputRps: number | undefined;
  readonly goodputRps: number | undefined;
  readonly bindingObjective: string | undefined;
  readonly limitCause: string | undefined;
  readonly requiredAtLeast: number | undefined;
  readonly baselineVerdict: 'none';
  readonly probes: number;
  readonly requests: number;
  readonly loadSeconds: number;
  /** Path of the report on the service that answers. */
  readonly reportUrl: string;
}

/** Exit codes of the command line; 2 (usage) cannot come from a search that exists. */
export const EXIT_CODES = { pass: 0, fail: 1, inconclusive: 3, targetOrService: 4 } as const;

export function summaryOf(facts: SearchFacts): Summary {
  const { question, result } = facts;
  const index = tierInQuestion(facts);
  const tier = result?.tiers[index];
  const verdict = verdictOf(facts);
  return {
    id: facts.id,
    kind: facts.kind,
    state: facts.state,
    done: facts.state !== 'queued' && facts.state !== 'running',
    verdict,
    exitCode: exitCodeOf(facts, verdict),
    reason: facts.reason ?? (facts.state === 'done' ? result?.stopped : undefined),
    sentence: sentenceOf(facts),
    tier: question.tiers[index]?.name ?? '',
    axis: question.axis,
    capacityAtLeast: tier?.lower ?? 0,
    capacityBelow: tier?.upper,
    capacityEstimate: tier?.estimate?.load,
    confidence: question.confidence,
    maxGoodputLoad: tier?.maxGoodput?.load,
    maxGoodputRps: tier?.maxGoodput?.rps,
    goodputRps: tier?.goodputRps,
    bindingObjective: tier?.bindingObjective,
    limitCause: result?.stopped === 'client_limited' ? 'client' : undefined,
    requiredAtLeast: question.requiredAtLeast,
    baselineVerdict: 'none',
    probes: result?.probes ?? 0,
    requests: result?.requests ?? 0,
    loadSeconds: result?.loadSeconds ?? 0,
    reportUrl: `/v1/${facts.kind === 'gate' ? 'gates' : 'searches'}/${facts.id}/report`,
  };
}

/**
 * What runs counts as inconclusive, so that a caller that reads too early fails closed. A search that is
 * done without either bound has not answered its question: the same.
 */
function exitCodeOf(facts: SearchFacts, verdict: SummaryVerdict): number {
  if (facts.state === 'failed') return EXIT_CODES.targetOrService;
  switch (verdict) {
    case 'pass':
      return EXIT_CODES.pass;
    case 'fail':
      return EXIT_CODES.fail;
    case 'pending':
    case 'inconclusive':
      return EXIT_CODES.inconclusive;
    case 'none': {
      const tier = facts.result?.tiers[0];
      const isOpen = tier === undefined || tier.outcome === 'undecided';
      return isOpen ? EXIT_CODES.inconclusive : EXIT_CODES.pass;
    }
  }
}
