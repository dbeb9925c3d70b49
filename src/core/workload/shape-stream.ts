/**
 * The lengths of one request after another. Input and output come from two streams of randomness of
 * their own, so that another output law leaves the inputs of the same seed as they were.
 */
import type { Random } from '../base/random.ts';
import { drawLength } from './lengths.ts';
import type { RequestShape, WorkloadSpec } from './spec.ts';

export interface ShapeStream {
  next(): RequestShape;
}

export function createShapeStream(workload: WorkloadSpec, random: Random): ShapeStream {
  const inputs = random.fork('input-tokens');
  const outputs = random.fork('output-tokens');
  return {
    next: () => ({
      inputTokens: drawLength(workload.inputTokens, inputs),
      outputTokens: drawLength(workload.outputTokens, outputs),
    }),
  };
}
