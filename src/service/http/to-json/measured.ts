/** Probes and the frontier in the API's spelling: everything that was measured. */
import type { z } from 'zod';
import type { Axis } from '../../../core/base/axis.ts';
import type { FrontierPoint } from '../../../core/frontier/frontier-point.ts';
import type { Interval, LatencySummary, ProbeReport } from '../../../core/probe/probe-report.ts';
import type { frontierSchema, interval, probeSchema } from '../schemas/probe.ts';
import { number, time } from './scalars.ts';

type ProbeJson = z.infer<typeof probeSchema>;
type FrontierJson = z.infer<typeof frontierSchema>;
type IntervalJson = z.infer<typeof interval>;

export function frontierToJson(points: readonly FrontierPoint[], axis: Axis): FrontierJson {
  return {
    axis,
    points: points.map((point) => ({
      load: point.load,
      verdict: point.verdict,
      dominated: point.dominated,
      probes: [...point.probes],
      requests: point.requests,
      window_ms: point.windowMs,
      outcomes: { ...point.outcomes },
      offered_rps: number(point.offeredRps),
      completed_rps: number(point.completedRps),
      output_tokens_per_second: number(point.outputTokensPerSecond),
      mean_in_flight: number(point.meanInFlight),
      ...latenciesToJson(point),
      tiers: point.tiers.map(({ tier, verdict, goodputRps, attainmentRatio, judged }) => ({
        tier,
        verdict,
        goodput_rps: optionalInterval(goodputRps),
        attainment_ratio: optionalInterval(attainmentRatio),
        judged:
          judged === undefined ? null : { ...judged, measured: intervalToJson(judged.measured) },
      })),
    })),
  };
}

export function probeToJson(report: ProbeReport): ProbeJson {
  const { health } = report;
  return {
    probe: report.probe,
    attempt: report.attempt,
    phase: report.phase,
    load: report.load,
    reason: report.reason,
    end: report.end,
    voided: report.voided ?? null,
    started_at: time(report.startedAtMs),
    settle_ms: report.settleMs,
    window_ms: report.windowMs,
    load_ms: report.loadMs,
    requests: report.requests,
    outcomes: { ...report.outcomes },
    intended_rps: number(report.intendedRps),
    offered_rps: number(report.offeredRps),
    completed_rps: number(report.completedRps),
    output_tokens_per_second: number(report.outputTokensPerSecond),
    mean_in_flight: number(report.meanInFlight),
    ...latenciesToJson(report),
    input_tokens_mean: number(report.inputTokensMean),
    output_tokens_mean: number(report.outputTokensMean),
    tiers: report.tiers.map(({ tier, verdict, objectives, goodputRps, attainmentRatio }) => ({
      tier,
      verdict,
      objectives: objectives.map((objective) => ({
        id: objective.id,
        text: objective.text,
        verdict: objective.verdict,
        n: number(objective.n),
        bad: number(objective.bad),
        measured: optionalInterval(objective.measured),
        bound: objective.bound,
        unit: objective.unit,
        reason: objective.reason ?? null,
      })),
      goodput_rps: optionalInterval(goodputRps),
      attainment_ratio: optionalInterval(attainmentRatio),
    })),
    parts: (report.parts ?? []).map((part) => ({
      part: part.part,
      weight: part.weight,
      requests: part.requests,
      outcomes: { ...part.outcomes },
      offered_rps: number(part.offeredRps),
      completed_rps: number(part.completedRps),
      output_tokens_per_second: number(part.outputTokensPerSecond),
      mean_in_flight: number(part.meanInFlight),
      ...latenciesToJson(part),
      input_tokens_mean: number(part.inputTokensMean),
      output_tokens_mean: number(part.outputTokensMean),
    })),
    cache:
      report.cache === undefined
        ? null
        : {
            rule: report.cache.rule,
            cached_tokens_ratio: number(report.cache.cachedTokensRatio),
            reset_verified: report.cache.resetVerified ?? null,
          },
    health: {
      canary_late_ratio: number(health.canaryLateRatio),
      canary_late_ms_p99: number(health.canaryLateMsP99),
      send_lag_ms_p99: number(health.sendLagMsP99),
      send_lag_ms_max: number(health.sendLagMsMax),
      event_loop_delay_ms_max: number(health.eventLoopDelayMsMax),
      event_loop_utilisation: number(health.eventLoopUtilisation),
      cpu_ratio: number(health.cpuRatio),
      stale_connections: health.staleConnections,
      unsent: health.unsent,
      generators: health.generators,
    },
  };
}

function latenciesToJson(of: Pick<ProbeReport, 'ttftMs' | 'tpotMs' | 'itlMs' | 'e2eMs'>) {
  return {
    ttft_ms: latencyToJson(of.ttftMs),
    tpot_ms: latencyToJson(of.tpotMs),
    itl_ms: latencyToJson(of.itlMs),
    e2e_ms: latencyToJson(of.e2eMs),
  };
}

function latencyToJson(latency: LatencySummary | undefined): ProbeJson['ttft_ms'] {
  if (latency === undefined) return null;
  return {
    n: latency.n,
    mean: number(latency.mean),
    p50: intervalToJson(latency.p50),
    p90: intervalToJson(latency.p90),
    p95: intervalToJson(latency.p95),
    p99: intervalToJson(latency.p99),
    max: number(latency.max),
  };
}

function intervalToJson(interval: Interval): IntervalJson {
  return { value: number(interval.value), low: number(interval.low), high: number(interval.high) };
}

function optionalInterval(interval: Interval | undefined): IntervalJson | null {
  return interval === undefined ? null : intervalToJson(interval);
}
