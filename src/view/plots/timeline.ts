/**
 * What happened: each probe as a span of wall time at its load, settling and window apart, with how it
 * ended. Below, what went wrong in it and how many requests were in flight.
 */
import * as Plot from '@observablehq/plot';
import { loadNumber, loadWords } from '../sentence.ts';
import { drawPanel, framePicture, type LegendEntry, sizeOf } from './frame.ts';
import { loadDomain, logTicks } from './load-axis.ts';
import { charactersIn, MARGINS, noteMark, valueAxisMarks } from './load-marks.ts';
import { figure, grouped, LOAD_UNITS, percentText } from './numbers.ts';
import type { PlotSource, SizedDrawing } from './plot-source.ts';
import { countStates, PROBE_STATES, type ProbeState, stateLegend } from './probe-marks.ts';
import {
  nothingYet,
  stateInPlot,
  type TierView,
  tierView,
  titled,
  validFrom,
} from './tier-view.ts';
import { type Span, smallPanel, timeAxis } from './timeline-panels.ts';

const MAIN_HEIGHT = 250;
/** Half the height of a span, as a factor of its load's place. */
const HALF_SPAN = 0.022;
/** Room for the sign over the uppermost span, as a factor. */
const SIGN_ROOM = 1.3;

export function drawTimeline(source: PlotSource): SizedDrawing {
  const view = tierView(source);
  const title = titled('Probes over time', view);
  const spans = spansOf(source, view);
  const summary = summaryOf(source, spans);
  const seconds = Math.max(
    ...spans.map((span) => span.end),
    view.running ? budgetSeconds(source) : 1,
  );
  const svg = framePicture({
    size: sizeOf(source),
    id: `${source.idPrefix ?? ''}plot-timeline`,
    title,
    summary,
    legend: legendOf(spans),
    panels: [
      loadPanel(source, view, spans, seconds),
      smallPanel(source, spans, seconds, 'failed, %', (span) => span.failedRatio, 'bar'),
      smallPanel(source, spans, seconds, 'in flight', (span) => span.report.meanInFlight, 'flow'),
    ],
  });
  return { title, summary, svg, table: tableOf(source, spans) };
}

/** While it runs, the axis ends where the budget of load ends. */
function budgetSeconds({ question }: PlotSource): number {
  return question.budget.loadSeconds;
}

function spansOf(source: PlotSource, view: TierView): Span[] {
  const firstMs = Math.min(...source.probes.map((report) => report.startedAtMs));
  return source.probes.map((report) => {
    const start = (report.startedAtMs - firstMs) / 1_000;
    const windowStart = start + report.settleMs / 1_000;
    const windowEnd = windowStart + report.windowMs / 1_000;
    const ok = (report.outcomes.ok ?? 0) + (report.outcomes.pending ?? 0);
    // Ended by us, or met a connection that the server had closed: sent again, and no fault of it.
    const ours = (report.outcomes.cancelled ?? 0) + (report.outcomes.stale_connection ?? 0);
    const failed = report.requests - ok - ours;
    return {
      report,
      state: stateInPlot(source, view, report),
      start,
      windowStart: Math.min(windowStart, start + report.loadMs / 1_000),
      windowEnd,
      end: Math.max(windowEnd, start + report.loadMs / 1_000),
      failedRatio: report.requests === 0 ? 0 : Math.max(0, failed) / report.requests,
    };
  });
}

function loadPanel(source: PlotSource, view: TierView, spans: readonly Span[], seconds: number) {
  const { axis } = source.question;
  const loads = spans.map((span) => span.report.load);
  const [bottom, most] = loadDomain(
    source.question,
    view.running,
    loads,
    source.result?.tiers ?? [],
  );
  const domain = [bottom, most * SIGN_ROOM] as const;
  const half = Math.log(domain[1] / domain[0]) * HALF_SPAN;
  const low = (span: Span): number => span.report.load * Math.exp(-half);
  const high = (span: Span): number => span.report.load * Math.exp(half);
  const { lower, upper } = view.result ?? {};
  const band = [{ from: lower ?? domain[0], to: upper ?? domain[1] }];
  const path = spans.flatMap((span) => [
    { x: span.start, y: span.report.load },
    { x: span.end, y: span.report.load },
  ]);
  return drawPanel(source, MAIN_HEIGHT, {
    ...MARGINS,
    marginBottom: 22,
    x: { domain: [0, seconds], axis: null },
    y: { type: 'log', domain, axis: null },
    marks: [
      lower === undefined && upper === undefined
        ? []
        : Plot.rectY(band, { y1: 'from', y2: 'to', className: bandClass(lower, upper) }),
      timeAxis(seconds, undefined),
      valueAxisMarks(logTicks(domain), `load, ${LOAD_UNITS[axis]} (log)`, (load) =>
        grouped(Number(loadNumber(axis, load))),
      ),
      Plot.line(path, { x: 'x', y: 'y', className: 'trace' }),
      Plot.rect(spans, { x1: 'start', x2: 'windowStart', y1: low, y2: high, className: 'settle' }),
      PROBE_STATES.map((state) =>
        Plot.rect(
          spans.filter((span) => span.state === state),
          {
            x1: 'windowStart',
            x2: 'windowEnd',
            y1: low,
            y2: high,
            className: `window ${state}`,
            title: (span: Span) => tipOf(source, span),
          },
        ),
      ),
      endTexts(source, spans, seconds),
      changeMark(source, spans),
      spans.length > 0 ? [] : noteMark(source, nothingYet(source)),
    ],
  });
}

