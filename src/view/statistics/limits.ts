/** The sections of the page on statistics that say when there is no answer, and when it is wrong. */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';

export function inconclusiveSection(): Markup {
  return html`<section><h2 id="inconclusive">When it says inconclusive</h2>
<p>When neither “meets” nor “misses” was shown. It is not a soft pass, and not a fault of the endpoint.
For a gate, and for a search with a required load, it means one of these:</p>
<ul>
<li>The load is too near the limit for this budget. Ask for a little less load, or give more budget.</li>
<li>The budget is too small for this tail. The answer says what it would take.</li>
<li>The load generator could not keep time, and its bursts were voided. Put it on another machine than the
server, or give it more cores.</li>
<li>The target does not give what the SLO measures, or was lost on the way: <code>reason</code> says which.</li>
</ul>
<p>A search without a required load has no verdict; it shows as much as it could, for each tier as <code>outcome</code>:</p>
<div class="scroll" role="region" aria-label="Outcomes of a search" tabindex="0"><table><thead><tr><th scope="col">Outcome</th><th scope="col">Means</th></tr></thead><tbody>
<tr><th scope="row"><code>resolved</code></th><td>both ends, as near together as asked</td></tr>
<tr><th scope="row"><code>two_sided</code></th><td>both ends, further apart than asked</td></tr>
<tr><th scope="row"><code>unbounded_above</code></th><td>a lower end; nothing in the range was shown to fail</td></tr>
<tr><th scope="row"><code>unbounded_below</code></th><td>an upper end; nothing in the range was shown to pass</td></tr>
<tr><th scope="row"><code>undecided</code></th><td>neither</td></tr>
</tbody></table></div></section>`;
}

export function breaksSection(): Markup {
  return html`<section><h2 id="breaks">What breaks it</h2>
<p>The confidence holds for a server that gets worse with load and otherwise stays as it is. Where that
is not so:</p>
<ul>
<li><strong>It changes while it is measured</strong> (heat, neighbours, a cache that fills). The program compares the
pace of bursts, measures an earlier load again when it suspects something, drops what is stale and warns of
<code>drift</code>. A change in the last bursts, or one that the pace does not show, is not seen.</li>
<li><strong>It is worse at less load.</strong> Where that is seen the lower load rules, and the answer warns of an
<code>inversion</code>. A bad spot between the loads that were measured is not seen.</li>
<li><strong>It does not recover from overload.</strong> The upper end may then be that of the overloaded state; the answer warns of
<code>hysteresis</code> when it shows.</li>
<li><strong>It has a shelf</strong>: latency rises, stays flat just under the bound, then rises again. Loads that
pass may then be taken to fail, often without a warning.</li>
<li><strong>The client is the limit.</strong> Each burst checks its own clock; one in which it was late is voided and shown.</li>
<li><strong>The workload is not your traffic.</strong> Lengths, shared prompts and arrivals decide more than anything
else, and no statistics can see it.</li>
</ul>
<p>A warning is part of the answer: read it before the number. When two searches of one endpoint disagree by more than their
brackets, more often than the confidence allows, the endpoint has changed or one of these is at work.</p></section>`;
}
