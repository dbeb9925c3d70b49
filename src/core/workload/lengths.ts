/**
 * Draws the length of a prompt or an answer from its law. Rounded to whole tokens and at least one:
 * a request without a token cannot be sent or measured.
 */

import type { Random } from '../base/random.ts';
import { unreachable } from '../base/result.ts';
import type { LengthSpec } from './spec.ts';

export function drawLength(spec: LengthSpec, random: Random): number {
  switch (spec.kind) {
    case 'fixed':
      return atLeastOne(spec.tokens);
    case 'uniform':
      return atLeastOne(spec.min + random.integer(spec.max - spec.min + 1));
    case 'normal':
      return clipped(spec.mean + spec.stdev * random.normal(), spec.min, spec.max);
    case 'lognormal':
      return clipped(Math.exp(spec.lnMean + spec.lnSigma * random.normal()), spec.min, spec.max);
    default:
      return unreachable(spec);
  }
}

function clipped(tokens: number, min: number, max: number): number {
  return atLeastOne(Math.min(max, Math.max(min, Math.round(tokens))));
}

function atLeastOne(tokens: number): number {
  return Math.max(1, Math.round(tokens));
}
