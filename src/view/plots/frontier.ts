/**
 * The frontier: what each load gives, how fast the words come to one user against how much the whole
 * server gives. Only measured points; a load that another one beats is dim. An earlier frontier can
 * stand behind.
 */
import * as Plot from '@observablehq/plot';
import type { FrontierPoint } from '../../core/frontier/frontier-point.ts';
import { loadNumber, loadWords } from '../sentence.ts';
import { CHARACTER_WIDTH, drawPanel, framePicture, type LegendEntry, sizeOf } from './frame.ts';
import { frontierOf, stateOf } from './frontier-points.ts';
import { type Domain, evenTicks } from './load-axis.ts';
import {
  charactersIn,
  fittingTicks,
  innerWidth,
  MARGINS,
  noteMark,
  valueAxisMarks,
} from './load-marks.ts';
import { figure } from './numbers.ts';
import { plainText } from './plain-text.ts';
import type { PlotSource, SizedDrawing } from './plot-source.ts';
import { probeDots, stateLegend } from './probe-marks.ts';
import { nothingYet, tierView, titled } from './tier-view.ts';

const HEIGHT = 360;
/** Room beside the outermost points, as a factor. */
const EDGE = 1.2;
/** Room beside them on a linear axis, as a share of their span, ... */
const ROOM_BESIDE = 0.2;
/** ... which counts as at least this share of the largest value. */
const LEAST_SPAN = 0.4;
/** Digits of a load that have room beside a point. */
const TEXT_CHARACTERS = 6;
/** Room that the text of a load takes, as a share of the plot. */
const TEXT_HEIGHT = 0.07;

/** What the horizontal axis shows; every point of the picture has it. */
interface Across {
  readonly label: string;
  /** Where the label has no room. */
  readonly shortLabel: string;
  readonly word: string;
  readonly type: 'linear' | 'log';
  readonly of: (point: FrontierPoint) => number | undefined;
}

/** Tokens a second that one user sees, at the median. */
const INTERACTIVITY: Across = {
  label: 'interactivity: tokens/s for one user at the median, 1000/p50(tpot)',
  shortLabel: 'tokens/s for one user at the median',
  word: 'tokens/s a user',
  type: 'linear',
  of: ({ tpotMs }) => {
    const value = tpotMs?.p50.value;
    return value === undefined || !(value > 0) ? undefined : 1_000 / value;
  },
};
/** Where answers come whole, or the server counts no tokens. */
const LATENCY: Across = {
  label: 'p50(e2e), ms (log): no time per token was measured',
  shortLabel: 'p50(e2e), ms (log)',
  word: 'ms p50(e2e)',
  type: 'log',
  of: ({ e2eMs }) => e2eMs?.p50.value,
};

interface Down {
  readonly label: string;
  readonly unit: string;
  readonly of: (point: FrontierPoint) => number;
}
const TOKENS: Down = {
  label: 'output tokens/s of the server',
  unit: 'tokens/s',
  of: (point) => point.outputTokensPerSecond,
};
const REQUESTS: Down = {
  label: 'finished req/s of the server',
  unit: 'req/s',
  of: (point) => point.completedRps,
};

export function drawFrontier(source: PlotSource): SizedDrawing {
  const view = tierView(source);
  const title = titled('Frontier: speed for one against throughput for all', view);
  const all = frontierOf(source);
  const noTpot = all.length > 0 && all.every((point) => INTERACTIVITY.of(point) === undefined);
  const across = noTpot ? LATENCY : INTERACTIVITY;
  const noTokens = all.length > 0 && all.every((point) => point.outputTokensPerSecond === 0);
  const down = noTokens ? REQUESTS : TOKENS;
  const points = all.filter((point) => across.of(point) !== undefined);
  const summary = summaryOf(source, points, across, down);
  const states = points.map((point) => verdictOf(point, view.tier.name));
  const svg = framePicture({
    size: sizeOf(source),
    id: `${source.idPrefix ?? ''}plot-frontier`,
    title,
    summary,
    legend: legendOf(source, points, states),
    panels: [frontierPanel(source, points, across, down, view.tier.name)],
  });
  return { title, summary, svg, table: tableOf(source, points, across, down) };
}

function verdictOf(point: FrontierPoint, tier: string) {
  return stateOf(point.tiers.find((each) => each.tier === tier)?.verdict ?? 'inconclusive');
}

