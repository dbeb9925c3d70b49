/**
 * What a gate's verdict rests on: for each objective the evidence for and against, as the test in
 * sequence counts it. The controller's own threshold is shown beside it (Ville's inequality).
 */
import { html } from 'hono/html';
import type { GateEvidence } from '../../core/search/answer/result.ts';
import { lowerThreshold } from '../../core/search/certify/thresholds.ts';
import type { SearchFacts } from '../search-facts.ts';
import type { Markup } from './layout.ts';
import { countText, numberText } from './number-text.ts';
import { verdictMark } from './state-mark.ts';

/** exp(700) is near the largest double; nobody reads more digits than that. */
const MAX_NATS = 700;

export function gateEvidenceSection(facts: SearchFacts): Markup {
  const gate = facts.result?.gate;
  if (gate === undefined) return html`<section id="gate-evidence" data-region></section>`;
  const rows = gate.tiers.flatMap((tier) =>
    tier.objectives.map(
      (
        one,
      ) => html`<tr><th scope="row">${tier.tier}: <code>${one.id}</code></th><td>${verdictMark(tier.verdict)}</td>
<td class="number">${eValue(one, 'passNats')}</td><td class="number">${eValue(one, 'failNats')}</td>
<td class="number">${countText(one.samples)}</td><td class="number">${numberText(one.designEffect)}</td></tr>`,
    ),
  );
  return html`<section id="gate-evidence" data-region><h2>Evidence of the verdict</h2>
<p class="note">The e-value says how many times better the measured requests fit one side than the other. A pass
needs ${numberText(Math.exp(lowerThreshold(facts.question.confidence)))} or more for every objective.</p>
<div class="scroll" role="region" aria-label="Evidence of the verdict" tabindex="0"><table>
<thead><tr><th scope="col" class="wide">Objective</th><th scope="col">Verdict of the tier</th>
<th scope="col">E-value for a pass</th><th scope="col">E-value for a fail</th>
<th scope="col">Samples</th><th scope="col">Design effect</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function eValue(evidence: GateEvidence, side: 'passNats' | 'failNats'): string {
  return numberText(Math.exp(Math.min(MAX_NATS, evidence[side])));
}
