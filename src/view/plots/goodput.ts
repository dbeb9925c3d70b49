/**
 * Goodput against load: the load with the most good requests per second, marked apart from the
 * capacity, because the two need not be the same. Below it the share of requests that are good.
 */
import * as Plot from '@observablehq/plot';
import type { FrontierPoint, FrontierTier } from '../../core/frontier/frontier-point.ts';
import type { Interval } from '../../core/probe/probe-report.ts';
import { loadNumber, loadWords } from '../sentence.ts';
import { drawPanel, framePicture, type LegendEntry, sizeOf } from './frame.ts';
import { frontierOf, stateOf } from './frontier-points.ts';
import { type Domain, evenTicks, loadDomain } from './load-axis.ts';
import {
  BRACKET_MARGINS,
  bracketBand,
  bracketTexts,
  loadAxisMarks,
  loadScale,
  MARGINS,
  noteMark,
  valueAxisMarks,
} from './load-marks.ts';
import { figure, intervalText, percentText } from './numbers.ts';
import type { PlotSource, SizedDrawing } from './plot-source.ts';
import { type ProbeState, probeDots, stateLegend } from './probe-marks.ts';
import { nothingYet, type TierView, tierView, titled } from './tier-view.ts';

const GOODPUT_HEIGHT = 260;
const ATTAINMENT_HEIGHT = 170;
const HEADROOM = 1.15;

interface Point {
  readonly load: number;
  readonly state: ProbeState;
  readonly tier: FrontierTier;
}

export function drawGoodput(source: PlotSource): SizedDrawing {
  const view = tierView(source);
  const title = titled('Good requests per second against load', view);
  const points = frontierOf(source).flatMap((point) => pointOf(point, view));
  const loads = source.probes.map((report) => report.load);
  const domain = loadDomain(source.question, view.running, loads, source.result?.tiers ?? []);
  const summary = summaryOf(source, view, points);
  const svg = framePicture({
    size: sizeOf(source),
    id: `${source.idPrefix ?? ''}plot-goodput`,
    title,
    summary,
    legend: legendOf(view, points),
    panels: [
      goodputPanel(source, view, points, domain),
      attainmentPanel(source, view, points, domain),
    ],
  });
  return { title, summary, svg, table: tableOf(source, points) };
}

function pointOf(point: FrontierPoint, view: TierView): Point[] {
  const tier = point.tiers.find((each) => each.tier === view.tier.name);
  return tier === undefined ? [] : [{ load: point.load, state: stateOf(tier.verdict), tier }];
}

function goodputPanel(
  source: PlotSource,
  view: TierView,
  points: readonly Point[],
  domain: Domain,
) {
  const known = points.flatMap(({ load, state, tier }) =>
    tier.goodputRps === undefined ? [] : [{ load, state, interval: tier.goodputRps }],
  );
  const maximum = view.result?.maxGoodput;
  const tops = known.map(({ interval }) => interval.high ?? interval.value);
  const top = Math.max(...tops, maximum?.rpsHigh ?? 0, 1e-3) * HEADROOM;
  const dots = known.map(({ load, state, interval }) => ({
    state,
    x: load,
    y: interval.value,
    tip: `${loadWords(source.question.axis, load)}: ${intervalText(interval, 'good req/s')}`,
  }));
  return drawPanel(source, GOODPUT_HEIGHT, {
    ...BRACKET_MARGINS,
    marginBottom: 24,
    x: loadScale(domain),
    y: { domain: [0, top], axis: null },
    marks: [
      bracketBand(view, domain),
      loadAxisMarks(source, domain, false),
      valueAxisMarks(known.length === 0 ? [] : evenTicks([0, top]), 'good req/s', figure),
      intervalRules(known),
      Plot.lineY(dots, { x: 'x', y: 'y', className: 'trace' }),
      probeDots(dots),
      hasMaximum(view, points) ? maximumMarks(source, view, domain) : [],
      bracketTexts(source, view, domain),
      known.length > 0 ? [] : noteMark(source, nothingYet(source)),
    ],
  });
}

/** The most of one load is no maximum, and of nothing there is no most. */
function hasMaximum(view: TierView, points: readonly Point[]): boolean {
  return points.length > 1 && (view.result?.maxGoodput?.rps ?? 0) > 0;
}

