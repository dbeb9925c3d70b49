/**
 * What a plot is drawn from: the question, what is known so far, and every finished probe. Page and
 * report hand over the same, so they show the same picture.
 */
import type { FrontierPoint } from '../../core/frontier/frontier-point.ts';
import type { Question } from '../../core/policy/question.ts';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { SearchResult } from '../../core/search/answer/result.ts';
import type { SearchFacts } from '../search-facts.ts';
import type { TailCurve } from './tail-curve.ts';

export interface PlotSource {
  readonly question: Question;
  readonly state: SearchFacts['state'];
  readonly result?: SearchResult;
  /** Finished probes in their order, voided ones included. */
  readonly probes: readonly ProbeReport[];
  /** The tier that is drawn; the first when absent. */
  readonly tier?: string;
  /** Latencies at the two ends of the bracket, from the raw requests; absent when they are not kept. */
  readonly tails?: readonly TailCurve[];
  /** An earlier frontier to draw behind this one. */
  readonly baseline?: { readonly name: string; readonly points: readonly FrontierPoint[] };
  /** For how wide a place it is drawn; wide when absent. */
  readonly size?: PlotSize;
  /** Put before the ids in the picture, when one page holds a plot twice. */
  readonly idPrefix?: string;
}

/**
 * A picture that is scaled down has letters that nobody reads, so each plot is drawn for two widths: half
 * of a desktop page, and a phone.
 */
export type PlotSize = 'wide' | 'narrow';

/** A plot and what says the same in words and in numbers. */
export interface Drawing {
  readonly title: string;
  /** The plot in a few sentences, for who cannot see it. */
  readonly summary: string;
  readonly svg: string;
  /** The same for a phone. */
  readonly narrowSvg: string;
  readonly table: DataTable;
}

/** What is drawn at one size. */
export type SizedDrawing = Omit<Drawing, 'narrowSvg'>;

export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
