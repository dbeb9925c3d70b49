/** Workloads to try the simulated servers with, by name. Lengths in tokens. */
import type {
  EndpointKind,
  LengthSpec,
  SyntheticSpec,
  WorkloadSpec,
} from '../core/workload/spec.ts';

function lognormal(median: number, lnSigma: number, min: number, max: number): LengthSpec {
  return { kind: 'lognormal', lnMean: Math.log(median), lnSigma, min, max };
}

function synthetic(
  inputTokens: LengthSpec,
  outputTokens: LengthSpec,
  endpoint: EndpointKind = 'chat',
): SyntheticSpec & Pick<WorkloadSpec, 'arrivals'> {
  return {
    kind: 'synthetic',
    endpoint,
    inputTokens,
    outputTokens,
    arrivals: { kind: 'poisson' },
  };
}

export const WORKLOADS = {
  /** Short questions, answers of a paragraph. */
  chat: synthetic(lognormal(400, 0.8, 8, 4_000), lognormal(150, 0.7, 2, 1_500)),
  /** Retrieved passages before a question. */
  rag: synthetic(lognormal(2_500, 0.5, 8, 8_000), lognormal(120, 0.5, 2, 600)),
  /** Whole documents: prefill is nearly all of the work. */
  documents: synthetic(lognormal(12_000, 0.7, 500, 60_000), lognormal(250, 0.6, 2, 1_500)),
  /** Completions in an editor: a file in, a line out. */
  code: synthetic(lognormal(1_400, 0.8, 16, 7_500), lognormal(18, 0.9, 1, 250), 'completions'),
  /** A small device: short in, short out. */
  edge: synthetic(lognormal(40, 0.6, 4, 250), lognormal(30, 0.6, 2, 150)),
  /** Many short requests, so that a p99 is known within seconds. */
  demo: synthetic(lognormal(60, 0.5, 12, 240), lognormal(11, 0.3, 5, 24)),
} as const satisfies Record<string, WorkloadSpec>;
