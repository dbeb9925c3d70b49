/** The bench's scores as a table for people. */
import type { GateScore } from './gate-runs.ts';
import type { CellScore } from './scores.ts';

export function printTable(rows: readonly CellScore[]): void {
  const head = [
    'cell',
    'strategy',
    'budget',
    'res',
    'seeds',
    'held',
    'low miss',
    'high miss',
    'lower',
    '2-sided',
    'width',
    'load s',
    'p90',
    '÷ oracle',
    'lower÷truth',
    '≥ half',
    'over 5 %',
    'est err',
    'p90',
    'drift',
    'probes',
    'requests',
  ];
  const body = rows.map((row) => [
    row.cell,
    row.strategy,
    row.budget_s === 0 ? '–' : `${row.budget_s}`,
    percent(row.resolution),
    `${row.seeds}`,
    percent(row.held_ratio),
    percent(row.low_miss_ratio),
    percent(row.high_miss_ratio),
    percent(row.lower_ratio),
    percent(row.two_sided_ratio),
    percent(row.width_p50),
    row.load_seconds_p50.toFixed(0),
    row.load_seconds_p90.toFixed(0),
    row.oracle_ratio === null ? '–' : row.oracle_ratio.toFixed(2),
    row.at_least_over_truth_p50.toFixed(2),
    percent(row.half_truth_ratio),
    percent(row.overshoot_ratio),
    percent(row.estimate_error_p50),
    percent(row.estimate_error_p90),
    percent(row.drift_seen_ratio),
    row.probes_p50.toFixed(0),
    row.requests_p50.toFixed(0),
  ]);
  printRows(head, body);
}

export function printGates(gates: readonly GateScore[]): void {
  if (gates.length === 0) return;
  process.stdout.write('\nGate\n');
  const head = [
    'cell',
    'load ÷ truth',
    'seeds',
    'load s',
    'pass',
    'fail',
    'inconclusive',
    'false pass',
    'false fail',
  ];
  const body = gates.map((gate) => [
    gate.cell,
    gate.load_over_truth.toFixed(1),
    `${gate.seeds}`,
    gate.load_seconds_p50.toFixed(0),
    percent(gate.pass_ratio),
    percent(gate.fail_ratio),
    percent(gate.inconclusive_ratio),
    percent(gate.false_pass_ratio),
    percent(gate.false_fail_ratio),
  ]);
  printRows(head, body);
}

function printRows(head: readonly string[], body: readonly (readonly string[])[]): void {
  const widths = head.map((text, i) =>
    Math.max(text.length, ...body.map((r) => r[i]?.length ?? 0)),
  );
  for (const cells of [head, ...body]) {
    const line = cells.map((text, i) => text.padStart(widths[i] ?? 0)).join('  ');
    process.stdout.write(`${line}\n`);
  }
}

function percent(value: number | null): string {
  return value === null ? '–' : `${Number((100 * value).toFixed(1))} %`;
}
