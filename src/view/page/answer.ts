/** The first thing on the page of a search: the answer, or the state of knowledge, as a sentence. */
import { html } from 'hono/html';
import type { TierResult, Warning } from '../../core/search/answer/result.ts';
import { loadNumber, loadWords, sentenceOf } from '../sentence.ts';
import { summaryOf } from '../summary.ts';
import type { Markup } from './layout.ts';
import { numberText, percentText } from './number-text.ts';
import { hasEnded, type SearchView } from './search-view.ts';
import { stateMark, verdictMark } from './state-mark.ts';

export function answerSection(view: SearchView): Markup {
  const { facts } = view;
  const { target, policy, labels } = facts.question;
  const labelled = Object.entries(labels).map(
    ([name, value]) => html` <span class="label">${name}=${value}</span>`,
  );
  const { verdict: said } = summaryOf(facts);
  // A search asks for a number; a gate for a yes or no, which comes at its end.
  const verdict = said === 'none' || said === 'pending' ? '' : html` ${verdictMark(said)}`;
  return html`<section id="answer" data-region>
<p class="eyebrow">${stateMark(facts.state)}${verdict} <span>${target.model ?? view.provenance?.model ?? 'the one model'} at
<span class="address">${target.baseUrl}</span></span>${policy === undefined ? '' : html` <span>policy ${policy}</span>`}${labelled}</p>
<h1>${sentenceOf(facts)}</h1>
</section>`;
}

/** Bracket, estimate and goodput of each tier. Empty before the first probe. */
export function tiersSection(view: SearchView): Markup {
  const { question, result } = view.facts;
  const rows = (result?.tiers ?? []).map((tier) => tierRow(view, tier));
  return html`<section id="tiers" data-region>${
    rows.length === 0
      ? ''
      : html`<h2>What is known</h2>
<div class="scroll" role="region" aria-label="What is known" tabindex="0"><table>
<thead><tr><th scope="col" class="wide">SLO</th><th scope="col">Shown to pass</th><th scope="col">Shown to fail</th>
<th scope="col">Estimate</th><th scope="col">Goodput there</th><th scope="col">Most goodput</th>
<th scope="col">Limited by</th></tr></thead>
<tbody>${rows}</tbody></table></div>
<p class="note">Loads are ${question.axis === 'concurrency' ? 'concurrent requests' : 'requests per second'}.
Each end of a bracket is wrong in at most ${percentText(1 - question.confidence)} of searches; the estimate
is where the SLO most likely breaks, not a promise.</p>`
  }</section>`;
}

function tierRow(view: SearchView, tier: TierResult): Markup {
  const { question } = view.facts;
  const { axis } = question;
  const spec = question.tiers.find((one) => one.name === tier.tier);
  const bound = spec?.objectives.find((one) => one.id === tier.bindingObjective)?.text;
  const load = (value: number | undefined): string =>
    value === undefined ? (hasEnded(view.facts) ? 'none' : 'none yet') : loadNumber(axis, value);
  const { estimate, maxGoodput } = tier;
  const name = question.tiers.length > 1 ? html`<strong>${tier.tier}</strong> ` : '';
  return html`<tr><th scope="row">${name}<code>${spec?.text ?? tier.tier}</code></th>
<td class="number">${load(tier.lower)}</td><td class="number">${load(tier.upper)}</td>
<td class="number">${estimate === undefined ? load(undefined) : html`${loadNumber(axis, estimate.load)} ${range(estimate.low, estimate.high, (x) => loadNumber(axis, x))}`}</td>
<td class="number">${tier.goodputRps === undefined ? '–' : `${numberText(tier.goodputRps)} req/s`}</td>
<td class="number">${maxGoodput === undefined ? '–' : `${numberText(maxGoodput.rps)} req/s at ${loadNumber(axis, maxGoodput.load)}`}</td>
<td>${bound ?? '–'}</td></tr>`;
}

/** `(97 to 103)`; an open end is said, not left out. */
export function range(
  low: number | undefined,
  high: number | undefined,
  text: (value: number) => string,
): string {
  if (low === undefined && high === undefined) return '';
  if (low === undefined) return `(up to ${text(high ?? 0)})`;
  if (high === undefined) return `(${text(low)} or more)`;
  return `(${text(low)} to ${text(high)})`;
}

/** What makes the answer weaker than its numbers look. */
export function warningsSection(view: SearchView): Markup {
  const { question, result } = view.facts;
  const warnings = result?.warnings ?? [];
  return html`<section id="warnings" data-region>${
    warnings.length === 0
      ? ''
      : html`<h2>To be careful about</h2><ul>${warnings.map((one) => html`<li>${warningText(one, (load) => loadWords(question.axis, load))}</li>`)}</ul>`
  }</section>`;
}

export function warningText(warning: Warning, load: (value: number) => string): string {
  switch (warning.kind) {
    case 'inversion':
      return `Inversion (${warning.tier}): ${load(warning.passedLoad)} passed although ${load(warning.failedLoad)} had failed; the lower load rules.`;
    case 'drift':
      return `Drift: at probe ${warning.atProbe} the same load took ${numberText(warning.ratio)} times as long as before; ${warning.droppedProbes} earlier probes were dropped.`;
    case 'hysteresis':
      return `Hysteresis: at probe ${warning.atProbe} the server stayed slow at ${load(warning.load)} after a higher load.`;
    case 'missing_measurement':
      return `Not measured (${warning.tier}): ${warning.objective}: ${warning.reason}.`;
  }
}
