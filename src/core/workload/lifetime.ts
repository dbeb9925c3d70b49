/**
 * How long a conversation lives. Where conversations have turns, a load that has just begun consists of
 * first turns with short prompts; it is the load that was asked for only when the first conversations
 * have come to their end.
 */
import { lengthAtScore } from './lengths.ts';
import { partsOf } from './parts.ts';
import type { DurationSpec, WorkloadSpec } from './spec.ts';

/** Normal score of the upper quartile: most conversations are over by then. */
const QUARTILE_SCORE = 0.674;

/** Of the part that takes longest; 0 where every request stands alone. `e2eMs`: of one answer. */
export function conversationLifetimeMs(workload: WorkloadSpec, e2eMs: number): number {
  const lifetimes = partsOf(workload).map(({ request }) => {
    if (request.turns === undefined) return 0;
    const turns = lengthAtScore(request.turns.count, QUARTILE_SCORE);
    const thinkMs = request.think === undefined ? 0 : meanDurationMs(request.think);
    return turns <= 1 ? 0 : turns * (e2eMs + thinkMs);
  });
  return Math.max(0, ...lifetimes);
}

function meanDurationMs(spec: DurationSpec): number {
  switch (spec.kind) {
    case 'fixed':
      return spec.ms;
    case 'uniform':
      return (spec.minMs + spec.maxMs) / 2;
    case 'exponential':
      return Math.min(spec.meanMs, spec.maxMs);
    case 'lognormal':
      return Math.min(spec.maxMs, Math.exp(spec.lnMean + spec.lnSigma ** 2 / 2));
  }
}
