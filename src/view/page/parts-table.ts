/** What each part of a mix saw, at the load that the answer rests on. */
import { html } from 'hono/html';
import type { PartReport } from '../../core/probe/part-report.ts';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import { loadNumber } from '../sentence.ts';
import type { Markup } from './layout.ts';
import { countText, msText, numberText, percentText } from './number-text.ts';
import type { SearchView } from './search-view.ts';

type Latencies = 'ttftMs' | 'tpotMs' | 'e2eMs';

/** Empty when the workload is no mix. */
export function partsSection(view: SearchView): Markup | '' {
  if (view.facts.question.workload.kind !== 'mix') return '';
  const probe = telling(view);
  if (probe?.parts === undefined) {
    return html`<section id="parts" data-region><h2>Parts of the mix</h2><p>No probe has finished.</p></section>`;
  }
  const { axis } = view.facts.question;
  const load = `${loadNumber(axis, probe.load)}${axis === 'concurrency' ? ' streams' : ''}`;
  return html`<section id="parts" data-region>
<h2>Parts of the mix</h2>
<p class="note">What probe ${probe.probe} at ${load} saw of each: numbers of one burst, which judge nothing by themselves.</p>
<div class="scroll" role="region" aria-label="Parts of the mix" tabindex="0"><table>
<thead><tr><th scope="col">Part</th><th scope="col">Share</th><th scope="col">Requests</th><th scope="col">Failed</th>
<th scope="col">Completed</th><th scope="col">TTFT p50, p99</th><th scope="col">TPOT p50, p99</th><th scope="col">E2E p50, p99</th>
<th scope="col">Tokens in, out (mean)</th></tr></thead>
<tbody>${probe.parts.map(partRow)}</tbody></table></div>
</section>`;
}

/** The valid probe nearest to the largest load known to be carried; without such a load, the last. */
function telling({ facts, probes }: SearchView): ProbeReport | undefined {
  const valid = probes.filter(({ voided, parts }) => voided === undefined && parts !== undefined);
  const lower = facts.result?.tiers[0]?.lower;
  if (lower === undefined) return valid.at(-1);
  const distance = ({ load }: ProbeReport): number => Math.abs(Math.log(load / lower));
  return valid.reduce<ProbeReport | undefined>(
    (best, probe) => (best === undefined || distance(probe) <= distance(best) ? probe : best),
    undefined,
  );
}

function partRow(part: PartReport): Markup {
  const { ok = 0, pending = 0 } = part.outcomes;
  return html`<tr><th scope="row">${part.part}</th><td class="number">${percentText(part.weight)}</td>
<td class="number">${countText(part.requests)}</td><td class="number">${countText(part.requests - ok - pending)}</td>
<td class="number">${numberText(part.completedRps)} req/s</td>
<td class="number">${latencyText(part, 'ttftMs')}</td><td class="number">${latencyText(part, 'tpotMs')}</td>
<td class="number">${latencyText(part, 'e2eMs')}</td>
<td class="number">${tokensText(part.inputTokensMean)}, ${tokensText(part.outputTokensMean)}</td></tr>`;
}

/** A quantile of too few samples, or one that failed requests reach into, has no value. */
function latencyText(part: PartReport, of: Latencies): string {
  const latency = part[of];
  if (latency === undefined) return '–';
  const text = (ms: number): string => (Number.isFinite(ms) ? msText(ms) : '–');
  return `${text(latency.p50.value)}, ${text(latency.p99.value)}`;
}

function tokensText(mean: number | undefined): string {
  return mean === undefined ? '–' : numberText(mean);
}
