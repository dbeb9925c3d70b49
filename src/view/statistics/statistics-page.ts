/**
 * What the numbers mean, for who has to act on them and is no statistician: one page without a script,
 * beside the API reference. Figures come from the formulas of the search (`example.ts`, `prices.ts`);
 * what those formulas are is in `core/search/README.md`.
 */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';
import { countText, numberText, percentText } from '../page/number-text.ts';
import { bracketFigure } from './bracket-figure.ts';
import { EXAMPLE, EXAMPLE_BRACKET, EXAMPLE_LOADS, NEEDED_ODDS } from './example.ts';
import { breaksSection, inconclusiveSection } from './limits.ts';
import { budgetSection, clusteringSection } from './what-it-costs.ts';

/** Odds beyond this are told as more than it: nobody needs the digits. */
const MAX_ODDS = 1_000;

export function statisticsMain(): Markup {
  return html`<article class="reading"><h1>How sure the numbers are</h1>
<p>A capacity is measured with a sample of requests, and another sample would have given another number.
This page says how Plimsoll deals with that, and what you may conclude.</p>
<nav aria-label="On this page"><ul>
<li><a href="#answer">What the answer says</a></li>
<li><a href="#bracket">Why a bracket and not a number</a></li>
<li><a href="#confidence">What the confidence means</a></li>
<li><a href="#clustering">What clustering costs</a></li>
<li><a href="#budget">What the budget buys</a></li>
<li><a href="#inconclusive">When it says inconclusive</a></li>
<li><a href="#breaks">What breaks it</a></li>
</ul></nav>
${answerSection()}
${bracketSection()}
${confidenceSection()}
${clusteringSection()}
${budgetSection()}
${inconclusiveSection()}
${breaksSection()}
</article>`;
}

function answerSection(): Markup {
  const { lower, upper } = EXAMPLE_BRACKET;
  return html`<section><h2 id="answer">What the answer says</h2>
<p>“Carries at least ${lower} concurrent requests at ${EXAMPLE.slo} (95 % confidence); ${upper} fails” says
three things:</p>
<dl class="facts">
<div><dt><code>capacity_at_least</code></dt><dd>${lower}: shown to meet the SLO. Ship this one.</dd></div>
<div><dt><code>capacity_below</code></dt><dd>${upper}: shown to miss the SLO.</dd></div>
<div><dt>between them</dt><dd>not known. The limit is somewhere there.</dd></div>
</dl>
<p><code>capacity_estimate</code> is where the limit most likely lies. It is a best guess and may well be too high:
plan with it, never promise it.</p>
<p>An end that could not be shown is not given: <code>capacity_at_least</code> is then 0 and
<code>capacity_below</code> <code>null</code>. No number is ever filled in.</p></section>`;
}

function bracketSection(): Markup {
  const { load } = EXAMPLE_LOADS.find(({ shown }) => shown === 'not yet') ?? { load: 0 };
  const near = EXAMPLE_LOADS.find((one) => one.load === EXAMPLE_BRACKET.lower);
  return html`<section><h2 id="bracket">Why a bracket and not a number</h2>
<p>${EXAMPLE.slo} is the same as: fewer than 1 % of the requests are late. So at each load the program
counts late requests, and a failed request is a late one. A count of ${near?.late} in ${countText(near?.requests ?? 0)} could be
the luck of a server that is really at ${percentText(near?.ratio.low ?? 0)} or at ${percentText(near?.ratio.high ?? 0)}.
What can be said is on which side of 1 % it surely is:</p>
<figure class="card">${bracketFigure()}
<figcaption>Circle: shown to pass. Cross: shown to fail. Hollow: not shown by itself. Upright lines: where the
true share may be, at 95 %. The counts are made up; all else follows from them.
<details><summary>The same as a table</summary>
<div class="scroll" role="region" aria-label="The example" tabindex="0"><table><thead><tr><th scope="col">Load</th>
<th scope="col">Late</th><th scope="col">Share</th><th scope="col">True share</th>
<th scope="col">Fits its side better</th><th scope="col">Shown</th></tr></thead><tbody>${EXAMPLE_LOADS.map(
    (
      one,
    ) => html`<tr><th scope="row">${one.load}</th><td class="number">${countText(one.late)} of ${countText(one.requests)}</td>
<td class="number">${percentText(one.ratio.value)}</td><td class="number">${percentText(one.ratio.low)} to ${percentText(one.ratio.high)}</td>
<td class="number">${oddsText(one.odds)}</td><td>${one.shown}</td></tr>`,
  )}</tbody></table></div></details></figcaption></figure>
<p>The nearer a load is to the limit, the more requests it takes to tell its side; exactly at the limit no number
of requests is enough. So there is always a gap, and its width is what you pay for.</p>
<p>A load passes when its counts fit a server under the limit ${numberText(NEEDED_ODDS.pass)} times better than one
at the limit, and fails at ${Math.round(NEEDED_ODDS.fail)} times. Such odds may be asked again and again while
requests come in, so a search stops as soon as it knows. Loads help each other: ${load} was not shown by itself
here, but a higher load passed, and less load is not worse. The program judges all loads together in this way.</p></section>`;
}

function confidenceSection(): Markup {
  return html`<section><h2 id="confidence">What the confidence means</h2>
<p>At 95 %, of 100 searches at most 5 name a lower end that the endpoint does not carry, and at most 5 an upper end
that it does carry: both ends are right in at least 90. It speaks of the method, not of one answer, and:</p>
<ul>
<li><strong>It is measured, not proved.</strong> The odds rest on an estimate of how requests cluster. So the
wrong ends are counted on simulated servers whose truth is known: of 100 searches on each of 21 servers at most
4 % had a wrong lower end, those that nothing was tuned on included. All figures, the weak ones too,
are in <code>test/bench/README.md</code> of the sources.</li>
<li><strong>Many answers have more wrong ones.</strong> A hundred searches a night may have five wrong lower
ends. The same goes for tiers: each has its own 5 %.</li>
<li><strong>It is about this question</strong>: this workload, this target, this hour.</li>
</ul>
<p>A gate passes at ${numberText(NEEDED_ODDS.pass)} times, too, because deployments act on it, and fails
at 20 times for one objective, 40 for two. <code>"confidence": 0.99</code> asks for 200 and 100, which takes about 1.4 times the
requests.</p></section>`;
}

function oddsText(odds: number): string {
  return odds > MAX_ODDS ? `over ${countText(MAX_ODDS)} times` : `${numberText(odds)} times`;
}
