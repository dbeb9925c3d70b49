/**
 * A workload as its parts. A plain workload is one part of weight 1: everything that draws, sends or
 * counts walks the parts and never asks whether there is a mix. The index of a part is what the
 * `part` column of a request holds.
 */
import { assert } from '../base/result.ts';
import type { MixPart, WorkloadSpec } from './spec.ts';

/** A byte of the columns holds the index; more parts than this nobody can tell apart in a result. */
export const MAX_PARTS = 16;
/** Name of the one part of a workload that is no mix. */
const ONLY_PART = 'all';

export function partsOf(workload: WorkloadSpec): readonly MixPart[] {
  if (workload.kind === 'mix') return workload.parts;
  return [{ name: ONLY_PART, weight: 1, request: workload }];
}

/** The part that most requests belong to: what a single check request is made like. */
export function mainPart(workload: WorkloadSpec): MixPart {
  const [first, ...rest] = partsOf(workload);
  assert(first !== undefined, 'a workload without a part');
  return rest.reduce((most, part) => (part.weight > most.weight ? part : most), first);
}
