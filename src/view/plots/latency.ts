/**
 * Latency against load: where the probes cross the line of the SLO, and how wide the doubt is. Each
 * probe stands with its own interval; the shaded span is the bracket, which weighs all probes together.
 */
import * as Plot from '@observablehq/plot';
import type { Objective } from '../../core/policy/objective.ts';
import type { ObjectiveVerdict, ProbeReport } from '../../core/probe/probe-report.ts';
import { loadNumber, loadWords } from '../sentence.ts';
import { drawPanel, framePicture, type LegendEntry, sizeOf } from './frame.ts';
import { type Domain, loadDomain, sideBySide } from './load-axis.ts';
import {
  BRACKET_MARGINS,
  bracketBand,
  bracketTexts,
  charactersIn,
  loadAxisMarks,
  loadScale,
  noteMark,
  valueAxisMarks,
} from './load-marks.ts';
import { figure, intervalText } from './numbers.ts';
import { plainText } from './plain-text.ts';
import type { PlotSource, SizedDrawing } from './plot-source.ts';
import {
  countStates,
  PROBE_STATES,
  type ProbeState,
  probeDots,
  stateLegend,
} from './probe-marks.ts';
import { tierLadder } from './tier-ladder.ts';
import {
  bracketWords,
  nothingYet,
  shownObjective,
  stateInPlot,
  type TierView,
  tierView,
  titled,
  validFrom,
  verdictOn,
} from './tier-view.ts';
import { boundOf, nameOf, type ValueAxis, valueAxis } from './value-axis.ts';

const HEIGHT = 360;
/** The text of the SLO takes about this share of the width. */
const SIDE_SHARE = 0.3;

interface Point {
  readonly report: ProbeReport;
  readonly state: ProbeState;
  readonly judged: ObjectiveVerdict | undefined;
  readonly x: number;
}

export function drawLatency(source: PlotSource): SizedDrawing {
  const view = tierView(source);
  const objective = shownObjective(view);
  const what = objective === undefined ? 'SLO' : nameOf(objective);
  const title = titled(`${what} against load`, view);
  const loads = source.probes.map((report) => report.load);
  const tiers = source.result?.tiers ?? [];
  const domain = loadDomain(source.question, view.running, loads, tiers);
  const places = sideBySide(loads, domain);
  const points = source.probes.map((report, i) => ({
    report,
    state: stateInPlot(source, view, report),
    judged: verdictOn(report, view, objective),
    x: places[i] ?? report.load,
  }));
  const summary = summaryOf(source, view, points);
  const main = objective === undefined ? [] : [mainPanel(source, view, objective, points, domain)];
  const svg = framePicture({
    size: sizeOf(source),
    id: `${source.idPrefix ?? ''}plot-latency`,
    title,
    summary,
    legend: legendOf(source, view, points),
    panels: [...main, ...tierLadder(source, domain)],
  });
  return { title, summary, svg, table: tableOf(source, points, what) };
}

function mainPanel(
  source: PlotSource,
  view: TierView,
  objective: Objective,
  points: readonly Point[],
  domain: Domain,
) {
  const measured = points.flatMap(({ judged }) => judged?.measured ?? []);
  const axis = valueAxis(objective, measured);
  return drawPanel(source, HEIGHT, {
    ...BRACKET_MARGINS,
    x: loadScale(domain),
    y: { type: axis.type, domain: axis.domain, axis: null, clamp: true },
    marks: [
      bracketBand(view, domain),
      loadAxisMarks(source, domain),
      valueAxisMarks(axis.ticks, axis.label, axis.format),
      sloLines(source, view, objective, axis),
      estimateMarks(view, axis.place(boundOf(objective))),
      intervalMarks(points, axis),
      probeDots(dotsOf(source, points, axis)),
      bracketTexts(source, view, domain),
      sloText(source, objective, axis, points, domain),
      measured.length > 0 ? [] : noteMark(source, nothingYet(source), { dy: 32 }),
    ],
  });
}

function intervalMarks(points: readonly Point[], axis: ValueAxis): Plot.Markish[] {
  const [bottom, top] = axis.domain;
  const ranges = points.flatMap(({ judged, state, x }) => {
    const measured = judged?.measured;
    if (measured === undefined) return [];
    const value = axis.place(measured.value);
    const ends = [measured.low, measured.high].map((end) =>
      end === undefined ? undefined : axis.place(end),
    );
    // An attainment is placed by its misses: what was low is high.
    const [low, high] = axis.place(0) > axis.place(1) ? ends.reverse() : ends;
    const known = { x, low: low ?? value, high: high ?? value, state, open: false };
    // An end that the sample cannot give runs to the edge, dotted.
    const up = high === undefined ? [{ x, low: value, high: top, state, open: true }] : [];
    const down = low === undefined ? [{ x, low: bottom, high: value, state, open: true }] : [];
    return [known, ...up, ...down];
  });
  return PROBE_STATES.flatMap((state) =>
    [false, true].map((open) =>
      Plot.ruleX(
        ranges.filter((range) => range.state === state && range.open === open),
        { x: 'x', y1: 'low', y2: 'high', className: `range ${state}${open ? ' open-end' : ''}` },
      ),
    ),
  );
}

/** Counted, but so much of it failed or is still owed that the quantile is no number. */
function isBeyond({ judged }: Pick<Point, 'judged'>): boolean {
  return judged !== undefined && judged.measured === undefined && judged.n !== undefined;
}

