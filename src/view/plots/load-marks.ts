/** What every plot over the load shows alike: grid and axis, the bracket and its two ends. */
import * as Plot from '@observablehq/plot';
import { loadNumber } from '../sentence.ts';
import { type Domain, logTicks } from './load-axis.ts';
import { grouped, LOAD_UNITS } from './numbers.ts';
import type { PlotSource } from './plot-source.ts';
import type { TierView } from './tier-view.ts';

export const MARGINS = {
  marginLeft: 62,
  marginRight: 22,
  marginTop: 26,
  marginBottom: 40,
} as const;

/** The texts of the bracket stand in a row of their own, above the name of the axis. */
export const BRACKET_MARGINS = { ...MARGINS, marginTop: 42 } as const;

export function loadScale(domain: Domain) {
  return { type: 'log', domain, axis: null } as const;
}

/**
 * Ticks are given with their texts: Plot leaves out some of those that a logarithmic axis is asked for.
 */
export function loadAxisMarks(source: PlotSource, domain: Domain, label = true): Plot.Markish[] {
  const { axis } = source.question;
  const ticks = logTicks(domain);
  const text = (load: number): string => grouped(Number(loadNumber(axis, load)));
  return [
    Plot.gridX(ticks, { className: 'grid' }),
    Plot.axisX(ticks, {
      className: 'axis',
      text,
      label: label ? `load, ${LOAD_UNITS[axis]} (log)` : null,
      labelAnchor: 'center',
      labelArrow: 'none',
      tickSize: 4,
    }),
  ];
}

export function valueAxisMarks(
  ticks: readonly number[],
  label: string,
  tickText: (value: number) => string,
): Plot.Markish[] {
  return [
    Plot.gridY(ticks, { className: 'grid' }),
    Plot.axisY(ticks, {
      className: 'axis',
      text: tickText,
      label,
      labelArrow: 'none',
      labelOffset: 58,
      tickSize: 4,
    }),
  ];
}

/** The span in which the capacity lies; an end that was not shown is left open, and lighter. */
export function bracketBand(view: TierView, domain: Domain): Plot.Markish[] {
  const { lower, upper } = view.result ?? {};
  if (lower === undefined && upper === undefined) return [];
  const span = [{ from: lower ?? domain[0], to: upper ?? domain[1] }];
  const whole = lower !== undefined && upper !== undefined;
  const edges = [lower, upper].filter((edge) => edge !== undefined);
  return [
    Plot.rectX(span, { x1: 'from', x2: 'to', className: whole ? 'bracket' : 'bracket-open' }),
    Plot.ruleX(edges, { className: 'bracket-edge' }),
  ];
}

/** The two texts of a bracket stand on its outer sides; at the edge of the plot they share one. */
const TEXT_SHARE = 0.12;

/** `96 passes` to the left of its line, `104 fails` to the right: never over one another. */
export function bracketTexts(source: PlotSource, view: TierView, domain: Domain): Plot.Markish[] {
  const { axis } = source.question;
  const { lower, upper } = view.result ?? {};
  const place = (load: number): number =>
    Math.log(load / domain[0]) / Math.log(domain[1] / domain[0]);
  const text = (load: number, words: string, textAnchor: 'start' | 'end'): Plot.Markish =>
    Plot.text([load], {
      x: (d: number) => d,
      text: () => words,
      frameAnchor: 'top',
      textAnchor,
      dx: textAnchor === 'end' ? -4 : 4,
      dy: -28,
      className: 'bracket-text',
      strokeWidth: 4,
    });
  const passes = lower === undefined ? '' : `${loadNumber(axis, lower)} passes`;
  const fails = upper === undefined ? '' : `${loadNumber(axis, upper)} fails`;
  if (lower !== undefined && upper !== undefined) {
    const both = `${passes}, ${fails}`;
    if (place(upper) > 1 - TEXT_SHARE) return [text(upper, both, 'end')];
    if (place(lower) < TEXT_SHARE) return [text(lower, both, 'start')];
    return [text(lower, passes, 'end'), text(upper, fails, 'start')];
  }
  const only = lower ?? upper;
  if (only === undefined) return [];
  return [text(only, passes || fails, place(only) > 0.5 ? 'end' : 'start')];
}
