/**
 * The plots of the pages, drawn when somebody looks and kept until the search changes: a drawing takes
 * some ten milliseconds of the service's one thread, and ten people may watch the same search. The
 * library (tens of megabytes) is loaded at the first look: a service that only pipelines use has none.
 */
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import type { PlotFigure } from '../../../view/page/search-view.ts';
import type { SearchRecord } from '../../runner/search-service.ts';

/** What a page shows. Tails need the raw requests and are in the report. */
const SHOWN = ['latency', 'goodput', 'timeline', 'frontier'] as const;
/** Searches whose plots are kept; each set is some 60 kilobytes. */
const MAX_KEPT = 32;

export interface PlotShelf {
  of(record: SearchRecord, probes: readonly ProbeReport[]): Promise<readonly PlotFigure[]>;
}

export function createPlotShelf(): PlotShelf {
  const kept = new Map<string, { readonly key: string; readonly figures: readonly PlotFigure[] }>();
  return {
    async of(record, probes) {
      const key = `${record.version} ${probes.length}`;
      const known = kept.get(record.id);
      if (known?.key === key) return known.figures;
      const { drawPlot } = await import('../../../view/plots/plots.ts');
      const { question, state, result } = record;
      const source = { question, state, probes, ...(result === undefined ? {} : { result }) };
      const figures = SHOWN.map((name) => ({ name, drawing: drawPlot(name, source) }));
      // The last one looked at goes to the end; the first of the map is the oldest.
      kept.delete(record.id);
      kept.set(record.id, { key, figures });
      for (const id of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(id);
      }
      return figures;
    },
  };
}
