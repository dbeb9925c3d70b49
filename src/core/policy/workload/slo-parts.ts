/**
 * An SLO that names parts of a mix meets the workload that has them: unknown names are faults, known
 * ones become the index that every request carries.
 */
import type { Fault } from '../../base/fault.ts';
import { partsOf } from '../../workload/parts.ts';
import type { WorkloadSpec } from '../../workload/spec.ts';
import type { SloTier } from '../objective.ts';
import { received, valueAt } from '../shape-faults.ts';
import { parseSlo } from '../slo-parse.ts';

/** `slo` as given, of whatever shape; `workload` as the API spells it, merged. */
export function unknownPartFaults(slo: unknown, workload: unknown): Fault[] {
  const given = valueAt(workload, ['parts']);
  const names = Array.isArray(given) ? given.map((part: unknown) => valueAt(part, ['name'])) : [];
  return textsOf(slo).flatMap(({ text, pointer }) => {
    const parsed = parseSlo(text, pointer);
    if (!parsed.ok) return [];
    return parsed.value.flatMap(({ part, text: objective }): Fault[] => {
      if (part === undefined || names.includes(part)) return [];
      const expected =
        names.length === 0
          ? 'no part: the workload is no mix'
          : `a part of the workload: ${names.join(', ')}`;
      return [{ pointer, code: 'slo_unknown_part', expected, received: received(objective) }];
    });
  });
}

function textsOf(slo: unknown): { readonly text: string; readonly pointer: string }[] {
  if (typeof slo === 'string') return [{ text: slo, pointer: '/slo' }];
  if (!Array.isArray(slo)) return [];
  return slo.flatMap((tier: unknown, i) => {
    const text = valueAt(tier, ['objectives']);
    return typeof text === 'string' ? [{ text, pointer: `/slo/${i}/objectives` }] : [];
  });
}

/** The same tiers, their parts found in the workload. */
export function withParts(tiers: readonly SloTier[], workload: WorkloadSpec): readonly SloTier[] {
  const names = partsOf(workload).map((part) => part.name);
  return tiers.map((tier) => ({
    ...tier,
    objectives: tier.objectives.map((objective) =>
      objective.part === undefined
        ? objective
        : { ...objective, partIndex: names.indexOf(objective.part) },
    ),
  }));
}
