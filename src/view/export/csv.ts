/**
 * CSV (RFC 4180): a line for each objective of each probe, wide enough to be read alone. A cell that a
 * spreadsheet would take for a formula is quoted with an apostrophe (OWASP, CSV injection).
 */
import type { ObjectiveVerdict, ProbeReport, TierVerdict } from '../../core/probe/probe-report.ts';
import type { ReportSource } from '../report/report-source.ts';

type Cell = string | number | undefined;
type Latency = ProbeReport['ttftMs'];

interface Line {
  readonly source: ReportSource;
  readonly probe: ProbeReport;
  readonly tier: TierVerdict;
  readonly objective: ObjectiveVerdict;
}

const latencyColumns = (
  name: string,
  of: (probe: ProbeReport) => Latency,
): [string, (line: Line) => Cell][] => [
  [`${name}_ms_mean`, ({ probe }) => of(probe)?.mean],
  [`${name}_ms_p50`, ({ probe }) => of(probe)?.p50.value],
  [`${name}_ms_p90`, ({ probe }) => of(probe)?.p90.value],
  [`${name}_ms_p95`, ({ probe }) => of(probe)?.p95.value],
  [`${name}_ms_p99`, ({ probe }) => of(probe)?.p99.value],
  [`${name}_ms_max`, ({ probe }) => of(probe)?.max],
];

const COLUMNS: readonly (readonly [name: string, of: (line: Line) => Cell])[] = [
  ['id', ({ source }) => source.facts.id],
  ['kind', ({ source }) => source.facts.kind],
  ['policy', ({ source }) => source.facts.question.policy],
  ['target', ({ source }) => source.facts.question.target.baseUrl],
  ['model', ({ source }) => source.provenance?.model ?? source.facts.question.target.model],
  ['axis', ({ source }) => source.facts.question.axis],
  ['probe', ({ probe }) => probe.probe],
  ['attempt', ({ probe }) => probe.attempt],
  ['phase', ({ probe }) => probe.phase],
  ['load', ({ probe }) => probe.load],
  ['started_at', ({ probe }) => new Date(probe.startedAtMs).toISOString()],
  ['settle_ms', ({ probe }) => probe.settleMs],
  ['window_ms', ({ probe }) => probe.windowMs],
  ['load_ms', ({ probe }) => probe.loadMs],
  ['end', ({ probe }) => probe.end],
  ['voided', ({ probe }) => probe.voided],
  ['requests', ({ probe }) => probe.requests],
  ['ok', ({ probe }) => probe.outcomes.ok ?? 0],
  ['unsent', ({ probe }) => probe.health.unsent],
  ['offered_rps', ({ probe }) => probe.offeredRps],
  ['completed_rps', ({ probe }) => probe.completedRps],
  ['output_tokens_per_second', ({ probe }) => probe.outputTokensPerSecond],
  ['mean_in_flight', ({ probe }) => probe.meanInFlight],
  ...latencyColumns('ttft', (probe) => probe.ttftMs),
  ...latencyColumns('tpot', (probe) => probe.tpotMs),
  ...latencyColumns('itl', (probe) => probe.itlMs),
  ...latencyColumns('e2e', (probe) => probe.e2eMs),
  ['tier', ({ tier }) => tier.tier],
  ['tier_verdict', ({ tier }) => tier.verdict],
  ['goodput_rps', ({ tier }) => tier.goodputRps?.value],
  ['goodput_rps_low', ({ tier }) => tier.goodputRps?.low],
  ['goodput_rps_high', ({ tier }) => tier.goodputRps?.high],
  ['attainment_ratio', ({ tier }) => tier.attainmentRatio?.value],
  ['objective', ({ objective }) => objective.text],
  ['objective_verdict', ({ objective }) => objective.verdict],
  ['n', ({ objective }) => objective.n],
  ['bad', ({ objective }) => objective.bad],
  ['measured', ({ objective }) => objective.measured?.value],
  ['measured_low', ({ objective }) => objective.measured?.low],
  ['measured_high', ({ objective }) => objective.measured?.high],
  ['bound', ({ objective }) => objective.bound],
  ['unit', ({ objective }) => objective.unit],
  ['objective_reason', ({ objective }) => objective.reason],
  ['tier_capacity_at_least', (line) => bracketOf(line)?.lower],
  ['tier_capacity_below', (line) => bracketOf(line)?.upper],
];

export function renderCsv(source: ReportSource): string {
  const lines = source.probes.flatMap((probe) =>
    probe.tiers.flatMap((tier) =>
      tier.objectives.map((objective): Line => ({ source, probe, tier, objective })),
    ),
  );
  const rows = [
    COLUMNS.map(([name]) => name),
    ...lines.map((line) => COLUMNS.map(([, of]) => cellText(of(line)))),
  ];
  return rows.map((row) => `${row.join(',')}\r\n`).join('');
}

function bracketOf({ source, tier }: Line) {
  return source.facts.result?.tiers.find((each) => each.tier === tier.tier);
}

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  // A lone surrogate is no text in any encoding.
  const text = cell.toWellFormed();
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