/** A ring around the maximum, and the loads that it cannot be told from. */
function maximumMarks(source: PlotSource, view: TierView, domain: Domain): Plot.Markish[] {
  const maximum = view.result?.maxGoodput;
  if (maximum === undefined) return [];
  const { load, rps, loadLow, loadHigh } = maximum;
  const at = [{ load, rps, low: loadLow ?? load, high: loadHigh ?? load }];
  // On a phone the load is read from the axis and the words beside the plot.
  const where = sizeOf(source) === 'wide' ? ` at ${loadNumber(source.question.axis, load)}` : '';
  const right = Math.log(load / domain[0]) / Math.log(domain[1] / domain[0]) > 0.5;
  return [
    Plot.ruleY(at, { x1: 'low', x2: 'high', y: 'rps', className: 'maximum' }),
    Plot.dot(at, { x: 'load', y: 'rps', r: 9, className: 'maximum' }),
    Plot.text(at, {
      x: 'load',
      y: 'rps',
      text: () => `most: ${figure(rps)} req/s${where}`,
      textAnchor: right ? 'end' : 'start',
      dx: right ? -14 : 14,
      dy: -13,
      className: 'halo',
      strokeWidth: 4,
    }),
  ];
}

function attainmentPanel(
  source: PlotSource,
  view: TierView,
  points: readonly Point[],
  domain: Domain,
) {
  const known = points.flatMap(({ load, state, tier }) =>
    tier.attainmentRatio === undefined ? [] : [{ load, state, interval: tier.attainmentRatio }],
  );
  const dots = known.map(({ load, state, interval }) => ({
    state,
    x: load,
    y: interval.value,
    tip: `${loadWords(source.question.axis, load)}: ${intervalText(interval, 'ratio')} good`,
  }));
  return drawPanel(source, ATTAINMENT_HEIGHT, {
    ...MARGINS,
    x: loadScale(domain),
    y: { domain: [0, 1], axis: null },
    marks: [
      bracketBand(view, domain),
      loadAxisMarks(source, domain),
      valueAxisMarks([0, 0.25, 0.5, 0.75, 1], 'attainment: good requests, %', (ratio) =>
        percentText(ratio).replace(' %', ''),
      ),
      intervalRules(known),
      Plot.lineY(dots, { x: 'x', y: 'y', className: 'trace' }),
      probeDots(dots),
    ],
  });
}

function intervalRules(
  known: readonly {
    readonly load: number;
    readonly state: ProbeState;
    readonly interval: Interval;
  }[],
): Plot.Markish[] {
  return (['pass', 'fail', 'undecided'] as const).map((state) =>
    Plot.ruleX(
      known.filter((point) => point.state === state),
      {
        x: 'load',
        y1: ({ interval }: { interval: Interval }) => interval.low ?? interval.value,
        y2: ({ interval }: { interval: Interval }) => interval.high ?? interval.value,
        className: `range ${state}`,
      },
    ),
  );
}

function legendOf(view: TierView, points: readonly Point[]): LegendEntry[] {
  const { lower, upper } = view.result ?? {};
  const band = lower === undefined || upper === undefined ? 'bracket-open' : 'bracket';
  return [
    ...stateLegend(points.map(({ state }) => state)),
    ...(lower === undefined && upper === undefined
      ? []
      : [
          { symbol: `<path d="M-7,-6H7V6H-7Z" class="${band}"/>`, text: 'bracket of the capacity' },
        ]),
    ...(!hasMaximum(view, points)
      ? []
      : [
          {
            symbol: '<circle r="6" class="maximum"/><path d="M-10,0H10" class="maximum"/>',
            text: 'most goodput, and the loads it cannot be told from',
          },
        ]),
  ];
}

function summaryOf(source: PlotSource, view: TierView, points: readonly Point[]): string {
  if (points.length === 0) return nothingYet(source);
  const { axis } = source.question;
  const { maxGoodput, goodputRps, lower } = view.result ?? {};
  const at =
    lower === undefined || goodputRps === undefined
      ? ''
      : ` At the capacity of ${loadWords(axis, lower)} it is ${figure(goodputRps)} req/s.`;
  if (maxGoodput === undefined || points.length < 2)
    return `No maximum of goodput is known yet.${at}`;
  if (maxGoodput.rps === 0) return 'No good request was measured at any load.';
  const { rps, rpsLow, rpsHigh, load } = maxGoodput;
  return `Most goodput: ${figure(rps)} good req/s (${figure(rpsLow)} to ${figure(rpsHigh)}) at ${loadWords(axis, load)}.${at}`;
}

function tableOf(source: PlotSource, points: readonly Point[]) {
  const { axis } = source.question;
  return {
    columns: [
      axis === 'concurrency' ? 'concurrency' : 'requests/s',
      'goodput',
      'attainment',
      'bracket says',
    ],
    rows: points.map(({ load, tier, state }) => [
      loadNumber(axis, load),
      intervalText(tier.goodputRps, 'req/s'),
      intervalText(tier.attainmentRatio, 'ratio'),
      state,
    ]),
  };
}
