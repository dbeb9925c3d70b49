/** What every plot over the load shows alike: grid and axis, the bracket and its two ends. */
import * as Plot from '@observablehq/plot';
import { loadNumber } from '../sentence.ts';
import { CHARACTER_WIDTH, widthOf, wrapped } from './frame.ts';
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

/** Pixels between the margins. */
export function innerWidth(source: PlotSource): number {
  return widthOf(source) - MARGINS.marginLeft - MARGINS.marginRight;
}

/** Characters of a text in the plot that runs over this share of it. */
export function charactersIn(source: PlotSource, share: number): number {
  return Math.floor((share * innerWidth(source)) / CHARACTER_WIDTH);
}

/** Free beside the text of a tick, in characters. */
const TICK_GAP = 1;

/** Of a logarithmic axis as many ticks as have room: those of 1, 2, 5, of 1, 5, or of the decades. */
export function fittingTicks(
  source: PlotSource,
  domain: Domain,
  text: (tick: number) => string,
): number[] {
  const all = logTicks(domain);
  const starting = (digits: string): number[] =>
    all.filter((tick) => digits.includes(tick.toExponential().charAt(0)));
  const fits = (ticks: readonly number[]): boolean =>
    ticks.every((tick, i) => {
      const before = ticks[i - 1];
      if (before === undefined) return true;
      const between = Math.log(tick / before) / Math.log(domain[1] / domain[0]);
      const needed = (text(tick).length + text(before).length) / 2 + TICK_GAP;
      return charactersIn(source, between) >= needed;
    });
  const found = [all, starting('15'), starting('1')].find(
    (ticks) => ticks.length > 1 && fits(ticks),
  );
  return found ?? all.filter((_, i) => i % 2 === 0);
}

/** The texts of the bracket stand in a row of their own, above the name of the axis. */
export const BRACKET_MARGINS = { ...MARGINS, marginTop: 48 } as const;

export function loadScale(domain: Domain) {
  return { type: 'log', domain, axis: null } as const;
}

/**
 * Ticks are given with their texts: Plot leaves out some of those that a logarithmic axis is asked for.
 */
export function loadAxisMarks(source: PlotSource, domain: Domain, label = true): Plot.Markish[] {
  const { axis } = source.question;
  const text = (load: number): string => grouped(Number(loadNumber(axis, load)));
  const ticks = fittingTicks(source, domain, text);
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
      dy: -17,
      className: 'bracket-text',
      strokeWidth: 4,
    });
  // The two texts stand on the outer sides; where one has no room they share a side.
  const share = (words: string): number => (words.length * CHARACTER_WIDTH) / innerWidth(source);
  const passes = lower === undefined ? '' : `${loadNumber(axis, lower)} passes`;
  const fails = upper === undefined ? '' : `${loadNumber(axis, upper)} fails`;
  if (lower !== undefined && upper !== undefined) {
    const both = `${passes}, ${fails}`;
    if (place(upper) + share(fails) > 1) return [text(upper, both, 'end')];
    if (place(lower) < share(passes)) return [text(lower, both, 'start')];
    return [text(lower, passes, 'end'), text(upper, fails, 'start')];
  }
  const only = lower ?? upper;
  if (only === undefined) return [];
  return [text(only, passes || fails, place(only) > 0.5 ? 'end' : 'start')];
}

/** What stands in a plot without a point. */
export function noteMark(
  source: PlotSource,
  text: string,
  options: Plot.TextOptions = {},
): Plot.Markish {
  return Plot.text([text], {
    text: () => wrapped(text, charactersIn(source, 0.9)).join('\n'),
    frameAnchor: 'middle',
    className: 'halo',
    strokeWidth: 5,
    ...options,
  });
}
