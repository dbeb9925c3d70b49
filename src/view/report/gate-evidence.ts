/**
 * What a gate's verdict rests on: for each objective the evidence for and against, as the test in
 * sequence counts it. An e-value of 1 / error is the least that decides (Ville's inequality).
 */
import { html } from 'hono/html';
import type { GateEvidence } from '../../core/search/answer/result.ts';
import type { Markup } from '../page/layout.ts';
import { countText, numberText } from '../page/number-text.ts';
import { verdictMark } from '../page/state-mark.ts';
import type { ReportSource } from './report-source.ts';

/** exp(700) is near the largest double; nobody reads more digits than that. */
const MAX_NATS = 700;

export function gateEvidenceSection({ facts }: ReportSource): Markup {
  const gate = facts.result?.gate;
  if (gate === undefined) return html``;
  const rows = gate.tiers.flatMap((tier) =>
    tier.objectives.map(
      (
        one,
      ) => html`<tr><th scope="row">${tier.tier}: <code>${one.id}</code></th><td>${verdictMark(tier.verdict)}</td>
<td class="number">${eValue(one, 'passNats')}</td><td class="number">${eValue(one, 'failNats')}</td>
<td class="number">${countText(one.samples)}</td><td class="number">${numberText(one.designEffect)}</td></tr>`,
    ),
  );
  return html`<section><h2>Evidence of the verdict</h2>
<div class="scroll" role="region" aria-label="Evidence of the verdict" tabindex="0"><table>
<thead><tr><th scope="col" class="wide">Objective</th><th scope="col">Verdict of the tier</th>
<th scope="col">E-value for a pass</th><th scope="col">E-value for a fail</th>
<th scope="col">Samples</th><th scope="col">Design effect</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function eValue(evidence: GateEvidence, side: 'passNats' | 'failNats'): string {
  return numberText(Math.exp(Math.min(MAX_NATS, evidence[side])));
}
