/** The end of the page: what was measured against what, how the client kept up, how to ask again. */
import { html } from 'hono/html';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import { dataWords, tokenCountWords } from '../provenance-words.ts';
import type { Markup } from './layout.ts';
import {
  countText,
  msText,
  numberText,
  percentText,
  secondsText,
  timeText,
} from './number-text.ts';
import type { MeasuredAgainst, SearchView } from './search-view.ts';

export function measuredSection(view: SearchView): Markup {
  const { facts, provenance } = view;
  const { question } = facts;
  const rows: [string, string][] = [
    ['Target', question.target.baseUrl],
    ['SLO', question.tiers.map((tier) => `${tier.name}: ${tier.text}`).join('; ')],
    [
      'Confidence, resolution',
      `${percentText(question.confidence)}, ${percentText(question.resolution)}`,
    ],
    ['Budget', budgetText(view)],
    ['Seed', String(question.seed)],
    ['Created', utc(view.createdAtMs)],
  ];
  if (view.startedAtMs !== undefined) rows.push(['Started', utc(view.startedAtMs)]);
  if (view.endedAtMs !== undefined) rows.push(['Ended', utc(view.endedAtMs)]);
  if (provenance !== undefined) {
    rows.push(
      ['Model', provenance.model],
      ['Dialect', provenance.dialect],
      ['Address', provenance.resolvedAddress],
      ...targetSays(provenance.targetInfo),
      ...tokensAndData(provenance),
      ['Client', `Plimsoll ${provenance.plimsollVersion}, Node ${provenance.nodeVersion}`],
    );
  }
  return html`<section id="measured" data-region>
<h2>What was measured against what</h2>
<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h3>The client that measured</h3>
${healthFacts(view.probes)}
</section>`;
}

/** Its own words about itself, told apart from ours. */
function targetSays(info: MeasuredAgainst['targetInfo']): [string, string][] {
  const told = Object.entries(info).map(([name, value]) => `${name} ${value}`);
  return told.length === 0 ? [] : [['The target says', told.join(', ')]];
}

function tokensAndData({ tokenCounts, data = [] }: MeasuredAgainst): [string, string][] {
  const tokens: [string, string][] =
    tokenCounts === undefined ? [] : [['Tokens counted', tokenCountWords(tokenCounts)]];
  return [
    ...tokens,
    ...data.map((file): [string, string] => [`Data of ${file.part}`, dataWords(file)]),
  ];
}

function utc(atMs: number): string {
  return `${timeText(atMs)} UTC`;
}

function budgetText({ facts }: SearchView): string {
  const { loadSeconds, requests, outputTokens } = facts.question.budget;
  return `${secondsText(loadSeconds)} of load, ${countText(requests)} requests, ${countText(outputTokens)} output tokens`;
}

/** The worst over all probes: one late burst is what a reader has to know of. */
function healthFacts(probes: readonly ProbeReport[]): Markup {
  if (probes.length === 0) return html`<p>No probe has finished.</p>`;
  const worst = (of: (probe: ProbeReport) => number | undefined): number =>
    Math.max(0, ...probes.map((probe) => of(probe) ?? 0));
  const voided = probes.filter((probe) => probe.voided !== undefined).length;
  const rows: [string, string][] = [
    ['Voided probes', `${voided} of ${probes.length}`],
    ['Requests that could not be sent in time', countText(worst((p) => p.health.unsent))],
    ['Sending late, p99', msText(worst((p) => p.health.sendLagMsP99))],
    ['Event loop held up, longest', msText(worst((p) => p.health.eventLoopDelayMsMax))],
    ['Event loop used', percentText(worst((p) => p.health.eventLoopUtilisation))],
    ['Generators', numberText(worst((p) => p.health.generators))],
  ];
  return html`<p class="note">The worst of all probes.</p>
<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const REPORTS = [
  ['Report as HTML', 'html'],
  ['Markdown', 'markdown'],
  ['CSV', 'csv'],
  ['JUnit', 'junit'],
] as const;

export function reportPath({ kind, id }: SearchView['facts'], format: string): string {
  return `/v1/${kind === 'search' ? 'searches' : 'gates'}/${id}/report?format=${format}`;
}

/** The same question again, by hand or in a pipeline, and everything to download. */
export function repeatSection(view: SearchView): Markup {
  const { id, kind } = view.facts;
  const resource = `/v1/${kind === 'search' ? 'searches' : 'gates'}`;
  const path = `${resource}/${id}`;
  const curl = `curl -sS "$PLIMSOLL_URL${resource}" -H 'Content-Type: application/json' -d @question.json`;
  const links: [string, string][] = [
    ...REPORTS.map(([text, format]): [string, string] => [text, reportPath(view.facts, format)]),
    ['Whole, as JSON', path],
    ['Summary', `${path}/summary`],
    ['Frontier', `${path}/frontier`],
    ['Probes', `${path}/probes`],
    ['Raw requests, JSON lines', `${path}/requests`],
    ['Log for a replay', `${path}/log`],
  ];
  return html`<section id="repeat" data-region>
<h2>Ask it again</h2>
<p><a href="/new?kind=${kind}&from=${id}">Start with the same question</a>, or save it as <code>question.json</code> and, with the
address of the service in <code>PLIMSOLL_URL</code>:</p>
<pre tabindex="0" aria-label="Command"><code>${curl}</code></pre>
<details id="question"><summary>The question</summary><pre tabindex="0" aria-label="The question as JSON"><code>${view.questionJson}</code></pre></details>
<h2>Downloads</h2>
<ul class="row">${links.map(([text, href]) => html`<li><a href="${href}" data-download>${text}</a></li>`)}</ul>
</section>`;
}
