/**
 * The tail at the two ends of the bracket: the share of requests slower than a time, both axes
 * logarithmic. The box is what the SLO forbids: a curve that enters it fails. Requests that failed or
 * are still owed are slower than everything measured: a level below which the curve cannot fall.
 */
import * as Plot from '@observablehq/plot';
import { loadNumber, loadWords } from '../sentence.ts';
import { drawPanel, framePicture, type LegendEntry, sizeOf } from './frame.ts';
import type { Domain } from './load-axis.ts';
import {
  BRACKET_MARGINS,
  charactersIn,
  fittingTicks,
  noteMark,
  valueAxisMarks,
} from './load-marks.ts';
import { figure, percentText, valueText } from './numbers.ts';
import { plainText } from './plain-text.ts';
import type { PlotSource, SizedDrawing } from './plot-source.ts';
import { type TailCurve, type TailQuestion, tailQuestion } from './tail-curve.ts';
import { type TierView, tierView, titled } from './tier-view.ts';

const HEIGHT = 340;
/** Without a curve the share goes down to this. */
const LEAST_SHARE = 1e-3;
const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999];

export function drawTail(source: PlotSource): SizedDrawing {
  const view = tierView(source);
  const asked = tailQuestion(view.tier, view.result?.bindingObjective);
  const title = titled(`Tail of ${nameOf(asked)} at the two ends of the bracket`, view);
  const curves = (source.tails ?? []).filter(
    (curve) => curve.tier === view.tier.name && curve.samples > 0,
  );
  const summary = summaryOf(source, view, asked, curves);
  const svg = framePicture({
    size: sizeOf(source),
    id: `${source.idPrefix ?? ''}plot-tail`,
    title,
    summary,
    legend: legendOf(source, view, asked, curves),
    panels: [tailPanel(source, asked, curves)],
  });
  return { title, summary, svg, table: tableOf(source, asked, curves) };
}

function tailPanel(source: PlotSource, asked: TailQuestion, curves: readonly TailCurve[]) {
  const x = latencyDomain(asked, curves);
  const y: Domain = [Math.min(LEAST_SHARE, ...curves.map((curve) => 0.5 / curve.samples)), 1.15];
  const shares = [1, 0.5, 0.1, 0.01, 0.001, 1e-4, 1e-5].filter((share) => share >= y[0]);
  const unit = asked.unit === 'ms' ? 'ms' : 'as a share of its bound';
  const ticks = fittingTicks(source, x, figure);
  const label = `${nameOf(asked)}, ${unit} (log)`;
  return drawPanel(source, HEIGHT, {
    ...BRACKET_MARGINS,
    x: { type: 'log', domain: x, axis: null },
    y: { type: 'log', domain: y, axis: null },
    marks: [
      Plot.gridX(ticks, { className: 'grid' }),
      Plot.axisX(ticks, {
        className: 'axis',
        text: figure,
        label: label.length <= charactersIn(source, 1) ? label : `latency, ${unit} (log)`,
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 4,
      }),
      valueAxisMarks(shares, 'slower requests, % (log)', (share) =>
        percentText(share).replace(' %', ''),
      ),
      sloMarks(source, asked, x),
      curves.map((curve) => curveMarks(curve, x, y, asked.limit)),
      curves.length > 0
        ? []
        : noteMark(source, noCurve(source), { frameAnchor: 'bottom-left', dx: 8, dy: -16 }),
    ],
  });
}

function latencyDomain(asked: TailQuestion, curves: readonly TailCurve[]): Domain {
  const limit = asked.limit ?? 1_000;
  const values = curves.flatMap(({ points }) => points.map((point) => point.latency));
  const positive = values.filter((value) => value > 0);
  // The quickest thousandth would take half of the axis.
  return [
    Math.min(limit / 8, ...positive.map((value) => value / 1.1)),
    Math.max(limit * 3, ...positive.map((value) => value * 1.2)),
  ];
}

