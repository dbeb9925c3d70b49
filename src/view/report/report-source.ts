/** What every form of the report is made from: one search or gate with all that was measured for it. */
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { MeasuredAgainst } from '../page/search-view.ts';
import type { TailCurve } from '../plots/tail-curve.ts';
import type { SearchFacts } from '../search-facts.ts';

export interface ReportSource {
  readonly facts: SearchFacts;
  readonly createdAtMs: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly provenance?: MeasuredAgainst | undefined;
  /** Finished probes in their order, voided ones included. */
  readonly probes: readonly ProbeReport[];
  /** Of every tier; absent when no raw request is kept. */
  readonly tails?: readonly TailCurve[] | undefined;
  /** How to ask the same again, in the spelling of the API. */
  readonly repeat: Repeat;
}

export interface Repeat {
  /** Where the question is posted: `/v1/searches`. */
  readonly path: string;
  /** The whole question; a JSON value. */
  readonly question: Readonly<Record<string, unknown>>;
  /** The same as a policy file. */
  readonly policyYaml: string;
}
