/** The sections of the page on statistics that say what certainty costs: clustering and the budget. */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';
import { countText, numberText, percentText, secondsText } from '../page/number-text.ts';
import {
  CLUSTERED_PRICES,
  DESIGN_EFFECTS,
  EXAMPLE_RPS,
  PRICES,
  type Price,
  WIDTHS,
} from './prices.ts';

/** Prices are orders of magnitude; more digits would pretend otherwise. */
const PRICE_DIGITS = 2;

export function clusteringSection(): Markup {
  return html`<section><h2 id="clustering">What clustering costs</h2>
<p>Requests share a server: one long prompt makes a dozen neighbours late at once, and twelve late requests from one
hiccup say as much as one. The <em>design effect</em> D is how many requests are worth one independent one.
The program estimates it from how late requests bunch over time, and divides by it. It is never taken
to be under 1.5, because a short look underrates it.</p>
<div class="scroll" role="region" aria-label="What clustering costs" tabindex="0"><table>
<thead><tr><th scope="col">D</th><th scope="col">1,000 requests are worth</th>
<th scope="col">Requests that pass a p99, none late</th></tr></thead><tbody>${DESIGN_EFFECTS.map(
    (effect, i) =>
      html`<tr><th scope="row">${numberText(effect)}</th><td class="number">${countText(1_000 / effect)}</td>
<td class="number">${priceText(CLUSTERED_PRICES[i] ?? 0)}</td></tr>`,
  )}</tbody></table></div>
<p>Who ignores it is wrong far more often than they say. Bursty arrivals and long prompts beside short ones raise D;
a gate tells it for each objective (<code>design_effect</code>).</p></section>`;
}

export function budgetSection(): Markup {
  const [narrow, , wide] = WIDTHS;
  const p99 = PRICES.find(({ slo }) => slo === 'p99');
  return html`<section><h2 id="budget">What the budget buys</h2>
<p>Requests, and with them certainty. For an endpoint with D = 1.5 whose odds of a late request grow as the fourth
power of the load, at 95 %, in requests:</p>
<div class="scroll" role="region" aria-label="What the budget buys" tabindex="0"><table>
<thead><tr><th scope="col">SLO</th><th scope="col">May be late</th><th scope="col">One load passes, none late</th>
${WIDTHS.map((width) => html`<th scope="col">Bracket of ${percentText(width)}</th>`)}</tr></thead>
<tbody>${PRICES.map(priceRow)}</tbody></table></div>
<p>At ${EXAMPLE_RPS} requests/s a load far below the limit passes a p99 in about ${timeOf(p99?.toPass)}, a bracket of
${percentText(wide)} takes about ${timeOf(p99?.bothEnds[2])}, and one of ${percentText(narrow)} about
${timeOf(p99?.bothEnds[0])}. What to know:</p>
<ul>
<li><strong>Half the width costs about four times as much.</strong> <code>resolution</code> is the width that you ask for.</li>
<li><strong>The tail is dear.</strong> p99.9 costs ten times p99, p90 about a tenth of it. Shares cost the same as
quantiles: <code>error_rate &lt; 1%</code> is as dear as a p99.</li>
<li><strong>A sharp limit is cheap.</strong> Where latency hits a wall (a full batch, a full cache), a little more load
makes many more late, and seconds tell. A flat curve is dear, and where its limit lies matters less.</li>
<li><strong>A gate is cheaper than a search</strong>, the more so the further its load is from the limit.</li>
<li><strong>Slow endpoints take long.</strong> One request a second hardly shows a p99 in twenty minutes. Ask for a p90.</li>
</ul>
<p><code>plimsoll check</code> or <code>POST /v1/policies/check</code> tells the price of your question before any
load, and an answer that ran out of budget tells what it would still take.</p></section>`;
}

function priceRow({ slo, allowedRatio, toPass, bothEnds }: Price): Markup {
  return html`<tr><th scope="row">${slo}</th><td class="number">${percentText(allowedRatio)}</td>
<td class="number">${priceText(toPass)}</td>${bothEnds.map((requests) => html`<td class="number">${priceText(requests)}</td>`)}</tr>`;
}

function priceText(requests: number): string {
  return countText(Number(requests.toPrecision(PRICE_DIGITS)));
}

/** `28 s`, `51 min`: in whole minutes where there are several. */
function timeOf(requests: number | undefined): string {
  const seconds = (requests ?? 0) / EXAMPLE_RPS;
  return secondsText(seconds < 120 ? seconds : 60 * Math.round(seconds / 60));
}