/** The corner (limit, allowed share) and what lies beyond it. A mean has a limit and no corner. */
function sloMarks(source: PlotSource, asked: TailQuestion, x: Domain): Plot.Markish[] {
  const { limit, allowedAbove } = asked;
  if (limit === undefined) return [];
  // Over the plot: everywhere inside a curve may be.
  const text = Plot.text([asked.text], {
    text: (d: string) => plainText(d, charactersIn(source, 1)),
    frameAnchor: 'top-right',
    dx: -4,
    dy: -17,
    className: 'slo-text',
    strokeWidth: 4,
  });
  if (allowedAbove === undefined) return [Plot.ruleX([limit], { className: 'slo' }), text];
  const box = [{ x1: limit, x2: x[1], y1: allowedAbove, y2: 1 }];
  return [Plot.rect(box, { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', className: 'slo-box' }), text];
}

function curveMarks(
  curve: TailCurve,
  x: Domain,
  y: Domain,
  limit: number | undefined,
): Plot.Markish[] {
  const { side, samples, censored } = curve;
  const place = (share: number): number => Math.max(share, 0.5 / samples);
  const first = curve.points[0]?.latency ?? x[0];
  const steps = [
    { latency: x[0], share: 1 },
    { latency: Math.max(first, x[0]), share: 1 },
    ...curve.points.map(({ latency, above }) => ({ latency, share: place(above) })),
  ];
  const level = censored / samples;
  const last = steps.at(-1)?.latency ?? x[0];
  const owed = [{ from: Math.max(last, limit ?? last), level }];
  return [
    Plot.line(steps, { x: 'latency', y: 'share', curve: 'step-after', className: side }),
    ...(censored === 0
      ? []
      : [
          Plot.ruleY(owed, { x1: last, x2: x[1], y: 'level', className: `${side} censored` }),
          Plot.ruleX([limit ?? last], { y1: y[0], y2: level, className: `${side} censored` }),
          Plot.text(owed, {
            x: () => x[1],
            y: 'level',
            text: () => `${curve.load}: ${censored} of ${samples} failed or owed`,
            textAnchor: 'end',
            dy: side === 'lower' ? 10 : -8,
            dx: -4,
            className: 'halo',
            strokeWidth: 4,
          }),
        ]),
  ];
}

function noCurve(source: PlotSource): string {
  const isRunning = source.state === 'running' || source.state === 'queued';
  if (isRunning) return 'No end of the bracket is known yet.';
  if (source.probes.length === 0) return 'No probe finished.';
  return source.tails === undefined
    ? 'The raw requests of this search are not kept any more.'
    : 'No load was shown to pass or to fail.';
}

/** An end of the bracket rests on all probes together; its own load need not have been measured. */
function placeOf(
  source: PlotSource,
  view: TierView,
  side: 'lower' | 'upper',
  load: number,
): string {
  const bound = view.result?.[side];
  if (bound === undefined || bound === load) return `${side} end`;
  const beyond = side === 'lower' ? 'under' : 'over';
  return `measured next ${beyond} the ${side} end, ${loadNumber(source.question.axis, bound)}`;
}

function legendOf(
  source: PlotSource,
  view: TierView,
  asked: TailQuestion,
  curves: readonly TailCurve[],
): LegendEntry[] {
  const { axis } = source.question;
  const box =
    asked.allowedAbove === undefined
      ? []
      : [
          {
            symbol: '<path d="M-7,-6H7V6H-7Z" class="slo-box"/>',
            text: `not allowed: over ${percentText(asked.allowedAbove)} slower than the limit`,
          },
        ];
  return [
    ...curves.map(({ side, load }) => ({
      symbol: `<path d="M-9,0H9" class="${side}"/>`,
      text: `${loadNumber(axis, load)}, ${placeOf(source, view, side, load)}`,
    })),
    ...box,
  ];
}

/** The share of a curve that is slower than a limit, in words. */
function slowerThan(curve: TailCurve, limit: number): string {
  const before = curve.points.filter((point) => point.latency < limit).at(-1);
  return percentText(before?.above ?? 1);
}

function summaryOf(
  source: PlotSource,
  view: TierView,
  asked: TailQuestion,
  curves: readonly TailCurve[],
): string {
  if (curves.length === 0) return `SLO ${plainText(view.tier.text)}. ${noCurve(source)}`;
  const told = curves.map((curve) => {
    const load = loadWords(source.question.axis, curve.load);
    const { limit } = asked;
    if (limit === undefined) return `${load}: ${curve.samples} requests`;
    const over = slowerThan(curve, limit);
    return `${load}: ${over} of ${curve.samples} at or over ${valueText(limit, asked.unit)}`;
  });
  const allowed =
    asked.allowedAbove === undefined
      ? ''
      : ` Allowed: less than ${percentText(asked.allowedAbove)}.`;
  return `${told.join('; ')}.${allowed}`;
}

function tableOf(source: PlotSource, asked: TailQuestion, curves: readonly TailCurve[]) {
  const at = (curve: TailCurve, q: number): string => {
    const point = curve.points.find(({ above }) => above <= 1 - q + 1e-12);
    return point === undefined ? 'failed or owed' : valueText(point.latency, asked.unit);
  };
  return {
    columns: ['load', 'sample', 'failed or owed', ...QUANTILES.map((q) => `p${q * 100}`)],
    rows: curves.map((curve) => [
      loadNumber(source.question.axis, curve.load),
      String(curve.samples),
      String(curve.censored),
      ...QUANTILES.map((q) => at(curve, q)),
    ]),
  };
}

function nameOf(asked: TailQuestion): string {
  return asked.metric === 'worst' ? 'worst latency of a request' : asked.metric;
}
