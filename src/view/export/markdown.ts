/**
 * Markdown, for a step summary or an annotation: a table and no picture, because those places show
 * none. What came from outside stands in code spans, where nothing is a link, a mention or markup.
 */
import type { ObjectiveVerdict, ProbeReport } from '../../core/probe/probe-report.ts';
import { warningText } from '../page/answer.ts';
import { countText, measuredText, numberText, percentText, timeText } from '../page/number-text.ts';
import { intervalText } from '../plots/numbers.ts';
import { plainText } from '../plots/plain-text.ts';
import { dataWords, tokenCountWords } from '../provenance-words.ts';
import { curlCommand } from '../report/repeat.ts';
import type { ReportSource } from '../report/report-source.ts';
import { type TierAnswer, tierAnswers } from '../report/tier-answers.ts';
import { loadNumber, loadWords, sentenceOf } from '../sentence.ts';
import { summaryOf } from '../summary.ts';

const SIGNS: Readonly<Record<string, string>> = {
  pass: '✓ pass',
  fail: '✕ fail',
  inconclusive: '? undecided',
  none: 'answered',
  pending: 'not ended',
};
/** A sentence may hold a server's own message; no reader wants a page of it. */
const MAX_SENTENCE = 2_000;

export function renderMarkdown(source: ReportSource): string {
  const { facts } = source;
  const { verdict } = summaryOf(facts);
  const head = verdict === 'none' ? '' : `**${SIGNS[verdict] ?? verdict}**: `;
  const parts = [
    `## ${head}${escaped(plainText(sentenceOf(facts), MAX_SENTENCE))}`,
    tiersTable(source),
    warnings(source),
    evidence(source),
    '### What was measured against what',
    factsList(source),
    '### How to repeat it',
    fenced('sh', curlCommand(source.repeat)),
    fenced('yaml', source.repeat.policyYaml),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function tiersTable(source: ReportSource): string {
  const { axis } = source.facts.question;
  const load = (value: number | undefined): string =>
    value === undefined ? 'none' : loadNumber(axis, value);
  const row = ({ tier, result, verdict }: TierAnswer): string[] => {
    const { lower, upper, estimate, goodputRps, maxGoodput } = result ?? {};
    return [
      code(`${tier.name}: ${tier.text}`),
      SIGNS[verdict] ?? verdict,
      load(lower),
      load(upper),
      estimate === undefined ? 'none' : numberText(estimate.load),
      goodputRps === undefined ? 'none' : numberText(goodputRps),
      maxGoodput === undefined
        ? 'none'
        : `${numberText(maxGoodput.rps)} at ${loadNumber(axis, maxGoodput.load)}`,
    ];
  };
  const unit = axis === 'concurrency' ? 'streams' : 'req/s';
  return table(
    [
      'SLO',
      'answer',
      `passes (${unit})`,
      `fails (${unit})`,
      'estimate',
      'goodput there (req/s)',
      'most goodput (req/s)',
    ],
    tierAnswers(source.facts).map(row),
  );
}

function warnings({ facts }: ReportSource): string {
  const load = (value: number): string => loadWords(facts.question.axis, value);
  const lines = (facts.result?.warnings ?? []).map(
    (warning) => `- ${escaped(plainText(warningText(warning, load), MAX_SENTENCE))}`,
  );
  return lines.length === 0 ? '' : `### To be careful about\n\n${lines.join('\n')}`;
}

function evidence(source: ReportSource): string {
  const { question } = source.facts;
  const rows = source.probes.flatMap((probe) =>
    probe.tiers.flatMap((tier) =>
      tier.objectives.map((one) => [
        String(probe.probe),
        loadNumber(question.axis, probe.load),
        countText(probe.requests),
        ...(question.tiers.length > 1 ? [code(tier.tier)] : []),
        code(one.text),
        one.n === undefined ? '' : `${countText(one.bad ?? 0)} of ${countText(one.n)}`,
        intervalText(one.measured, one.unit),
        verdictText(probe, one),
      ]),
    ),
  );
  if (rows.length === 0) return '### Evidence\n\nNo probe has finished.';
  const tier = question.tiers.length > 1 ? ['tier'] : [];
  const columns = [
    'probe',
    'load',
    'requests',
    ...tier,
    'objective',
    'misses',
    'measured',
    'verdict',
  ];
  return `### Evidence\n\n${table(columns, rows)}`;
}

function verdictText(probe: ProbeReport, one: ObjectiveVerdict): string {
  return probe.voided === undefined
    ? (SIGNS[one.verdict] ?? one.verdict)
    : `void: ${code(probe.voided)}`;
}

function factsList(source: ReportSource): string {
  const { facts, provenance } = source;
  const { question, result } = facts;
  const { target, budget } = question;
  const worst = (of: (probe: ProbeReport) => number | undefined): number =>
    Math.max(0, ...source.probes.map((probe) => of(probe) ?? 0));
  const voided = source.probes.filter((probe) => probe.voided !== undefined).length;
  const pairs: [string, string | undefined][] = [
    ['id', code(`${facts.kind} ${facts.id}`)],
    ['target', code(target.baseUrl)],
    ['model', codeOf(provenance?.model ?? target.model)],
    ['address', codeOf(provenance?.resolvedAddress)],
    ['dialect', codeOf(provenance?.dialect)],
    ...Object.entries(provenance?.targetInfo ?? {}).map(([name, value]): [string, string] => [
      `the target's ${escaped(plainText(name))}`,
      code(value),
    ]),
    [
      'tokens counted',
      provenance?.tokenCounts === undefined ? undefined : tokenCountWords(provenance.tokenCounts),
    ],
    ...(provenance?.data ?? []).map((file): [string, string] => [
      `data of ${escaped(plainText(file.part))}`,
      code(dataWords(file)),
    ]),
    ['policy', codeOf(question.policy)],
    ['labels', codeOf(labelText(question.labels))],
    ['confidence', percentText(question.confidence)],
    ['seed', String(question.seed)],
    [
      'budget',
      `${countText(budget.loadSeconds)} s of load, ${countText(budget.requests)} requests`,
    ],
    [
      'spent',
      result && `${countText(result.loadSeconds)} s, ${countText(result.requests)} requests`,
    ],
    [
      'started',
      source.startedAtMs === undefined ? undefined : `${timeText(source.startedAtMs)} UTC`,
    ],
    ['ended', source.endedAtMs === undefined ? undefined : `${timeText(source.endedAtMs)} UTC`],
    ['voided probes', `${voided} of ${source.probes.length}`],
    [
      'client',
      `worst send lag p99 ${measuredText(
        worst((p) => p.health.sendLagMsP99),
        'ms',
      )}, ${countText(worst((p) => p.health.unsent))} unsent`,
    ],
    ['Plimsoll', codeOf(provenance?.plimsollVersion)],
  ];
  return pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`- ${name}: ${value}`]))
    .join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? undefined : pairs.join(', ');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function codeOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : code(text);
}

/** A code span: its fence is longer than any run of backticks inside (CommonMark 6.1). */
function code(text: string): string {
  // A bar ends a table's cell even inside a code span (GFM, tables).
  const line = plainText(text).replaceAll('|', '\\|') || ' ';
  const fence = fenceFor(line, 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

function fenced(language: string, text: string): string {
  const fence = fenceFor(text, 3);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function fenceFor(text: string, least: number): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const longest = Math.max(0, ...runs);
  return '`'.repeat(longest === 0 ? least : Math.max(least, longest + 1));
}

/** Every character that can begin markup; an at sign would call a person by name. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~!&$]/g, '\\$&').replaceAll('@', '&#64;');
}
