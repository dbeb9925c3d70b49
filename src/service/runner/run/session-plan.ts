/**
 * The limits that one search's load runs under: the operator's ceilings, the budget that is left, and
 * time-outs that are never shorter than what the objectives ask about (a request cut at its own bound
 * would be a wrong measurement, not a slow answer).
 */
import type { Fault } from '../../../core/base/fault.ts';
import type { LatencyMetric, SloTier } from '../../../core/policy/objective.ts';
import type { Question } from '../../../core/policy/question.ts';
import type { QuestionLimits } from '../../../core/policy/question-defaults.ts';
import type { LoadLimits, LoadTarget, SessionPlan } from '../../engine/engine-port.ts';
import type { RunnerConfig } from '../runner-config.ts';

/** A time-out is at least this many times the bound that it stands beside. */
const TIMEOUT_PER_BOUND = 4;

/** The question against the operator's ceilings, which no question raises. */
export function checkCeilings(question: Question, limits: QuestionLimits): Fault[] {
  const { axis, maxLoad, budget } = question;
  const rows = [
    ['/load/max', maxLoad, axis === 'concurrency' ? limits.maxConcurrency : limits.maxRps],
    ['/budget/load_seconds', budget.loadSeconds, limits.maxLoadSeconds],
    ['/budget/requests', budget.requests, limits.maxRequests],
    ['/budget/output_tokens', budget.outputTokens, limits.maxOutputTokens],
  ] as const;
  return rows
    .filter(([, asked, ceiling]) => asked > ceiling)
    .map(([pointer, asked, ceiling]) => ({
      pointer,
      code: 'over_ceiling',
      expected: `${pointer.slice(1).replace('/', '.')} of at most ${ceiling}`,
      received: String(asked),
    }));
}

export function sessionPlan(
  searchId: string,
  question: Question,
  target: LoadTarget,
  requestsLeft: number,
  config: RunnerConfig,
): Omit<SessionPlan, 'generators'> {
  const { workload, axis, seed } = question;
  const limits: LoadLimits = {
    ...timeouts(question, config),
    maxInFlight: config.maxInFlight,
    maxRequests: Math.max(1, Math.ceil(requestsLeft)),
  };
  return { searchId, target, workload, axis, seed, limits };
}

/**
 * A bound that is longer than the load waited cannot be judged from its records: what was cut there might
 * have met it.
 */
export function beyondTimeouts(
  asked: Question,
  { tiers }: Pick<Question, 'tiers'>,
  config: RunnerConfig,
): Fault[] {
  const waited = timeouts(asked, config);
  const limits = {
    firstToken: waited.firstTokenTimeoutMs,
    idle: waited.idleTimeoutMs,
    total: waited.totalTimeoutMs,
  };
  return tiers.flatMap((tier) =>
    latencyBounds([tier]).flatMap(({ metric, boundMs }) => {
      const limitMs = limits[partOf(metric)];
      if (boundMs <= limitMs) return [];
      return {
        pointer: '/slo',
        code: 'beyond_timeout',
        expected: `bounds of ${metric} up to ${limitMs} ms, which the load waited`,
        received: `${boundMs} ms in ${tier.name}`,
      };
    }),
  );
}

function timeouts(question: Question, config: RunnerConfig): RunnerConfig['timeouts'] {
  const longest = { firstToken: 0, idle: 0, total: 0 };
  for (const { metric, boundMs } of latencyBounds(question.tiers)) {
    const part = partOf(metric);
    longest[part] = Math.max(longest[part], TIMEOUT_PER_BOUND * boundMs);
  }
  const { connectTimeoutMs, firstTokenTimeoutMs, idleTimeoutMs, totalTimeoutMs } = config.timeouts;
  const firstToken = Math.max(firstTokenTimeoutMs, longest.firstToken);
  const idle = Math.max(idleTimeoutMs, longest.idle);
  return {
    connectTimeoutMs,
    firstTokenTimeoutMs: firstToken,
    idleTimeoutMs: idle,
    totalTimeoutMs: Math.max(totalTimeoutMs, longest.total, firstToken + idle),
  };
}

interface LatencyBound {
  readonly metric: LatencyMetric;
  readonly boundMs: number;
}

function latencyBounds(tiers: readonly SloTier[]): readonly LatencyBound[] {
  return tiers.flatMap(({ objectives }) =>
    objectives.flatMap((objective): readonly LatencyBound[] => {
      if (objective.kind === 'attainment') return objective.bounds;
      return objective.kind === 'quantile' || objective.kind === 'mean' ? [objective] : [];
    }),
  );
}

function partOf(metric: LatencyMetric): 'firstToken' | 'idle' | 'total' {
  if (metric === 'e2e') return 'total';
  return metric === 'tpot' || metric === 'itl' ? 'idle' : 'firstToken';
}
