/** The small panels under the timeline: one bar for each probe over the same wall time. */
import * as Plot from '@observablehq/plot';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import { drawPanel } from './frame.ts';
import { evenTicks } from './load-axis.ts';
import { MARGINS, valueAxisMarks } from './load-marks.ts';
import { figure, grouped, percentText } from './numbers.ts';
import type { PlotSource } from './plot-source.ts';
import type { ProbeState } from './probe-marks.ts';

const SMALL_HEIGHT = 92;

/** One probe in wall time. */
export interface Span {
  readonly report: ProbeReport;
  readonly state: ProbeState;
  /** Seconds since the first load. */
  readonly start: number;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly end: number;
  readonly failedRatio: number;
}

export function smallPanel(
  source: PlotSource,
  spans: readonly Span[],
  seconds: number,
  label: string,
  value: (span: Span) => number,
  className: 'bar' | 'flow',
) {
  const isRatio = className === 'bar';
  const most = Math.max(...spans.map(value), isRatio ? 0.01 : 1);
  const top = isRatio ? Math.min(1, most * 1.1) : most * 1.1;
  const last = !isRatio;
  return drawPanel(source, SMALL_HEIGHT + (last ? 22 : 0), {
    ...MARGINS,
    marginTop: 22,
    marginBottom: last ? 40 : 16,
    x: { domain: [0, seconds], axis: null },
    y: { domain: [0, top], axis: null },
    marks: [
      timeAxis(seconds, last ? 'wall time since the first load, s' : undefined),
      valueAxisMarks(
        spans.length === 0 ? [] : evenTicks([0, top]).filter((_, i) => i % 2 === 0),
        label,
        (tick) => (isRatio ? percentText(tick).replace(' %', '') : figure(tick)),
      ),
      Plot.rect(spans, { x1: 'start', x2: 'end', y1: 0, y2: value, className }),
    ],
  });
}

export function timeAxis(seconds: number, label: string | undefined): Plot.Markish[] {
  const ticks = evenTicks([0, seconds]);
  return [
    Plot.gridX(ticks, { className: 'grid' }),
    Plot.axisX(ticks, {
      className: 'axis',
      text: label === undefined ? () => '' : grouped,
      label: label ?? null,
      labelAnchor: 'center',
      labelArrow: 'none',
      tickSize: 4,
    }),
  ];
}
