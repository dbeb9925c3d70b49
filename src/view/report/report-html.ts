/**
 * The report as one HTML file: nothing is fetched, nothing runs. It shows what the page of the search
 * shows, and beside it the tails, which need the raw requests, and the question as command and policy.
 * Everything that came from outside goes through hono's `html`, which escapes it.
 */
import { html, raw } from 'hono/html';
import { answerSection, tiersSection, warningsSection } from '../page/answer.ts';
import { evidenceSection } from '../page/evidence-table.ts';
import { gateEvidenceSection } from '../page/gate-evidence.ts';
import type { Markup } from '../page/layout.ts';
import { measuredSection } from '../page/measured-against.ts';
import { timeText } from '../page/number-text.ts';
import { partsSection } from '../page/parts-table.ts';
import { plotFigure } from '../page/plot-figure.ts';
import type { SearchView } from '../page/search-view.ts';
import type { PlotName, PlotSource } from '../plots/plots.ts';
import { drawPlot, PLOT_NAMES } from '../plots/plots.ts';
import { sentenceOf } from '../sentence.ts';
import { MAX_PLOTTED_TIERS } from './plotted-tiers.ts';
import { curlCommand } from './repeat.ts';
import type { ReportSource } from './report-source.ts';

/** Longest title of a tab that anyone sees. */
const MAX_TITLE_CHARS = 80;
const FORMAT_LINKS = ['markdown', 'csv', 'junit', 'openmetrics', 'benchmark-report'] as const;

/** A file that is mailed and kept: one that grows over this leaves out what says least, and says so. */
export const MAX_REPORT_BYTES = 300_000;

/** How much is shown of what grows with tiers and probes. */
interface Extent {
  readonly plottedTiers: number;
  readonly judgedTiers: number;
  /** The last so many. */
  readonly probes: number;
}

const ALL = Number.POSITIVE_INFINITY;
/** From the whole to the least; the first that fits is taken. */
const EXTENTS: readonly [Extent, ...Extent[]] = [
  { plottedTiers: MAX_PLOTTED_TIERS, judgedTiers: ALL, probes: ALL },
  { plottedTiers: 1, judgedTiers: ALL, probes: ALL },
  { plottedTiers: 1, judgedTiers: 1, probes: ALL },
  { plottedTiers: 1, judgedTiers: 1, probes: 100 },
  { plottedTiers: 1, judgedTiers: 1, probes: 25 },
];

/**
 * `style` is the pages' style sheet with that of the plots, `policy` what the file may do in a browser
 * wherever it is opened.
 */
export function renderHtml(source: ReportSource, style: string, policy: string): string {
  let text = '';
  for (const extent of EXTENTS) {
    text = render(source, extent, style, policy);
    if (Buffer.byteLength(text) <= MAX_REPORT_BYTES) return text;
  }
  return text;
}

function render(whole: ReportSource, extent: Extent, style: string, policy: string): string {
  const source = { ...whole, probes: whole.probes.slice(-extent.probes) };
  const view = viewOf(source);
  const title = sentenceOf(source.facts).slice(0, MAX_TITLE_CHARS);
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Plimsoll</title>
<style>${raw(style)}</style>
</head>
<body>
<header class="top"><p class="brand"><span class="plimsoll" aria-hidden="true"></span>Plimsoll report</p></header>
<main>
${answerSection(view)}
${warningsSection(view)}
${tiersSection(view)}
${gateEvidenceSection(source.facts)}
${leftOut(whole, extent)}
${plotsSection(source, extent.plottedTiers)}
${evidenceSection(view, extent.judgedTiers)}
${partsSection(view)}
${measuredSection(view)}
${repeatSection(source)}
</main>
<footer class="bottom"><p>${footer(source)}</p></footer>
</body>
</html>
`;
  return String(document);
}

function viewOf(source: ReportSource): SearchView {
  const { facts, createdAtMs, startedAtMs, endedAtMs, probes, provenance, repeat } = source;
  const questionJson = JSON.stringify(repeat.question, null, 2);
  const known = { facts, createdAtMs, startedAtMs, endedAtMs, probes, provenance, questionJson };
  return { ...known, lastEventId: 0, plots: [] };
}

/** What a reader would miss, when anything was left out for the size; else empty. */
function leftOut({ facts, probes }: ReportSource, extent: Extent): Markup | '' {
  const { tiers } = facts.question;
  const first = tiers[0]?.name ?? '';
  const shown = [
    extent.plottedTiers < Math.min(MAX_PLOTTED_TIERS, tiers.length)
      ? `plots only for ${first}`
      : '',
    extent.judgedTiers < tiers.length ? `probes judged only by ${first}` : '',
    extent.probes < probes.length ? `the last ${extent.probes} of ${probes.length} probes` : '',
  ].filter((what) => what !== '');
  if (shown.length === 0) return '';
  return html`<p class="note" id="left-out">So that this file stays small it has ${shown.join(', ')}. The JSON of the search has all.</p>`;
}

/** All five for the first tier; of the other tiers those two that differ. */
function plotsSection(source: ReportSource, plottedTiers: number): Markup {
  const { question } = source.facts;
  const [first, ...others] = question.tiers.map((tier) => tier.name);
  const drawn = PLOT_NAMES.map((name) => figure(name, source, first ?? '', 0));
  const more = others
    .slice(0, plottedTiers - 1)
    .flatMap((tier, i) =>
      (['latency', 'tail'] as const).map((name) => figure(name, source, tier, i + 1)),
    );
  return html`<section class="plots" aria-label="Plots">${[...drawn, ...more]}</section>`;
}

function figure(name: PlotName, source: ReportSource, tier: string, place: number): Markup {
  // Ids are by place: a tier's name may hold whatever its author liked.
  return plotFigure(`${name}-${place}`, drawPlot(name, plotSource(source, tier, place)));
}

function plotSource(source: ReportSource, tier: string, place: number): PlotSource {
  const { facts, probes, tails } = source;
  const { question, state, result } = facts;
  const known = { question, state, probes, tier, idPrefix: `tier-${place}-` };
  return {
    ...known,
    ...(result === undefined ? {} : { result }),
    ...(tails === undefined ? {} : { tails }),
  };
}

function repeatSection({ repeat }: ReportSource): Markup {
  return html`<section>
<h2>How to repeat it</h2>
<p>As a call, with the address of the service in <code>PLIMSOLL_URL</code>:</p>
<pre tabindex="0" role="region" aria-label="Command"><code>${curlCommand(repeat)}</code></pre>
<p>As a policy file, for the service's folder of policies:</p>
<pre tabindex="0" role="region" aria-label="Policy file"><code>${repeat.policyYaml}</code></pre>
</section>`;
}

function footer(source: ReportSource): string {
  const { facts, provenance } = source;
  const made = provenance === undefined ? 'Plimsoll' : `Plimsoll ${provenance.plimsollVersion}`;
  const formats = FORMAT_LINKS.join(', ');
  const ended = source.endedAtMs === undefined ? '' : `, ended ${timeText(source.endedAtMs)} UTC`;
  return `${made}, ${facts.kind} ${facts.id}${ended}. The same report has other formats: ${formats}. What the confidence means and when it fails: /docs/statistics of any Plimsoll service.`;
}
