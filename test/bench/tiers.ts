/**
 * What three tiers in one search cost, beside each of them in a search of its own, on the same seeds:
 * where their capacities lie together they share bursts, where they lie apart they do not.
 * `npm run bench:tiers`
 */

import type { SloTier } from '../../src/core/policy/objective.ts';
import { parseTier } from '../../src/core/policy/slo-parse.ts';
import { searchSpecOf } from '../../src/core/probe/search-spec.ts';
import { cellNamed } from './cells.ts';
import { runVirtualSearch } from './run-virtual.ts';
import { quantileOf } from './scores.ts';
import { questionOf } from './search-task.ts';

const SEEDS = 10;
const BUDGET_S = 2_400;
const RESOLUTION = 0.1;

const SETS: readonly { readonly cell: string; readonly slos: readonly string[] }[] = [
  { cell: 'G', slos: ['p99(ttft) < 300 ms', 'p99(ttft) < 600 ms', 'p99(ttft) < 1200 ms'] },
  { cell: 'A', slos: ['p95(ttft) < 300 ms', 'p90(ttft) < 500 ms', 'p95(ttft) < 800 ms'] },
  { cell: 'B', slos: ['p95(tpot) < 46 ms', 'p95(tpot) < 48 ms', 'p95(tpot) < 50 ms'] },
  { cell: 'B', slos: ['p95(tpot) < 40 ms', 'p95(tpot) < 50 ms', 'p95(tpot) < 60 ms'] },
];

function tierOf(slo: string, index: number): SloTier {
  const parsed = parseTier(`tier-${index}`, slo, '/slo');
  if (!parsed.ok) throw new Error(`${slo}: ${JSON.stringify(parsed.error)}`);
  return parsed.value;
}

/** Median load seconds over the seeds. */
function secondsOf(cellName: string, tiers: readonly SloTier[]): number {
  const cell = cellNamed(cellName);
  const question = { ...questionOf(cell, BUDGET_S, RESOLUTION), tiers };
  const spec = searchSpecOf(question);
  const { server, workload, axis } = cell;
  const seconds = Array.from({ length: SEEDS }, (_, seed) => {
    const target = { server, workload, axis };
    return runVirtualSearch(target, tiers, spec, `tiers/${seed}`).result.loadSeconds;
  });
  return quantileOf(seconds, 0.5) ?? Number.NaN;
}

process.stdout.write(`cell  together s  alone s  ÷ dearest  tiers (${SEEDS} seeds, medians)\n`);
for (const { cell, slos } of SETS) {
  const tiers = slos.map(tierOf);
  const together = secondsOf(cell, tiers);
  const alone = tiers.map((tier) => secondsOf(cell, [tier]));
  const ratio = together / Math.max(...alone);
  const list = alone.map((seconds) => seconds.toFixed(0)).join(' / ');
  process.stdout.write(
    `${cell}  ${together.toFixed(0)}  ${list}  ${ratio.toFixed(1)}  ${slos.join('; ')}\n`,
  );
}
