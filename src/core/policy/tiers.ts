/** The `slo` of a request or a policy file as tiers. */
import type { SloTier } from './objective.ts';
import type { PolicyContent } from './question-schema.ts';
import { parseTier } from './slo-parse.ts';

/** Name of the tier when an SLO is given as a plain text. */
export const PLAIN_TIER = 'slo';

/** Undefined when a text has faults; `sloFaults` names them. */
export function tiersOf(slo: PolicyContent['slo']): readonly SloTier[] | undefined {
  const given = typeof slo === 'string' ? [{ name: PLAIN_TIER, objectives: slo }] : slo;
  const tiers: SloTier[] = [];
  for (const { name, objectives } of given) {
    const parsed = parseTier(name, objectives, '');
    if (!parsed.ok) return undefined;
    tiers.push(parsed.value);
  }
  return tiers;
}
