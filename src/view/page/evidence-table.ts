/** Every probe with its evidence: what the verdicts rest on, and the text beside the plots. */
import { html } from 'hono/html';
import type { ObjectiveVerdict, ProbeReport } from '../../core/probe/probe-report.ts';
import { loadNumber } from '../sentence.ts';
import { range } from './answer.ts';
import type { Markup } from './layout.ts';
import { countText, measuredText, numberText, secondsText } from './number-text.ts';
import type { SearchView } from './search-view.ts';
import { probeMark, verdictMark } from './state-mark.ts';

/** Judged by the first so many tiers. */
export function evidenceSection(
  view: SearchView,
  judgedTiers: number = Number.POSITIVE_INFINITY,
): Markup {
  const tiers = view.facts.question.tiers.slice(0, judgedTiers);
  const [first, ...others] = tiers.map((tier) => tier.name);
  if (view.probes.length === 0 || first === undefined) {
    return html`<section id="evidence" data-region><h2>Probes</h2><p>No probe has finished.</p></section>`;
  }
  // Each further tier judges the same probes by other bounds: there when somebody opens it.
  return html`<section id="evidence" data-region>
<h2>Probes</h2>
<p class="note">What each probe says alone. The bracket and the plots weigh all of them together.</p>
${evidenceTable(view, first, true)}
${others.map((name) => html`<details id="evidence-${name}"><summary>Judged by ${name}</summary>${evidenceTable(view, name, false)}</details>`)}
</section>`;
}

/** `whole`: with what is the same for all tiers, which stands in the first table alone. */
function evidenceTable(view: SearchView, tier: string, whole: boolean): Markup {
  const { axis } = view.facts.question;
  const unit = axis === 'concurrency' ? 'Load (streams)' : 'Load (req/s)';
  return html`<div class="scroll" role="region" aria-label="Probes judged by ${tier}" tabindex="0"><table>
<thead><tr><th scope="col">Probe</th><th scope="col">${unit}</th><th scope="col">Verdict</th>
<th scope="col" class="wide">Measured</th><th scope="col">Goodput</th>${
    whole
      ? html`<th scope="col">Requests</th>
<th scope="col">Window</th><th scope="col" class="wide">Why it was run</th>`
      : ''
  }</tr></thead>
<tbody>${view.probes.map((probe) => probeRow(probe, tier, loadNumber(axis, probe.load), whole))}</tbody></table></div>`;
}

function probeRow(probe: ProbeReport, tier: string, load: string, whole: boolean): Markup {
  const judged = probe.tiers.find((one) => one.tier === tier);
  const goodput = judged?.goodputRps;
  const number = probe.attempt > 1 ? `${probe.probe}, attempt ${probe.attempt}` : `${probe.probe}`;
  return html`<tr><th scope="row">${number}</th><td class="number">${load}</td><td>${probeMark(probe, tier)}</td>
<td>${
    probe.voided === undefined
      ? (judged?.objectives ?? []).map(
          (one) =>
            html`<div>${(judged?.objectives.length ?? 0) > 1 ? html`${verdictMark(one.verdict)} ` : ''}${objectiveText(one)}</div>`,
        )
      : html`counts for nothing: ${probe.voided}`
  }</td>
<td class="number">${goodput === undefined || probe.voided !== undefined ? '–' : `${numberText(goodput.value)} req/s`}</td>${
    whole
      ? html`<td class="number">${countText(probe.requests)}</td>
<td class="number">${secondsText(probe.windowMs / 1_000)}</td><td>${probe.reason}</td>`
      : ''
  }</tr>`;
}

/** `p99(ttft) < 500 ms: 412 ms (390 ms to 450 ms), 3 of 812 missed it` */
function objectiveText(one: ObjectiveVerdict): string {
  const { measured, unit } = one;
  const value =
    measured === undefined
      ? (one.reason ?? 'no value: too many failed or had not ended')
      : `${measuredText(measured.value, unit)} ${range(measured.low, measured.high, (x) => measuredText(x, unit))}`.trim();
  const misses =
    one.n === undefined || one.bad === undefined
      ? ''
      : `, ${countText(one.bad)} of ${countText(one.n)} missed it`;
  return `${one.text}: ${value}${misses}`;
}
