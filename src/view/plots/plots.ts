/**
 * The five plots by name: the one door for page and report. A drawing holds no script, no style and no
 * style attribute, so that it can stand in a page of any policy; `PLOT_STYLE` is for whoever shows it.
 */
import { drawFrontier } from './frontier.ts';
import { drawGoodput } from './goodput.ts';
import { drawLatency } from './latency.ts';
import type { Drawing, PlotSource, SizedDrawing } from './plot-source.ts';
import { drawTail } from './tail.ts';
import { drawTimeline } from './timeline.ts';

export type { DataTable, Drawing, PlotSource } from './plot-source.ts';
export { PLOT_STYLE } from './plot-style.ts';

export const PLOT_NAMES = ['latency', 'goodput', 'tail', 'timeline', 'frontier'] as const;
export type PlotName = (typeof PLOT_NAMES)[number];

export function drawPlot(name: PlotName, source: PlotSource): Drawing {
  const { svg: narrowSvg } = drawSized(name, { ...source, size: 'narrow' });
  return { ...drawSized(name, { ...source, size: 'wide' }), narrowSvg };
}

function drawSized(name: PlotName, source: PlotSource): SizedDrawing {
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
