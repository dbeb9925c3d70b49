/**
 * llm-d's benchmark report, v0.2.1 (a superset of 0.2): one probe a report, because the format knows no
 * search. It has no field for a bracket or a verdict; ours stands under `results.observability.plimsoll`,
 * where the schema leaves room, and the whole question under `load.native.config`.
 */
import { unreachable } from '../../core/base/result.ts';
import { firstValidProbe } from '../../core/frontier/frontier.ts';
import type { LatencySummary, ProbeReport } from '../../core/probe/probe-report.ts';
import type { LengthSpec, WorkloadSpec } from '../../core/workload/spec.ts';
import type { ReportSource } from '../report/report-source.ts';
import { tierAnswers } from '../report/tier-answers.ts';
import { summaryOf } from '../summary.ts';

/** The version of the schema that this was written for. */
const SCHEMA_VERSION = '0.2.1';

type Json = Readonly<Record<string, unknown>>;

export function renderBenchmarkReport(source: ReportSource, wanted: number | undefined): string {
  const probe = chosenProbe(source, wanted);
  const report = {
    version: SCHEMA_VERSION,
    run: runOf(source, probe),
    ...(probe === undefined ? {} : { scenario: { load: loadOf(source, probe) } }),
    results: {
      ...(probe === undefined ? {} : { request_performance: { aggregate: aggregateOf(probe) } }),
      observability: { plimsoll: ownPart(source, probe) },
    },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** The probe that carries the answer: the longest at the largest load shown to pass, else the last. */
function chosenProbe(
  { facts, probes }: ReportSource,
  wanted: number | undefined,
): ProbeReport | undefined {
  if (wanted !== undefined) return probes.find((probe) => probe.probe === wanted);
  const from = facts.result === undefined ? 0 : firstValidProbe(facts.result);
  const sound = probes.filter((probe) => probe.voided === undefined && probe.probe >= from);
  const lower = facts.result?.tiers[0]?.lower;
  const passed = sound.filter((probe) => lower !== undefined && probe.load <= lower);
  const best = passed.sort((a, b) => b.load - a.load || b.windowMs - a.windowMs)[0];
  return best ?? sound.at(-1);
}

function runOf({ facts, createdAtMs }: ReportSource, probe: ProbeReport | undefined): Json {
  const { policy, labels } = facts.question;
  const startMs = probe?.startedAtMs ?? createdAtMs;
  const loadMs = probe?.loadMs ?? 0;
  return {
    uid: probe === undefined ? facts.id : `${facts.id}-${probe.probe}-${probe.attempt}`,
    eid: facts.id,
    time: {
      start: new Date(startMs).toISOString(),
      end: new Date(startMs + loadMs).toISOString(),
      duration: `PT${(loadMs / 1_000).toFixed(3)}S`,
    },
    description: summaryOf(facts).sentence,
    keywords: [
      facts.kind,
      ...(policy === undefined ? [] : [policy]),
      ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ],
  };
}

function loadOf(source: ReportSource, probe: ProbeReport): Json {
  const { question } = source.facts;
  const { workload, axis } = question;
  const lengths = lengthsOf(workload, probe);
  return {
    metadata: {},
    standardized: {
      tool: 'plimsoll',
      tool_version: source.provenance?.plimsollVersion ?? 'unknown',
      parallelism: Math.max(1, probe.health.generators),
      source:
        workload.kind === 'synthetic' ? 'random' : workload.kind === 'file' ? 'sampled' : 'unknown',
      stage: probe.probe,
      input_seq_len: lengths.input,
      ...(lengths.output === undefined ? {} : { output_seq_len: lengths.output }),
      ...(axis === 'concurrency' ? { concurrency: probe.load } : { rate_qps: probe.load }),
    },
    native: { config: source.repeat.question },
  };
}

function lengthsOf(workload: WorkloadSpec, probe: ProbeReport) {
  if (workload.kind === 'synthetic') {
    return { input: lengthOf(workload.inputTokens), output: lengthOf(workload.outputTokens) };
  }
  // Neither a file nor a mix is one law: what was measured stands for it.
  const measured = (mean: number | undefined): Json | undefined =>
    mean === undefined ? undefined : { distribution: 'other', value: mean };
  const input = measured(probe.inputTokensMean) ?? { distribution: 'other', value: 0 };
  return { input, output: measured(probe.outputTokensMean) };
}

function lengthOf(length: LengthSpec): Json {
  switch (length.kind) {
    case 'fixed':
      return { distribution: 'fixed', value: length.tokens };
    case 'uniform': {
      const { min, max } = length;
      return { distribution: 'uniform', value: (min + max) / 2, min, max };
    }
    case 'normal': {
      const { mean, stdev, min, max } = length;
      return { distribution: 'gaussian', value: mean, std_dev: stdev, min, max };
    }
    case 'lognormal': {
      const { lnMean, lnSigma, min, max } = length;
      return { distribution: 'other', value: Math.exp(lnMean + lnSigma ** 2 / 2), min, max };
    }
    case 'histogram': {
      const weight = length.bins.reduce((sum, bin) => sum + bin.weight, 0);
      const sum = length.bins.reduce((total, b) => total + (b.weight * (b.min + b.max)) / 2, 0);
      return { distribution: 'other', value: weight > 0 ? sum / weight : 0 };
    }
    case 'percentiles': {
      const { points, min, max } = length;
      const median = points.reduce((a, b) => (Math.abs(b.q - 0.5) < Math.abs(a.q - 0.5) ? b : a));
      return { distribution: 'other', value: median.tokens, min, max };
    }
    default:
      return unreachable(length);
  }
}

function aggregateOf(probe: ProbeReport): Json {
  const { outcomes, requests } = probe;
  const incomplete = (outcomes.pending ?? 0) + (outcomes.cancelled ?? 0);
  const failures = Math.max(0, requests - (outcomes.ok ?? 0) - incomplete);
  const mean = (value: number | undefined, units: string): Json =>
    value === undefined ? {} : { units, mean: value };
  const some = (name: string, value: Json): Json =>
    Object.keys(value).length === 0 ? {} : { [name]: value };
  return {
    requests: {
      total: requests,
      failures,
      incomplete,
      ...some('input_length', mean(probe.inputTokensMean, 'count')),
      ...some('output_length', mean(probe.outputTokensMean, 'count')),
    },
    latency: {
      ...some('time_to_first_token', latency(probe.ttftMs, 'ms')),
      ...some('time_per_output_token', latency(probe.tpotMs, 'ms/token')),
      ...some('inter_token_latency', latency(probe.itlMs, 'ms/token')),
      ...some('request_latency', latency(probe.e2eMs, 'ms')),
    },
    throughput: {
      request_rate: { units: 'queries/s', mean: probe.completedRps },
      output_token_rate: { units: 'tokens/s', mean: probe.outputTokensPerSecond },
    },
  };
}

function latency(summary: LatencySummary | undefined, units: string): Json {
  if (summary === undefined) return {};
  const { mean, p50, p90, p95, p99, max } = summary;
  return {
    units,
    mean,
    p50: p50.value,
    p90: p90.value,
    p95: p95.value,
    p99: p99.value,
    max,
  };
}

function ownPart({ facts, provenance }: ReportSource, probe: ProbeReport | undefined): Json {
  const { question, result } = facts;
  const { verdict } = summaryOf(facts);
  return {
    id: facts.id,
    kind: facts.kind,
    state: facts.state,
    verdict,
    reason: facts.reason ?? result?.stopped ?? null,
    axis: question.axis,
    confidence: question.confidence,
    target: question.target.baseUrl,
    model: provenance?.model ?? question.target.model ?? null,
    tiers: tierAnswers(facts).map(({ tier, result: found, verdict: answer }) => ({
      tier: tier.name,
      slo: tier.text,
      answer,
      capacity_at_least: found?.lower ?? null,
      capacity_below: found?.upper ?? null,
      capacity_estimate: found?.estimate?.load ?? null,
      goodput_rps: found?.goodputRps ?? null,
    })),
    probe:
      probe === undefined
        ? null
        : {
            probe: probe.probe,
            voided: probe.voided ?? null,
            tiers: probe.tiers.map((tier) => ({
              tier: tier.tier,
              verdict: tier.verdict,
              goodput_rps: tier.goodputRps?.value ?? null,
              attainment_ratio: tier.attainmentRatio?.value ?? null,
            })),
          },
  };
}
