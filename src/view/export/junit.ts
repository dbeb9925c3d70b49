/**
 * JUnit XML, as Jenkins, GitLab and GitHub's reporters read it: a test case for each tier. A missed
 * requirement is a `failure`; what could not be decided is an `error`, because a skipped test counts as
 * green nearly everywhere. Whoever wants it skipped has to say so.
 */
import { escapeMarkup } from '../plots/escape.ts';
import { plainText } from '../plots/plain-text.ts';
import type { ReportSource } from '../report/report-source.ts';
import { type TierAnswer, tierAnswers } from '../report/tier-answers.ts';
import { loadNumber, loadWords, sentenceOf } from '../sentence.ts';

/** What an inconclusive tier becomes. */
export type Inconclusive = 'error' | 'skipped';

/** The sentence may hold several SLO texts; all of them stay readable. */
const MAX_MESSAGE = 2_000;

export function renderJunit(source: ReportSource, inconclusive: Inconclusive): string {
  const { facts } = source;
  const answers = tierAnswers(facts);
  const count = (verdict: string): number =>
    answers.filter((answer) => answer.verdict === verdict).length;
  const undecided = count('inconclusive');
  const counts = attributes({
    tests: String(answers.length),
    failures: String(count('fail')),
    errors: String(inconclusive === 'error' ? undecided : 0),
    skipped: String(inconclusive === 'skipped' ? undecided : 0),
    time: seconds(facts.result?.loadSeconds ?? 0),
  });
  const startedAt = new Date(source.startedAtMs ?? source.createdAtMs).toISOString();
  const suite = attributes({
    name: suiteName(source),
    timestamp: startedAt.replace(/\.\d+Z$/, ''),
    hostname: hostOf(facts.question.target.baseUrl),
  });
  const cases = answers.map((answer) => testCase(source, answer, inconclusive)).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites name="plimsoll"${counts}>\n<testsuite${suite}${counts}>\n` +
    `${properties(source)}${cases}</testsuite>\n</testsuites>\n`
  );
}

function testCase(source: ReportSource, answer: TierAnswer, inconclusive: Inconclusive): string {
  const { facts } = source;
  const head = attributes({
    classname: `plimsoll.${facts.question.policy ?? facts.kind}`,
    name: `${answer.tier.name}: ${answer.tier.text}`,
    time: seconds(facts.result?.loadSeconds ?? 0),
  });
  const told = `<system-out>${text(evidenceLines(source, answer))}</system-out>\n`;
  return `<testcase${head}>\n${outcome(source, answer, inconclusive)}${told}</testcase>\n`;
}

function outcome(source: ReportSource, answer: TierAnswer, inconclusive: Inconclusive): string {
  const message = plainText(messageOf(source, answer), MAX_MESSAGE);
  switch (answer.verdict) {
    case 'none':
    case 'pass':
      return '';
    case 'fail':
      return `<failure${attributes({ message, type: 'fail' })}>${text(message)}</failure>\n`;
    case 'inconclusive':
      return inconclusive === 'skipped'
        ? `<skipped${attributes({ message })}/>\n`
        : `<error${attributes({ message, type: 'inconclusive' })}>${text(message)}</error>\n`;
  }
}

function messageOf(source: ReportSource, { result, verdict }: TierAnswer): string {
  const { axis, requiredAtLeast } = source.facts.question;
  if (verdict !== 'fail' || requiredAtLeast === undefined) return sentenceOf(source.facts);
  const upper = result?.upper === undefined ? '' : `; ${loadNumber(axis, result.upper)} fails`;
  return `${loadWords(axis, requiredAtLeast)} required${upper}. ${sentenceOf(source.facts)}`;
}

function evidenceLines(source: ReportSource, { tier, result }: TierAnswer): string {
  const { axis } = source.facts.question;
  const bound = (load: number | undefined): string =>
    load === undefined ? 'none' : loadNumber(axis, load);
  const probes = source.probes.map((probe) => {
    const judged = probe.tiers.find((each) => each.tier === tier.name);
    const verdict = probe.voided === undefined ? (judged?.verdict ?? 'inconclusive') : 'void';
    return `probe ${probe.probe}: load ${loadNumber(axis, probe.load)}, ${probe.requests} requests, ${verdict}`;
  });
  return [
    sentenceOf(source.facts),
    `passes ${bound(result?.lower)}, fails ${bound(result?.upper)}`,
    ...probes,
  ].join('\n');
}

function properties(source: ReportSource): string {
  const { facts, provenance } = source;
  const { question } = facts;
  const pairs: [string, string | undefined][] = [
    ['id', facts.id],
    ['state', facts.state],
    ['reason', facts.reason ?? facts.result?.stopped],
    ['target', question.target.baseUrl],
    ['model', provenance?.model ?? question.target.model],
    ['policy', question.policy],
    ['axis', question.axis],
    ['confidence', String(question.confidence)],
    ['seed', String(question.seed)],
    ['plimsoll_version', provenance?.plimsollVersion],
    ...Object.entries(question.labels).map(([name, value]): [string, string] => [
      `label.${name}`,
      value,
    ]),
  ];
  const lines = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [`<property${attributes({ name, value })}/>\n`],
  );
  return `<properties>\n${lines.join('')}</properties>\n`;
}

function suiteName({ facts }: ReportSource): string {
  const { policy, target } = facts.question;
  return [policy ?? facts.kind, target.model, target.baseUrl].filter(Boolean).join(' ');
}

function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'unknown';
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(plainText(value, MAX_MESSAGE))}"`)
    .join('');
}

/** Line by line: plain text has no line breaks, and these are ours. */
function text(lines: string): string {
  return lines
    .split('\n')
    .map((line) => escapeMarkup(plainText(line, MAX_MESSAGE)))
    .join('\n');
}

const MILLI = 3;
function seconds(value: number): string {
  return value.toFixed(MILLI);
}
