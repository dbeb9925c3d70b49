/** The list of searches and gates: each with its state and its sentence, newest first. */
import { html } from 'hono/html';
import type { SearchFacts } from '../search-facts.ts';
import { loadNumber, loadWords, sentenceOf } from '../sentence.ts';
import { verdictOf } from '../verdict.ts';
import type { Markup } from './layout.ts';
import { timeText } from './number-text.ts';
import { stateMark, verdictMark } from './state-mark.ts';

export interface ListView {
  readonly searches: readonly {
    readonly facts: SearchFacts;
    readonly createdAtMs: number;
    /** As the target named it, when it was asked. */
    readonly model: string | undefined;
  }[];
  readonly state?: string | undefined;
  /** Address of the next page, when there is one. */
  readonly older?: string | undefined;
}

const FILTERS = ['running', 'queued', 'done', 'failed', 'cancelled', 'expired'] as const;

export function listMain(view: ListView): Markup {
  return html`<h1>Searches and gates</h1>
<p><a class="button" href="/new">Start one</a></p>
<nav class="filters" aria-label="By state">${filterLink(undefined, view.state)}${FILTERS.map((state) => filterLink(state, view.state))}</nav>
<section id="list" data-region aria-label="Searches and gates">
${
  view.searches.length === 0
    ? html`<p>${view.state === undefined ? 'None has been started here yet.' : `None is ${view.state}.`}</p>`
    : html`<ul class="list">${view.searches.map(listItem)}</ul>`
}
${view.older === undefined ? '' : html`<p><a href="${view.older}">Older ones</a></p>`}
</section>`;
}

function filterLink(state: string | undefined, current: string | undefined): Markup {
  const href = state === undefined ? '/' : `/?state=${state}`;
  return state === current
    ? html`<a href="${href}" aria-current="true">${state ?? 'all'}</a>`
    : html`<a href="${href}">${state ?? 'all'}</a>`;
}

/** Tiers beyond these are counted: an item of the list is two lines. */
const NAMED_TIERS = 2;

/** What was asked, for which a sentence has no room before there is an answer. */
function askedText({ kind, question }: SearchFacts): Markup {
  const { axis, tiers, minLoad, maxLoad } = question;
  const slo = tiers.slice(0, NAMED_TIERS).map((tier) => tier.text);
  const more = tiers.length > NAMED_TIERS ? ` and ${tiers.length - NAMED_TIERS} more tiers` : '';
  const load =
    kind === 'gate'
      ? `at least ${loadWords(axis, maxLoad)}`
      : `${loadNumber(axis, minLoad)} to ${loadWords(axis, maxLoad)}`;
  return html`<code>${slo.join('; ')}</code>${more}, ${load}`;
}

function listItem({ facts, createdAtMs, model }: ListView['searches'][number]): Markup {
  const { question } = facts;
  const path = facts.kind === 'search' ? 'searches' : 'gates';
  const said = verdictOf(facts);
  // A search that failed has no verdict of its own worth a mark beside "failed".
  const verdict =
    facts.state !== 'done' || said === 'none' || said === 'pending'
      ? ''
      : html` ${verdictMark(said)}`;
  const labels = Object.entries(question.labels).map(
    ([name, value]) => html` <span class="label">${name}=${value}</span>`,
  );
  return html`<li class="card"><p class="eyebrow">${stateMark(facts.state)}${verdict} <span>${facts.kind}</span>
<time datetime="${new Date(createdAtMs).toISOString()}">${timeText(createdAtMs)}</time>${labels}</p>
<p class="answer"><a id="to-${facts.id}" href="/${path}/${facts.id}">${sentenceOf(facts)}</a></p>
<p class="note">${askedText(facts)}</p>
<p class="note">${question.target.model ?? model ?? 'the one model'} at <span class="address">${question.target.baseUrl}</span>${question.policy === undefined ? '' : `, policy ${question.policy}`}</p></li>`;
}
