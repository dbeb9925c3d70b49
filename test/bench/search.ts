/**
 * The search bench: does the bracket hold as often as it says, how wide is it, what does it cost?
 * `npm run bench:search -- [--quick] [--seeds N] [--cells A,B] [--strategies plimsoll,bisect-60]
 * [--budgets 300,600,1200] [--resolutions 0.1,0.2] [--seed-base TEXT] [--out FILE]`
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CELLS, cellNamed } from './cells.ts';
import { type GateScore, scoreGates } from './gate-runs.ts';
import { type OraclePoint, oracleAt } from './oracle.ts';
import { printGates, printTable } from './score-table.ts';
import { type CellScore, type RunAnswer, scoreRuns } from './scores.ts';
import type { Task } from './search-task.ts';
import { runAll } from './worker-pool.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    cells: { type: 'string' },
    strategies: { type: 'string' },
    budgets: { type: 'string' },
    resolutions: { type: 'string' },
    'seed-base': { type: 'string', default: 'fresh' },
    out: { type: 'string' },
  },
});

const FULL = {
  seeds: 200,
  peerSeeds: 200,
  oracleSeeds: 40,
  oracleWidths: [0.05, 0.1, 0.2, 0.45, 1, 2.3],
  oracleCapS: 8_000,
  strategies: 'plimsoll,bisect-30,bisect-60,bisect-120,sweep,oracle,gate',
  gateSeeds: 50,
  budgets: '300,600,1200',
  resolutions: '0.1,0.2',
};
/** Small enough for five minutes on two cores; its ratios are coarse and say so by `seeds`. */
const QUICK = {
  seeds: 60,
  peerSeeds: 12,
  oracleSeeds: 20,
  oracleWidths: [0.1, 0.2, 0.45, 1],
  oracleCapS: 2_400,
  strategies: 'plimsoll,bisect-60,sweep,oracle,gate',
  gateSeeds: 10,
  budgets: '300,1200',
  resolutions: '0.1',
};
/** Seeds of one task: small enough that the cores end together. */
const SEEDS_A_TASK = 5;

const size = values.quick ? QUICK : FULL;
const numbers = (text: string): number[] => text.split(',').map(Number);
const cells = values.cells?.split(',') ?? CELLS.map((cell) => cell.name);
const strategies = (values.strategies ?? size.strategies).split(',');
const budgets = numbers(values.budgets ?? size.budgets);
const resolutions = numbers(values.resolutions ?? size.resolutions);
const seedCount = values.seeds === undefined ? size.seeds : Number(values.seeds);

interface Group {
  readonly cell: string;
  readonly strategy: string;
  readonly budgetS: number;
  readonly resolution: number;
  readonly runs: RunAnswer[];
}

const tasks: Task[] = [];
const owners: (Group | undefined)[] = [];
const groups: Group[] = [];
const gates: GateScore[] = [];
const oracles = new Map<string, OraclePoint[]>();

function plan(): void {
  for (const cell of cells) {
    for (const strategy of strategies) {
      if (strategy === 'oracle') {
        planOracle(cell);
        continue;
      }
      if (strategy === 'gate') {
        planGates(cell);
        continue;
      }
      const ours = strategy === 'plimsoll';
      // A peer knows no budget and no resolution: one row each.
      for (const budgetS of ours ? budgets : [0]) {
        for (const resolution of ours ? resolutions : [0.05]) {
          const group: Group = { cell, strategy, budgetS, resolution, runs: [] };
          groups.push(group);
          planRuns(group, ours || values.seeds !== undefined ? seedCount : size.peerSeeds);
        }
      }
    }
  }
}

function planOracle(cell: string): void {
  if (cellNamed(cell).steadyServer !== cellNamed(cell).server) return;
  for (const width of size.oracleWidths) {
    const seeds = Array.from({ length: size.oracleSeeds }, (_, i) => `oracle/${i}`);
    tasks.push({ kind: 'oracle', cell, width, capS: size.oracleCapS, seeds });
    owners.push(undefined);
  }
}

/** Loads that the gate is asked about, over the truth. */
const GATE_SHARES = [0.5, 0.7, 0.9, 1.1, 1.5];
const GATE_BUDGET_S = 1_200;

function planGates(cell: string): void {
  if (cellNamed(cell).steadyServer !== cellNamed(cell).server) return;
  for (const share of GATE_SHARES) {
    const seeds = Array.from(
      { length: size.gateSeeds },
      (_, i) => `${values['seed-base']}/gate-${i}`,
    );
    tasks.push({ kind: 'gate', cell, share, budgetS: GATE_BUDGET_S, seeds });
    owners.push(undefined);
  }
}

function planRuns(group: Group, count: number): void {
  for (let from = 0; from < count; from += SEEDS_A_TASK) {
    const seeds = Array.from(
      { length: Math.min(SEEDS_A_TASK, count - from) },
      (_, i) => `${values['seed-base']}/${from + i}`,
    );
    const { cell, strategy, budgetS, resolution } = group;
    tasks.push({ kind: 'runs', cell, strategy, budgetS, resolution, seeds });
    owners.push(group);
  }
}

function score(group: Group): CellScore {
  const base = scoreRuns(group, group.runs, cellNamed(group.cell).truth);
  const points = oracles.get(group.cell);
  if (points === undefined || base.width_p50 === null) return base;
  const seconds = oracleAt(points, base.width_p50);
  return { ...base, oracle_ratio: seconds === null ? null : base.load_seconds_p50 / seconds };
}

function oracleRows(): CellScore[] {
  return [...oracles.entries()].flatMap(([cell, points]) =>
    points.map((point) => ({
      ...scoreRuns({ cell, strategy: 'oracle', budgetS: 0, resolution: point.width }, [], 1),
      seeds: size.oracleSeeds,
      held_ratio: 1,
      low_miss_ratio: 0,
      high_miss_ratio: 0,
      lower_ratio: point.seconds === null ? 0 : 1,
      two_sided_ratio: point.seconds === null ? 0 : 1,
      half_truth_ratio: point.seconds === null ? 0 : 1,
      overshoot_ratio: 0,
      drift_seen_ratio: 0,
      at_least_over_truth_p50: 1 / Math.sqrt(1 + point.width),
      width_p50: point.seconds === null ? null : point.width,
      load_seconds_p50: point.seconds ?? size.oracleCapS,
      load_seconds_p90: point.seconds ?? size.oracleCapS,
    })),
  );
}

plan();
const startedMs = Date.now();
let answered = 0;
await runAll(tasks, (index, answer) => {
  answered += 1;
  if (answered % Math.ceil(tasks.length / 10) === 0) {
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    process.stderr.write(`${answered} of ${tasks.length} tasks after ${seconds} s\n`);
  }
  const task = tasks[index];
  if (answer.kind === 'runs') owners[index]?.runs.push(...answer.runs);
  else if (answer.kind === 'gate' && task?.kind === 'gate') {
    gates.push(scoreGates(task.cell, task.share, answer.gates));
  } else if (answer.kind === 'oracle' && task !== undefined) {
    oracles.set(task.cell, [...(oracles.get(task.cell) ?? []), answer.point]);
  }
});
const rows = [...groups.map(score), ...oracleRows()];
gates.sort((a, b) => a.cell.localeCompare(b.cell) || a.load_over_truth - b.load_over_truth);
printTable(rows);
printGates(gates);
process.stdout.write(
  `\n${tasks.length} tasks in ${Math.round((Date.now() - startedMs) / 1_000)} s\n`,
);
if (values.out !== undefined) {
  writeFileSync(values.out, `${JSON.stringify({ cells: rows, gates }, null, 2)}\n`);
}
