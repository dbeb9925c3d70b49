/**
 * What happens now and what is left. Only what is known is drawn: the budget that was used, the longest
 * time that the burst may take, and what it still needs in the controller's words. How far the search
 * is nobody knows, so no bar says it. `data-live` marks what the page's script writes between two
 * exchanges of the section.
 */
import { html } from 'hono/html';
import { loadWords } from '../sentence.ts';
import type { Markup } from './layout.ts';
import { reportPath } from './measured-against.ts';
import { countText, secondsText } from './number-text.ts';
import { hasEnded, type SearchView } from './search-view.ts';

export function progressSection(view: SearchView): Markup {
  if (hasEnded(view.facts)) {
    return html`<section id="now" data-region><p class="buttons"><a class="button"
href="${reportPath(view.facts, 'html')}" data-download>Open the report</a></p></section>`;
  }
  return html`<section id="now" class="card" data-region aria-labelledby="now-heading">
<h2 id="now-heading">Now</h2>
<p>${nowText(view)}</p>
<dl class="facts">
${view.current === undefined ? '' : burstFacts(view)}
${budgetFacts(view)}
</dl>
${view.plan === undefined ? '' : html`<p class="note">${view.plan}</p>`}
<p><button type="button" class="danger" data-action="abort">Abort this ${view.facts.kind}</button></p>
</section>`;
}

function nowText({ facts, current, waitingBefore, startedAtMs }: SearchView): string {
  if (facts.state === 'queued') {
    const before = waitingBefore ?? 0;
    if (before === 0) return 'Waiting for its turn: one search at a time loads a target.';
    return `Waiting for its turn; ${before === 1 ? 'one was' : `${countText(before)} were`} before it when it came.`;
  }
  if (current === undefined) {
    return startedAtMs === undefined ? 'Starting.' : 'Between two bursts, or checking the target.';
  }
  const again = current.attempt > 1 ? `, attempt ${current.attempt}` : '';
  return `Probe ${current.probe} at ${loadWords(facts.question.axis, current.load)} (${current.phase}${again}): ${current.reason}.`;
}

function burstFacts({ current }: SearchView): Markup {
  if (current === undefined) return html``;
  const longest = (current.settleMs + current.windowMs) / 1_000;
  return html`<div><dt>This burst</dt><dd><span data-live="elapsed" data-elapsed-ms="${Math.round(current.elapsedMs)}">${secondsText(current.elapsedMs / 1_000)}</span>
of at most ${secondsText(longest)}, <span data-live="requests">${countText(current.requests)}</span> requests so far</dd></div>
<div><dt>It still needs</dt><dd data-live="needs">${needsText(current.needs)}</dd></div>`;
}

function budgetFacts({ facts, current }: SearchView): Markup {
  const { budget } = facts.question;
  const spent = facts.result?.loadSeconds ?? 0;
  const used = Math.min(budget.loadSeconds, spent + (current?.elapsedMs ?? 0) / 1_000);
  const left = budget.loadSeconds - used;
  const requests = facts.result?.requests ?? 0;
  return html`<div><dt>Load</dt><dd><meter data-live="meter" aria-label="Seconds of load used" min="0"
max="${budget.loadSeconds}" value="${Math.round(used)}" data-spent-seconds="${spent}"></meter>
<span data-live="load">${secondsText(used)} of ${secondsText(budget.loadSeconds)} used, at most ${secondsText(left)} left</span></dd></div>
<div><dt>Requests</dt><dd>${countText(requests)} of ${countText(budget.requests)} used by finished probes</dd></div>`;
}

/** At its last look the controller says in one word why the burst ends. */
const END_WORD = /^[a-z_]+$/;

function needsText(needs: string | undefined): string {
  if (needs === undefined) return 'not told yet: it settles first';
  return END_WORD.test(needs) ? 'nothing more: it ends now' : needs;
}
