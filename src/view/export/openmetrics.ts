/**
 * OpenMetrics text 1.0, for GitLab's metrics report, a Pushgateway or a textfile collector. Base units,
 * ratios 0..1, one unit a name; a bound that was not shown has no sample, because 0 and infinity would
 * both be read as measurements. Labels come only from the question, so their number is bounded.
 */
import { plainText } from '../plots/plain-text.ts';
import type { ReportSource } from '../report/report-source.ts';
import { summaryOf } from '../summary.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'info' | 'stateset';
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const VERDICTS = ['none', 'pass', 'fail', 'inconclusive', 'pending'] as const;
const STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'] as const;

export function renderOpenmetrics(source: ReportSource): string {
  const families = familiesOf(source).filter((family) => family.samples.length > 0);
  return `${families.map(familyText).join('')}# EOF\n`;
}

function familiesOf(source: ReportSource): Family[] {
  const { facts, provenance } = source;
  const { question, result } = facts;
  const base = baseLabels(source);
  const summary = summaryOf(facts);
  return [
    ...tierFamilies(source, base),
    states('plimsoll_verdict', 'Verdict on the required load.', VERDICTS, summary.verdict, base),
    states('plimsoll_search_state', 'State of the search.', STATES, facts.state, base),
    gauge(
      'plimsoll_search_confidence_ratio',
      'ratio',
      'Asked confidence.',
      base,
      question.confidence,
    ),
    gauge('plimsoll_search_load_seconds', 'seconds', 'Time under load.', base, result?.loadSeconds),
    gauge('plimsoll_search_probes', undefined, 'Finished probes.', base, result?.probes),
    gauge('plimsoll_search_requests', undefined, 'Requests sent.', base, result?.requests),
    gauge(
      'plimsoll_search_completed_timestamp_seconds',
      'seconds',
      'When it ended.',
      base,
      source.endedAtMs === undefined ? undefined : source.endedAtMs / 1_000,
    ),
    {
      name: 'plimsoll_search',
      type: 'info',
      help: 'What was asked by which version.',
      samples: [
        {
          labels: {
            ...base,
            id: facts.id,
            kind: facts.kind,
            version: provenance?.plimsollVersion ?? '',
          },
          value: 1,
        },
      ],
    },
  ];
}

function tierFamilies(source: ReportSource, base: Labels): Family[] {
  const { question, result } = source.facts;
  const tiers = result?.tiers ?? [];
  const isConcurrency = question.axis === 'concurrency';
  const unit = isConcurrency ? 'concurrency' : 'requests_per_second';
  const of = (tier: string, more: Labels = {}): Labels => ({ ...base, tier, ...more });
  const sample = (labels: Labels, value: number | undefined): Sample[] =>
    value === undefined ? [] : [{ labels, value }];
  return [
    {
      name: `plimsoll_capacity_${unit}`,
      type: 'gauge',
      unit,
      help: 'Largest load shown to pass (lower) and smallest shown to fail (upper).',
      samples: tiers.flatMap(({ tier, lower, upper }) => [
        ...sample(of(tier, { bound: 'lower' }), lower),
        ...sample(of(tier, { bound: 'upper' }), upper),
      ]),
    },
    {
      name: `plimsoll_capacity_estimate_${unit}`,
      type: 'gauge',
      unit,
      help: 'Where the SLO most likely breaks; not a promise.',
      samples: tiers.flatMap(({ tier, estimate }) => sample(of(tier), estimate?.load)),
    },
    {
      name: 'plimsoll_goodput_requests_per_second',
      type: 'gauge',
      unit: 'requests_per_second',
      help: 'Good requests at the largest load shown to pass.',
      samples: tiers.flatMap(({ tier, goodputRps }) => sample(of(tier), goodputRps)),
    },
    {
      name: 'plimsoll_goodput_max_requests_per_second',
      type: 'gauge',
      unit: 'requests_per_second',
      help: 'Most good requests at any load.',
      samples: tiers.flatMap(({ tier, maxGoodput }) => sample(of(tier), maxGoodput?.rps)),
    },
  ];
}

function baseLabels({ facts, provenance }: ReportSource): Labels {
  const { policy, target } = facts.question;
  const model = target.model ?? provenance?.model;
  return {
    ...(policy === undefined ? {} : { policy }),
    target: target.baseUrl,
    ...(model === undefined ? {} : { model }),
  };
}

function gauge(
  name: string,
  unit: string | undefined,
  help: string,
  labels: Labels,
  value: number | undefined,
): Family {
  const samples = value === undefined ? [] : [{ labels, value }];
  return { name, type: 'gauge', ...(unit === undefined ? {} : { unit }), help, samples };
}

/** One sample for each state, 1 for that which holds. */
function states(
  name: string,
  help: string,
  all: readonly string[],
  held: string,
  labels: Labels,
): Family {
  const samples = all.map((state) => ({
    labels: { ...labels, [name]: state },
    value: state === held ? 1 : 0,
  }));
  return { name, type: 'stateset', help, samples };
}

function familyText({ name, type, unit, help, samples }: Family): string {
  const lines = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
      return `${type === 'info' ? `${name}_info` : name}{${pairs.join(',')}} ${value}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** Longest label value; names and addresses are shorter. */
const MAX_LABEL = 2_000;

/** The three escapes that the format has; other control characters would trouble readers of lines. */
function escaped(text: string): string {
  const lines = text.split('\n').map((line) => plainText(line, MAX_LABEL));
  return lines.join('\n').replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
