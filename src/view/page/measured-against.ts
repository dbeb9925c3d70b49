/** The end of the page: what was measured against what, how the client kept up, how to ask again. */
import { html } from 'hono/html';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { Markup } from './layout.ts';
import {
  countText,
  msText,
  numberText,
  percentText,
  secondsText,
  timeText,
} from './number-text.ts';
import type { SearchView } from './search-view.ts';

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
    ['Created', timeText(view.createdAtMs)],
  ];
  if (view.startedAtMs !== undefined) rows.push(['Started', timeText(view.startedAtMs)]);
  if (view.endedAtMs !== undefined) rows.push(['Ended', timeText(view.endedAtMs)]);
  if (provenance !== undefined) {
    rows.push(
      ['Model', provenance.model],
      ['Dialect', provenance.dialect],
      ['Address', provenance.resolvedAddress],
      ...Object.entries(provenance.targetInfo),
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

/** The same question again, by hand or in a pipeline, and everything to download. */
export function repeatSection(view: SearchView): Markup {
  const { id, kind } = view.facts;
  const resource = `/v1/${kind === 'search' ? 'searches' : 'gates'}`;
  const path = `${resource}/${id}`;
  const curl = `curl -s "$PLIMSOLL${resource}" -H 'Content-Type: application/json' -d @question.json`;
  const links: [string, string][] = [
    ['Report', `${path}/report?format=html`],
    ['Whole, as JSON', path],
    ['Summary', `${path}/summary`],
    ['Frontier', `${path}/frontier`],
    ['Probes', `${path}/probes`],
    ['Raw requests, JSON lines', `${path}/requests`],
    ['Log for a replay', `${path}/log`],
  ];
  return html`<section id="repeat" data-region>
<h2>Ask it again</h2>
<p><a href="/new?kind=${kind}&from=${id}">Start with the same question</a>, or save it as <code>question.json</code> and:</p>
<pre tabindex="0" aria-label="Command"><code>${curl}</code></pre>
<details id="question"><summary>The question</summary><pre tabindex="0" aria-label="The question as JSON"><code>${view.questionJson}</code></pre></details>
<h2>Downloads</h2>
<ul class="row">${links.map(([text, href]) => html`<li><a href="${href}" data-download>${text}</a></li>`)}</ul>
</section>`;
}