/** A probe beyond measuring stands at the top edge. */
function dotsOf(source: PlotSource, points: readonly Point[], axis: ValueAxis) {
  return points.flatMap(({ report, state, judged, x }) => {
    const missing = judged?.measured === undefined;
    if (missing && !isBeyond({ judged })) return [];
    const y = judged?.measured === undefined ? axis.domain[1] : axis.place(judged.measured.value);
    const load = loadWords(source.question.axis, report.load);
    const measured = missing
      ? 'no such quantile: too many requests failed or are still owed'
      : intervalText(judged?.measured, axis.unit);
    const misses = judged?.n === undefined ? '' : `\n${judged.bad ?? 0} of ${judged.n} miss`;
    const dim = report.probe < validFrom(source);
    return [
      { state, x, y, dim, tip: `probe ${report.probe}: ${load}, ${state}\n${measured}${misses}` },
    ];
  });
}

/** The bound of this tier and, where they bound the same quantity, of the other tiers. */
function sloLines(
  source: PlotSource,
  view: TierView,
  objective: Objective,
  axis: ValueAxis,
): Plot.Markish[] {
  const others = source.question.tiers
    .filter((tier) => tier.name !== view.tier.name)
    .flatMap((tier) => tier.objectives.filter((one) => nameOf(one) === nameOf(objective)))
    .map((one) => axis.place(boundOf(one)))
    .filter((bound) => bound >= axis.domain[0] && bound <= axis.domain[1]);
  return [
    Plot.ruleY(others, { className: 'slo-other' }),
    Plot.ruleY([axis.place(boundOf(objective))], { className: 'slo' }),
  ];
}

/** Above its line, at the side with fewer probes. */
function sloText(
  source: PlotSource,
  objective: Objective,
  axis: ValueAxis,
  points: readonly Point[],
  domain: Domain,
): Plot.Markish {
  const place = ({ x }: Point): number => Math.log(x / domain[0]) / Math.log(domain[1] / domain[0]);
  const left = points.filter((point) => place(point) < SIDE_SHARE).length;
  const right = points.filter((point) => place(point) > 1 - SIDE_SHARE).length;
  const side = left <= right ? 'left' : 'right';
  return Plot.text([axis.place(boundOf(objective))], {
    y: (d: number) => d,
    text: () => plainText(objective.text, charactersIn(source, 0.95)),
    frameAnchor: side,
    textAnchor: side === 'left' ? 'start' : 'end',
    dx: side === 'left' ? 6 : -6,
    dy: -9,
    className: 'slo-text',
    strokeWidth: 4,
  });
}

function estimateMarks(view: TierView, y: number): Plot.Markish[] {
  const estimate = view.result?.estimate;
  if (estimate === undefined) return [];
  const { load, low, high } = estimate;
  const tip = `estimate ${figure(load)}`;
  return [
    Plot.ruleY([{ y }], { y: 'y', x1: low ?? load, x2: high ?? load, className: 'estimate' }),
    Plot.dot([{ x: load, y, tip }], {
      x: 'x',
      y: 'y',
      title: 'tip',
      symbol: 'diamond',
      r: 5,
      className: 'estimate-dot',
    }),
  ];
}

function legendOf(source: PlotSource, view: TierView, points: readonly Point[]): LegendEntry[] {
  const { lower, upper, estimate } = view.result ?? {};
  const whole = lower !== undefined && upper !== undefined;
  const open = !whole && (lower !== undefined || upper !== undefined);
  return [
    ...stateLegend(points.map(({ state }) => state)),
    ...(points.some(({ report }) => report.probe < validFrom(source))
      ? [{ symbol: '<circle r="4.5" class="pass dim"/>', text: 'dim: before the target changed' }]
      : []),
    { symbol: '<path d="M-8,0H8" class="slo"/>', text: 'SLO' },
    ...(points.some(isBeyond)
      ? [
          {
            symbol: '<path d="M-7,-6H7" class="trace"/>',
            text: 'at the top edge: too many failed or owed',
          },
        ]
      : []),
    ...(whole ? [{ symbol: '<path d="M-7,-6H7V6H-7Z" class="bracket"/>', text: 'bracket' }] : []),
    ...(open
      ? [{ symbol: '<path d="M-7,-6H7V6H-7Z" class="bracket-open"/>', text: 'open bracket' }]
      : []),
    ...(estimate === undefined
      ? []
      : [
          {
            symbol:
              '<path d="M-8,0H8" class="estimate"/><path d="M0,-6L4,0L0,6L-4,0Z" class="estimate-dot"/>',
            text: `estimate ${loadNumber(source.question.axis, Number(figure(estimate.load).replaceAll(',', '')))}`,
          },
        ]),
  ];
}

function summaryOf(source: PlotSource, view: TierView, points: readonly Point[]): string {
  const slo = plainText(view.tier.text);
  if (points.length === 0) return `SLO ${slo}. ${nothingYet(source)}`;
  const states = countStates(points.map(({ state }) => state));
  const probes = points.length === 1 ? '1 probe' : `${points.length} probes`;
  return `SLO ${slo}. ${probes}: ${states}. Bracket: ${bracketWords(source, view.result)}.`;
}

function tableOf(source: PlotSource, points: readonly Point[], what: string) {
  const { axis } = source.question;
  return {
    columns: ['probe', axis === 'concurrency' ? 'concurrency' : 'requests/s', what, 'verdict'],
    rows: points.map(({ report, judged, state }) => [
      String(report.probe),
      loadNumber(axis, report.load),
      intervalText(judged?.measured, judged?.unit ?? 'ms'),
      state,
    ]),
  };
}
