/** Draws a time that a user takes, ms. */
import type { Random } from '../base/random.ts';
import { unreachable } from '../base/result.ts';
import type { DurationSpec } from './spec.ts';

export function drawDurationMs(spec: DurationSpec, random: Random): number {
  switch (spec.kind) {
    case 'fixed':
      return spec.ms;
    case 'uniform':
      return spec.minMs + random.next() * (spec.maxMs - spec.minMs);
    case 'exponential':
      return Math.min(spec.maxMs, spec.meanMs * random.exponential());
    case 'lognormal':
      return Math.min(spec.maxMs, Math.exp(spec.lnMean + spec.lnSigma * random.normal()));
    default:
      return unreachable(spec);
  }
}
