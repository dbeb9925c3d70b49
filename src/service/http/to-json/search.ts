/**
 * From the program's own shapes to those of the API: snake_case with units. This folder is the only
 * place that knows both spellings; the return types are the schemas of `openapi.yaml`, so a key that
 * is wrong here does not compile.
 */
import type { z } from 'zod';
import type { FrontierPoint } from '../../../core/frontier/frontier-point.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import type {
  GateAnswer,
  SearchResult,
  TierResult,
  Warning,
} from '../../../core/search/answer/result.ts';
import { type Summary, summaryOf } from '../../../view/summary.ts';
import type { Provenance, SearchEvent, SearchRecord } from '../../runner/search-service.ts';
import type { eventSchema } from '../schemas/event.ts';
import type {
  gateListSchema,
  gateSchema,
  resultSchema,
  searchListSchema,
  searchSchema,
  summarySchema,
} from '../schemas/search.ts';
import { frontierToJson, probeToJson } from './measured.ts';
import { gateQuestionToJson, questionToJson } from './question.ts';
import { number, optionalTime, time } from './scalars.ts';

export type SearchJson = z.infer<typeof searchSchema>;
export type GateJson = z.infer<typeof gateSchema>;
export type SummaryJson = z.infer<typeof summarySchema>;
export type ResultJson = z.infer<typeof resultSchema>;
type TierJson = ResultJson['tiers'][number];
type WarningJson = ResultJson['warnings'][number];
type ListItemJson =
  | z.infer<typeof searchListSchema>['searches'][number]
  | z.infer<typeof gateListSchema>['gates'][number];

export function searchToJson(
  record: SearchRecord,
  probes: readonly ProbeReport[],
  frontier: readonly FrontierPoint[],
): SearchJson | GateJson {
  const { kind, question, result, provenance } = record;
  const measured = {
    result: result === undefined ? null : resultToJson(result),
    frontier: frontierToJson(frontier, question.axis),
    probes: probes.map(probeToJson),
    provenance: provenance === undefined ? null : provenanceToJson(provenance),
  };
  const head = headToJson(record);
  return kind === 'search'
    ? { ...head, kind, question: questionToJson(question), ...measured }
    : { ...head, kind, question: gateQuestionToJson(question), ...measured };
}

export function listItemToJson(record: SearchRecord): ListItemJson {
  const { kind, question } = record;
  return {
    ...headToJson(record),
    kind,
    policy: question.policy ?? null,
    target: question.target.baseUrl,
    labels: { ...question.labels },
  };
}

/** Where the search or gate is read. */
export function pathOf({ kind, id }: Pick<SearchRecord, 'kind' | 'id'>): string {
  return kind === 'search' ? `/v1/searches/${id}` : `/v1/gates/${id}`;
}

function headToJson(record: SearchRecord) {
  const self = pathOf(record);
  return {
    id: record.id,
    state: record.state,
    created_at: time(record.createdAtMs),
    started_at: optionalTime(record.startedAtMs),
    ended_at: optionalTime(record.endedAtMs),
    reason: record.reason ?? null,
    detail: record.detail ?? null,
    summary: summaryToJson(summaryOf(record)),
    links: {
      self,
      summary: `${self}/summary`,
      frontier: `${self}/frontier`,
      probes: `${self}/probes`,
      log: `${self}/log`,
      report: `${self}/report`,
      requests: `${self}/requests`,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
    },
  };
}

