/** What the page of one search shows, gathered before anything is rendered: plain data, no clock. */
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { DataProvenance } from '../../core/workload/readers/data-provenance.ts';
import type { Drawing } from '../plots/plots.ts';
import type { TokenCounts } from '../provenance-words.ts';
import type { SearchFacts } from '../search-facts.ts';

/** The burst that runs now, as its events told it. */
export interface CurrentBurst {
  readonly probe: number;
  readonly attempt: number;
  readonly phase: string;
  readonly load: number;
  readonly reason: string;
  /** Longest time that it may take: ramp and settle, then the window. */
  readonly settleMs: number;
  readonly windowMs: number;
  /** Since it began, by the service's clock. */
  readonly elapsedMs: number;
  readonly requests: number;
  /** In the controller's words; undefined before its first look. */
  readonly needs: string | undefined;
}

export interface MeasuredAgainst {
  readonly plimsollVersion: string;
  readonly nodeVersion: string;
  readonly resolvedAddress: string;
  readonly model: string;
  readonly dialect: string;
  readonly targetInfo: Readonly<Record<string, string>>;
  readonly tokenCounts?: TokenCounts;
  readonly data?: readonly DataProvenance[];
}

/** A plot by its name; the drawing is ours and already safe. */
export interface PlotFigure {
  readonly name: string;
  readonly drawing: Drawing;
}

export interface SearchView {
  readonly facts: SearchFacts;
  readonly createdAtMs: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly probes: readonly ProbeReport[];
  readonly provenance?: MeasuredAgainst | undefined;
  /** What the budget can resolve, said before any load. */
  readonly plan?: string | undefined;
  readonly waitingBefore?: number | undefined;
  readonly current?: CurrentBurst | undefined;
  /** The last event that this view holds; a stream goes on after it. */
  readonly lastEventId: number;
  readonly plots: readonly PlotFigure[];
  /** The question as JSON that can be posted again. */
  readonly questionJson: string;
}

export function hasEnded(facts: SearchFacts): boolean {
  return facts.state !== 'queued' && facts.state !== 'running';
}