function frontierPanel(
  source: PlotSource,
  points: readonly FrontierPoint[],
  across: Across,
  down: Down,
  tier: string,
) {
  const { axis } = source.question;
  const place = (point: FrontierPoint) => ({ x: across.of(point) ?? 0, y: down.of(point) });
  const earlier = (source.baseline?.points ?? [])
    .filter((point) => across.of(point) !== undefined)
    .map(place);
  const dots = points.map((point) => ({
    ...place(point),
    state: verdictOf(point, tier),
    dim: point.dominated,
    text: loadNumber(axis, point.load),
    tip: `${loadWords(axis, point.load)}: ${tellPoint(point, across, down)}`,
  }));
  const shown = [...dots, ...earlier];
  const x = domainOf(
    shown.map((dot) => dot.x),
    across.type,
  );
  const y = domainOf(
    shown.map((dot) => dot.y),
    'linear',
  );
  const empty = shown.length === 0;
  const ticks = empty ? [] : across.type === 'log' ? fittingTicks(source, x, figure) : evenTicks(x);
  return drawPanel(source, HEIGHT, {
    ...MARGINS,
    x: { type: across.type, domain: x, axis: null },
    y: { domain: y, axis: null },
    marks: [
      empty ? Plot.frame({ className: 'grid' }) : [],
      Plot.gridX(ticks, { className: 'grid' }),
      Plot.axisX(ticks, {
        className: 'axis',
        text: figure,
        label: across.label.length <= charactersIn(source, 1) ? across.label : across.shortLabel,
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 4,
      }),
      valueAxisMarks(empty ? [] : evenTicks(y), down.label, figure),
      Plot.line(earlier, { x: 'x', y: 'y', className: 'baseline' }),
      Plot.dot(earlier, { x: 'x', y: 'y', r: 3, className: 'baseline' }),
      Plot.line(dots, { x: 'x', y: 'y', className: 'trace' }),
      probeDots(dots),
      loadTexts(source, dots, x, y),
      points.length > 0 ? [] : noteMark(source, nothingYet(source)),
    ],
  });
}

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly dim: boolean;
}

/** Loads beside their points; where points crowd, only those that have room. */
function loadTexts(source: PlotSource, dots: readonly Dot[], x: Domain, y: Domain): Plot.Markish[] {
  const taken: Dot[] = [];
  const textWidth = (TEXT_CHARACTERS * CHARACTER_WIDTH) / innerWidth(source);
  for (const dot of dots) {
    const crowded = taken.some(
      (other) =>
        Math.abs(other.x - dot.x) < textWidth * (x[1] - x[0]) &&
        Math.abs(other.y - dot.y) < TEXT_HEIGHT * (y[1] - y[0]),
    );
    if (!crowded) taken.push(dot);
  }
  return [
    Plot.text(taken, {
      x: 'x',
      y: 'y',
      text: 'text',
      textAnchor: 'start',
      dx: 8,
      dy: -8,
      className: 'halo',
      strokeWidth: 3,
    }),
  ];
}

function domainOf(values: readonly number[], type: 'linear' | 'log'): Domain {
  if (values.length === 0) return type === 'log' ? [10, 10_000] : [0, 100];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (type === 'log') return [low / EDGE, high * EDGE];
  // Points that are nearly alike are not drawn apart as if they differed.
  const room = Math.max(high - low, LEAST_SPAN * high) * ROOM_BESIDE;
  return [Math.max(0, low - room), high + room];
}

function tellPoint(point: FrontierPoint, across: Across, down: Down): string {
  const beaten = point.dominated ? ', another load is better' : '';
  return `${figure(across.of(point) ?? 0)} ${across.word}, ${figure(down.of(point))} ${down.unit}${beaten}`;
}

function legendOf(
  source: PlotSource,
  points: readonly FrontierPoint[],
  states: ReturnType<typeof stateOf>[],
): LegendEntry[] {
  return [
    ...stateLegend(states),
    ...(points.length > 1
      ? [{ symbol: '<path d="M-9,0H9" class="trace"/>', text: 'in order of load' }]
      : []),
    ...(points.some((point) => point.dominated)
      ? [{ symbol: '<circle r="4.5" class="pass dim"/>', text: 'dim: another load is better' }]
      : []),
    ...(source.baseline === undefined
      ? []
      : [
          {
            symbol: '<path d="M-9,0H9" class="baseline"/>',
            text: plainText(source.baseline.name, 40),
          },
        ]),
  ];
}

function summaryOf(
  source: PlotSource,
  points: readonly FrontierPoint[],
  across: Across,
  down: Down,
): string {
  if (points.length === 0) return nothingYet(source);
  const { axis } = source.question;
  const best = points.reduce((a, b) => (down.of(b) > down.of(a) ? b : a));
  const beaten = points.filter((point) => point.dominated).length;
  const few = points.length === 1 ? 'One load' : `${points.length} loads`;
  return (
    `${few} measured, ${beaten} beaten by another. Most throughput at ` +
    `${loadWords(axis, best.load)}: ${tellPoint(best, across, down)}.`
  );
}

function tableOf(source: PlotSource, points: readonly FrontierPoint[], across: Across, down: Down) {
  return {
    columns: ['load', across.word, down.unit, 'beaten by another load'],
    rows: points.map((point) => [
      loadNumber(source.question.axis, point.load),
      figure(across.of(point) ?? 0),
      figure(down.of(point)),
      point.dominated ? 'yes' : 'no',
    ]),
  };
}