function bandClass(lower: number | undefined, upper: number | undefined): string {
  return lower === undefined || upper === undefined ? 'bracket-open' : 'bracket';
}

const END_SIGNS: Readonly<Record<ProbeState, string>> = {
  pass: '✓',
  fail: '✕',
  undecided: '?',
  void: 'void',
};

/** Of a sign, a blank and "again". */
const AGAIN_CHARACTERS = 7;

/** A sign over each probe, and the word for one that measures an earlier load again. */
function endTexts(source: PlotSource, spans: readonly Span[], seconds: number): Plot.Markish {
  const room = (span: Span): number => charactersIn(source, (span.end - span.start) / seconds);
  // A probe too narrow for its sign carries none, and says its "again" where that has room, too.
  const wide = spans.filter((span) => room(span) >= 1);
  return Plot.text(wide, {
    x: (span: Span) => (span.start + span.end) / 2,
    y: (span: Span) => span.report.load,
    text: (span: Span) =>
      span.report.phase === 'recheck' && room(span) >= AGAIN_CHARACTERS
        ? `${END_SIGNS[span.state]} again`
        : END_SIGNS[span.state],
    dy: -14,
    className: 'halo',
    strokeWidth: 3,
  });
}

/** Where the target was found to have changed: what is left of it no longer counts. */
function changeMark(source: PlotSource, spans: readonly Span[]): Plot.Markish[] {
  const first = spans.find((span) => span.report.probe === validFrom(source));
  if (first === undefined || validFrom(source) === 0) return [];
  return [
    Plot.ruleX([first.start], { className: 'slo-other' }),
    Plot.text([first.start], {
      x: (seconds: number) => seconds,
      text: () => 'the target changed',
      frameAnchor: 'bottom',
      textAnchor: 'start',
      dx: 5,
      dy: -6,
      className: 'halo',
      strokeWidth: 4,
    }),
  ];
}

function tipOf(source: PlotSource, span: Span): string {
  const { report, state, failedRatio } = span;
  const load = loadWords(source.question.axis, report.load);
  const why = report.voided === undefined ? '' : `\n${report.voided}`;
  return (
    `probe ${report.probe}, ${report.phase}: ${load}, ${state}${why}\n` +
    `settles ${figure(report.settleMs / 1_000)} s, window ${figure(report.windowMs / 1_000)} s, ` +
    `${report.requests} requests, ${percentText(failedRatio)} failed`
  );
}

function legendOf(spans: readonly Span[]): LegendEntry[] {
  if (spans.length === 0) return [];
  const states = spans.map(({ state }) => state);
  const windows = stateLegend(states).map(({ text }, i) => {
    const state = PROBE_STATES.filter((each) => states.includes(each))[i] ?? 'pass';
    return {
      symbol: `<path d="M-8,-5H8V5H-8Z" class="window ${state}"/>`,
      text: `${END_SIGNS[state] === 'void' ? '' : `${END_SIGNS[state]} `}${text}`,
    };
  });
  return [
    { symbol: '<path d="M-8,-5H8V5H-8Z" class="settle"/>', text: 'ramp and settling' },
    ...windows,
  ];
}

function summaryOf(source: PlotSource, spans: readonly Span[]): string {
  const last = spans.at(-1);
  if (last === undefined) return nothingYet(source);
  const again = spans.filter((span) => span.report.phase === 'recheck').length;
  const rechecks = again === 0 ? '' : ` ${again} measured an earlier load again.`;
  const loadSeconds = spans.reduce((sum, span) => sum + span.report.loadMs / 1_000, 0);
  return (
    `${spans.length} ${spans.length === 1 ? 'probe' : 'probes'} in ${figure(last.end)} s of wall time, ` +
    `${figure(loadSeconds)} s under load: ${countStates(spans.map(({ state }) => state))}.${rechecks}`
  );
}

function tableOf(source: PlotSource, spans: readonly Span[]) {
  const { axis } = source.question;
  return {
    columns: [
      'probe',
      'phase',
      'load',
      'start, s',
      'settle, s',
      'window, s',
      'in flight',
      'failed',
      'verdict',
    ],
    rows: spans.map((span) => [
      String(span.report.probe),
      span.report.phase,
      loadNumber(axis, span.report.load),
      figure(span.start),
      figure(span.report.settleMs / 1_000),
      figure(span.report.windowMs / 1_000),
      figure(span.report.meanInFlight),
      percentText(span.failedRatio),
      span.state,
    ]),
  };
}
