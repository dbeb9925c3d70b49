/**
 * Whose raw requests the tail plot needs: the probes at the load measured next to each end of the
 * bracket, on its side. Chosen before anything is read, so that nobody reads a whole search for it.
 */
import { firstValidProbe } from '../../core/frontier/frontier.ts';
import type { Question } from '../../core/policy/question.ts';
import type { ProbeReport } from '../../core/probe/probe-report.ts';
import type { SearchResult } from '../../core/search/answer/result.ts';
import { toUnits } from '../../core/search/load-grid.ts';

export interface TailProbes {
  readonly side: 'lower' | 'upper';
  readonly load: number;
  readonly probes: readonly ProbeReport[];
}

/** The longest windows at one load; more of them would show no other tail. */
const MAX_PROBES = 4;

export function tailProbes(
  question: Question,
  result: SearchResult | undefined,
  reports: readonly ProbeReport[],
  tier: string,
): TailProbes[] {
  const found = result?.tiers.find((each) => each.tier === tier);
  const { axis } = question;
  const from = result === undefined ? 0 : firstValidProbe(result);
  const spoken = reports.filter(
    (report) => report.voided === undefined && report.windowMs > 0 && report.probe >= from,
  );
  const units = (load: number): number => toUnits(axis, load);
  const ends: TailProbes[] = [];
  for (const side of ['lower', 'upper'] as const) {
    const bound = found?.[side];
    if (bound === undefined) continue;
    const within = spoken.filter((report) =>
      side === 'lower' ? units(report.load) <= units(bound) : units(report.load) >= units(bound),
    );
    const loads = within.map((report) => report.load);
    if (loads.length === 0) continue;
    const load = side === 'lower' ? Math.max(...loads) : Math.min(...loads);
    const probes = within
      .filter((report) => units(report.load) === units(load))
      .sort((a, b) => b.windowMs - a.windowMs)
      .slice(0, MAX_PROBES);
    ends.push({ side, load, probes });
  }
  return ends;
}
