/**
 * How requests cluster in steady state: the design effect of samples beyond the cell's own quantiles, from
 * the upper third to the allowed tail, and of the root level. It is what `stats/evidence.ts` and
 * `search/effects.ts` rest on. `npm run bench:effects -- [cell ...]`
 */
import { observe } from '../../src/core/probe/observe.ts';
import { searchSpecOf } from '../../src/core/probe/search-spec.ts';
import type { ProbeDecision } from '../../src/core/search/decision.ts';
import { toUnits } from '../../src/core/search/load-grid.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';
import { CELLS, type Cell, cellNamed } from './cells.ts';
import { questionOf } from './search-task.ts';

const SHARES = [0.6, 0.8, 0.95];
const TAILS = [0.3, 0.1, 0.05, 0.02, 0.01];
const SETTLE_MS = 60_000;
const WINDOW_MS = 1_000_000;
const MIN_BLOCK_MS = 4_000;

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** TTFT of arrivals, or TPOT of completions when the cell asks for it, in the window. */
function samplesAt(cell: Cell, share: number): { samples: Sample[]; blockMs: number } {
  const question = questionOf(cell, 1e6, 0.1);
  const spec = searchSpecOf(question);
  const units = toUnits(cell.axis, cell.truth * share);
  const session = openVirtualSession({ ...cell, seed: `effects/${share}` });
  const decision: ProbeDecision = {
    kind: 'probe',
    probe: 0,
    phase: 'refine',
    loadUnits: units,
    load: cell.axis === 'concurrency' ? units : cell.truth * share,
    rampMs: SETTLE_MS / 10,
    settleMs: SETTLE_MS,
    windowMs: WINDOW_MS,
    lookEveryMs: WINDOW_MS,
    reason: 'steady state',
  };
  const snapshot = session.burst(decision, () => 'continue');
  const seen = observe({ snapshot, decision, tiers: question.tiers, end: 'length' });
  const arrivals = spec.tiers[0]?.objectives.some(
    (o) => o.kind === 'ratio' && o.counted === 'arrival',
  );
  const { records, windowStartMs } = snapshot;
  const samples: Sample[] = [];
  for (let i = 0; i < records.count; i++) {
    const first = records.firstTokenMs[i] ?? Number.NaN;
    const end = records.endMs[i] ?? Number.NaN;
    const scheduled = records.scheduledMs[i] ?? Number.NaN;
    const tokens = records.outputTokens[i] ?? -1;
    const atMs = (arrivals ? scheduled : end) - windowStartMs;
    const value = arrivals ? first - scheduled : (end - first) / (tokens - 1);
    if (atMs >= 0 && Number.isFinite(value)) samples.push({ atMs, value });
  }
  return { samples, blockMs: Math.max(MIN_BLOCK_MS, 2 * seen.meanE2eMs) };
}

/** Variance of block sums over that of as many independent samples. */
function effectOf(
  samples: readonly Sample[],
  blockMs: number,
  level: (v: number) => number,
): number {
  const blocks = Math.floor(WINDOW_MS / blockMs);
  const counts = new Float64Array(blocks);
  const sums = new Float64Array(blocks);
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (const { atMs, value } of samples) {
    const b = Math.floor(atMs / blockMs);
    if (b >= blocks) continue;
    const y = level(value);
    counts[b] = (counts[b] ?? 0) + 1;
    sums[b] = (sums[b] ?? 0) + y;
    n += 1;
    sum += y;
    squares += y * y;
  }
  const mean = sum / n;
  let between = 0;
  for (let b = 0; b < blocks; b++) between += ((sums[b] ?? 0) - (counts[b] ?? 0) * mean) ** 2;
  return between / (n * (squares / n - mean * mean));
}

const names = process.argv.slice(2);
const cells = names.length > 0 ? names.map(cellNamed) : CELLS;
process.stdout.write(`cell  load ÷ truth  level  ${TAILS.map((t) => `tail ${t}`).join('  ')}\n`);
for (const cell of cells) {
  for (const share of SHARES) {
    const { samples, blockMs } = samplesAt(cell, share);
    const sorted = samples.map((sample) => sample.value).sort((a, b) => a - b);
    const tails = TAILS.map((tail) => {
      const edge = sorted[Math.floor((1 - tail) * sorted.length)] ?? 0;
      return effectOf(samples, blockMs, (v) => (v >= edge ? 1 : 0)).toFixed(1);
    });
    const level = effectOf(samples, blockMs, Math.sqrt).toFixed(1);
    process.stdout.write(`${cell.name}  ${share}  ${level}  ${tails.join('  ')}\n`);
  }
}
