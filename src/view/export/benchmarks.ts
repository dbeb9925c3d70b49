/**
 * The answer for two services that keep benchmarks over time. Both take a number and no verdict: a tier
 * that was not decided has no entry, because any number would be drawn as a measurement.
 *
 * - github-action-benchmark, `customBiggerIsBetter`: a list of {name, unit, value, range, extra}.
 * - Bencher Metric Format: benchmark name, measure, {value, lower_value, upper_value}.
 */
import { plainText } from '../plots/plain-text.ts';
import type { ReportSource } from '../report/report-source.ts';
import { type TierAnswer, tierAnswers } from '../report/tier-answers.ts';
import { loadNumber, sentenceOf } from '../sentence.ts';

interface Known {
  readonly name: string;
  readonly answer: TierAnswer;
  /** Shown to pass; 0 when all that was shown is a fail. */
  readonly atLeast: number;
  readonly below: number | undefined;
}

export function renderGithubBenchmark(source: ReportSource): string {
  const { axis } = source.facts.question;
  const entries = knownTiers(source).flatMap(({ name, answer, atLeast, below }) => {
    const { goodputRps } = answer.result ?? {};
    const upper = below === undefined ? 'open' : loadNumber(axis, below);
    return [
      {
        name: `${name}: capacity at least`,
        unit: axis === 'concurrency' ? 'concurrent requests' : 'requests/s',
        value: atLeast,
        range: `${loadNumber(axis, atLeast)} to ${upper}`,
        extra: `${sentenceOf(source.facts)}\n${source.facts.kind} ${source.facts.id}`,
      },
      ...(goodputRps === undefined
        ? []
        : [{ name: `${name}: goodput at the capacity`, unit: 'requests/s', value: goodputRps }]),
    ];
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}

export function renderBmf(source: ReportSource): string {
  const { axis } = source.facts.question;
  const capacity = axis === 'concurrency' ? 'capacity-concurrency' : 'capacity-requests-per-second';
  const benchmarks = knownTiers(source).map(({ name, answer, atLeast, below }) => {
    const { goodputRps } = answer.result ?? {};
    const measures = {
      [capacity]: {
        value: atLeast,
        lower_value: atLeast,
        ...(below === undefined ? {} : { upper_value: below }),
      },
      ...(goodputRps === undefined ? {} : { 'goodput-requests-per-second': { value: goodputRps } }),
    };
    return [name, measures] as const;
  });
  return `${JSON.stringify(Object.fromEntries(benchmarks), null, 2)}\n`;
}

/** Of a gate only its one load is known: it has a bound, not a capacity, and no entry. */
function knownTiers(source: ReportSource): Known[] {
  const { facts } = source;
  if (facts.state !== 'done' || facts.kind === 'gate') return [];
  return tierAnswers(facts).flatMap((answer) => {
    const { result, tier } = answer;
    if (result === undefined || result.outcome === 'undecided') return [];
    const name = plainText([subject(source), tier.name].join(' / '));
    return [{ name, answer, atLeast: result.lower ?? 0, below: result.upper }];
  });
}

/** The same every night: without what a run alone has. */
function subject({ facts, provenance }: ReportSource): string {
  const { policy, target } = facts.question;
  const model = target.model ?? provenance?.model;
  return [policy ?? 'search', model ?? target.baseUrl].join(' / ');
}
