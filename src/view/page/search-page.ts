/** The page of one search, top to bottom: answer, what happens now, plots, evidence, provenance. */
import { html } from 'hono/html';
import { sentenceOf } from '../sentence.ts';
import { answerSection, tiersSection, warningsSection } from './answer.ts';
import { evidenceSection } from './evidence-table.ts';
import { gateEvidenceSection } from './gate-evidence.ts';
import type { Markup } from './layout.ts';
import { measuredSection, repeatSection } from './measured-against.ts';
import { partsSection } from './parts-table.ts';
import { plotFigure } from './plot-figure.ts';
import { progressSection } from './progress.ts';
import { hasEnded, type PlotFigure, type SearchView } from './search-view.ts';

/** Longest title of a tab that anyone sees. */
const MAX_TITLE_CHARS = 80;

/** The script reads from `data-…` what to follow, and exchanges the parts marked `data-region`. */
export function searchMain(view: SearchView): Markup {
  const { facts } = view;
  return html`<div id="search" data-id="${facts.id}" data-kind="${facts.kind}"
data-ended="${hasEnded(facts) ? 'true' : 'false'}" data-last-event="${view.lastEventId}">
${answerSection(view)}
${progressSection(view)}
${tiersSection(view)}
${gateEvidenceSection(view.facts)}
${warningsSection(view)}
${plotsSection(view.plots)}
${evidenceSection(view)}
${partsSection(view)}
${measuredSection(view)}
${repeatSection(view)}
</div>`;
}

export function searchTitle(view: SearchView): string {
  return sentenceOf(view.facts).slice(0, MAX_TITLE_CHARS);
}

function plotsSection(plots: readonly PlotFigure[]): Markup {
  return html`<section class="plots" aria-label="Plots">${plots.map(({ name, drawing }) => plotFigure(name, drawing))}</section>`;
}

/** The question before load is stopped; `src/page/abort.js` opens it. */
export function abortDialog(): Markup {
  return html`<dialog id="abort-dialog" aria-labelledby="abort-heading">
<h2 id="abort-heading">Abort it?</h2>
<p>The load stops within a second. What is known by then stays, and it cannot be carried on.</p>
<p class="fault" id="abort-fault" role="alert"></p>
<p class="buttons"><button type="button" data-action="keep" autofocus>Let it run</button>
<button type="button" class="danger" data-action="confirm-abort">Abort</button></p>
</dialog>`;
}