export function summaryToJson(summary: Summary): SummaryJson {
  return {
    id: summary.id,
    kind: summary.kind,
    state: summary.state,
    done: summary.done,
    verdict: summary.verdict,
    exit_code: summary.exitCode,
    reason: summary.reason ?? null,
    sentence: summary.sentence,
    tier: summary.tier,
    axis: summary.axis,
    capacity_at_least: summary.capacityAtLeast,
    capacity_below: number(summary.capacityBelow),
    capacity_estimate: number(summary.capacityEstimate),
    confidence: summary.confidence,
    max_goodput_load: number(summary.maxGoodputLoad),
    max_goodput_rps: number(summary.maxGoodputRps),
    goodput_rps: number(summary.goodputRps),
    binding_objective: summary.bindingObjective ?? null,
    limit_cause: summary.limitCause ?? null,
    required_at_least: number(summary.requiredAtLeast),
    baseline_verdict: summary.baselineVerdict,
    probes: summary.probes,
    requests: summary.requests,
    load_seconds: summary.loadSeconds,
    report_url: summary.reportUrl,
  };
}

export function resultToJson(result: SearchResult): ResultJson {
  return {
    confidence: result.confidence,
    resolution: result.resolution,
    tiers: result.tiers.map(tierToJson),
    warnings: result.warnings.map(warningToJson),
    probes: result.probes,
    requests: result.requests,
    load_seconds: result.loadSeconds,
    stopped: result.stopped,
    ...(result.gate !== undefined && { gate: gateToJson(result.gate) }),
  };
}

function gateToJson({ load, verdict, tiers }: GateAnswer): NonNullable<ResultJson['gate']> {
  return {
    load,
    verdict,
    tiers: tiers.map((tier) => ({
      tier: tier.tier,
      verdict: tier.verdict,
      objectives: tier.objectives.map((objective) => ({
        id: objective.id,
        pass_nats: objective.passNats,
        fail_nats: objective.failNats,
        design_effect: objective.designEffect,
        samples: objective.samples,
      })),
    })),
  };
}

function tierToJson(tier: TierResult): TierJson {
  const { estimate, maxGoodput } = tier;
  return {
    tier: tier.tier,
    outcome: tier.outcome,
    bracket: { lower: number(tier.lower), upper: number(tier.upper) },
    estimate:
      estimate === undefined
        ? null
        : { load: estimate.load, low: number(estimate.low), high: number(estimate.high) },
    goodput_rps: number(tier.goodputRps),
    max_goodput:
      maxGoodput === undefined
        ? null
        : {
            load: maxGoodput.load,
            load_low: number(maxGoodput.loadLow),
            load_high: number(maxGoodput.loadHigh),
            rps: maxGoodput.rps,
            rps_low: number(maxGoodput.rpsLow),
            rps_high: number(maxGoodput.rpsHigh),
          },
    binding_objective: tier.bindingObjective ?? null,
    whole_range: tier.wholeRange ?? null,
    needed_load_seconds: number(tier.neededLoadSeconds),
    needs: tier.needs ?? null,
  };
}

function warningToJson(warning: Warning): WarningJson {
  switch (warning.kind) {
    case 'inversion': {
      const { kind, tier, passedLoad, failedLoad } = warning;
      return { kind, tier, passed_load: passedLoad, failed_load: failedLoad };
    }
    case 'drift': {
      const { kind, atProbe, ratio, droppedProbes } = warning;
      return { kind, at_probe: atProbe, ratio, dropped_probes: droppedProbes };
    }
    case 'hysteresis':
      return { kind: warning.kind, at_probe: warning.atProbe, load: warning.load };
    case 'missing_measurement':
      return { ...warning };
  }
}

function provenanceToJson(provenance: Provenance): NonNullable<SearchJson['provenance']> {
  return {
    plimsoll_version: provenance.plimsollVersion,
    node_version: provenance.nodeVersion,
    resolved_address: provenance.resolvedAddress,
    model: provenance.model,
    dialect: provenance.dialect,
    target_info: { ...provenance.targetInfo },
    token_counts: provenance.tokenCounts === undefined ? null : { ...provenance.tokenCounts },
    data: (provenance.data ?? []).map(({ rowsUsed, ...file }) => ({
      ...file,
      rows_used: rowsUsed,
    })),
  };
}

export function eventToJson(event: SearchEvent): z.infer<typeof eventSchema> {
  return { id: event.seq, type: event.type, at: time(event.atMs), data: { ...event.data } };
}
