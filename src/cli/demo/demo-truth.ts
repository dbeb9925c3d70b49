/** What the demo's simulated server really carries, from long runs of its model in virtual time. */
import type { WorkloadSpec } from '../../core/workload/spec.ts';
import type { ServerModel } from '../../sim/server-model.ts';
import { ttftQuantile } from '../../sim/steady-objectives.ts';
import { findTrueCapacity, type Truth } from '../../sim/true-capacity.ts';

export interface TruthQuestion {
  readonly server: ServerModel;
  readonly workload: WorkloadSpec;
  readonly percent: number;
  readonly boundMs: number;
  readonly minLoad: number;
  readonly maxLoad: number;
}

/** Enough for a standard error well below one stream; a few seconds of one core. */
const REQUESTS = 100_000;
const SEED = 'truth';

export function truthOf(question: TruthQuestion): Truth {
  const { server, workload, percent, boundMs, minLoad, maxLoad } = question;
  const objectives = [ttftQuantile(percent, boundMs)];
  const options = { requests: REQUESTS, seed: SEED, minLoad, maxLoad };
  return findTrueCapacity({ server, workload, axis: 'concurrency' }, objectives, options);
}

export interface ShownBracket {
  readonly atLeast: number;
  readonly below: number | undefined;
}

/** `Truth: the simulated server carries 21 (its limit lies at 21.6 ± 0.1); the bracket holds it.` */
export function truthSentence(truth: Truth, shown: ShownBracket): string {
  if (truth.kind === 'none') return `Truth: the whole range ${truth.wholeRange}.`;
  const carried = Math.floor(truth.load);
  const limit = `${truth.load.toFixed(1)} ± ${Math.max(0.1, truth.standardError).toFixed(1)}`;
  // Streams are whole: at `carried` the SLO holds, one more breaks it.
  const holds = shown.atLeast <= carried && (shown.below === undefined || shown.below > carried);
  const words = holds ? 'the bracket holds it' : 'the bracket does not hold it';
  return `Truth of the simulated server: it carries ${carried} (the limit lies at ${limit} in its model); ${words}.`;
}
