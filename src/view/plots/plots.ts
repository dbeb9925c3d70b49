/**
 * The five plots by name: the one door for page and report. A drawing holds no script, no style and no
 * style attribute; `PLOT_STYLE` belongs to whoever shows it, and `standalone` makes a file of its own.
 */
import { drawFrontier } from './frontier.ts';
import { drawGoodput } from './goodput.ts';
import { drawLatency } from './latency.ts';
import type { Drawing, PlotSource } from './plot-source.ts';
import { PLOT_STYLE } from './plot-style.ts';
import { drawTail } from './tail.ts';
import { drawTimeline } from './timeline.ts';

export type { DataTable, Drawing, PlotSource } from './plot-source.ts';
export { PLOT_STYLE } from './plot-style.ts';

export const PLOT_NAMES = ['latency', 'goodput', 'tail', 'timeline', 'frontier'] as const;
export type PlotName = (typeof PLOT_NAMES)[number];

export function drawPlot(name: PlotName, source: PlotSource): Drawing {
  switch (name) {
    case 'latency':
      return drawLatency(source);
    case 'goodput':
      return drawGoodput(source);
    case 'tail':
      return drawTail(source);
    case 'timeline':
      return drawTimeline(source);
    case 'frontier':
      return drawFrontier(source);
  }
}

/** The SVG as a file, with its style inside. */
export function standalone(svg: string): string {
  return svg.replace('</desc>', `</desc><style>${PLOT_STYLE}</style>`);
}
