/** Probes and the frontier as the API shows them: measurements with intervals, verdicts with evidence. */
import { z } from 'zod';
import { OUTCOMES } from '../../../core/metrics/request-columns.ts';
import { orNull } from './or-null.ts';

const number = z.number();
const measured = z.number().nullable();
const count = z.int().min(0);
const verdict = z.enum(['pass', 'fail', 'inconclusive']).meta({ id: 'Verdict' });

export const interval = z
  .strictObject({ value: measured, low: measured, high: measured })
  .meta({ id: 'Interval', description: 'An end that the sample cannot give is null' });

const latency = z
  .strictObject({
    n: count,
    mean: measured,
    p50: interval,
    p90: interval,
    p95: interval,
    p99: interval,
    max: measured,
  })
  .meta({ id: 'Latency', description: 'Milliseconds' });

const unit = z.enum(['ms', 'ratio', 'req/s']);

const objectiveVerdict = z
  .strictObject({
    id: z.string(),
    text: z.string(),
    verdict,
    n: count.nullable().describe('Samples of a ratio'),
    bad: count.nullable().describe('Those that broke the bound, errors and unsent included'),
    measured: orNull(interval),
    bound: number,
    unit,
    reason: z.string().nullable().describe('Why it is inconclusive'),
  })
  .meta({ id: 'ObjectiveVerdict' });

const outcomes = z
  .partialRecord(z.enum(OUTCOMES), count)
  .describe('How the requests of the window ended');

const latencies = {
  ttft_ms: orNull(latency),
  tpot_ms: orNull(latency),
  itl_ms: orNull(latency),
  e2e_ms: orNull(latency),
};

const rates = {
  offered_rps: measured,
  completed_rps: measured,
  output_tokens_per_second: measured,
  mean_in_flight: measured,
};

export const clientHealthSchema = z
  .strictObject({
    canary_late_ratio: measured,
    canary_late_ms_p99: measured,
    send_lag_ms_p99: measured,
    send_lag_ms_max: measured,
    event_loop_delay_ms_max: measured,
    event_loop_utilisation: measured,
    cpu_ratio: measured,
    stale_connections: count,
    unsent: count,
    generators: count,
  })
  .meta({ id: 'ClientHealth', description: 'What the load generator measured of itself' });

const partProbe = z
  .strictObject({
    part: z.string(),
    weight: number.describe('Share of the conversations that was asked for'),
    requests: count,
    outcomes,
    offered_rps: measured,
    completed_rps: measured,
    output_tokens_per_second: measured,
    mean_in_flight: measured,
    ...latencies,
    input_tokens_mean: measured,
    output_tokens_mean: measured,
  })
  .meta({ id: 'PartProbe' });

const cacheSchema = z
  .strictObject({
    rule: z.enum(['as_is', 'cold', 'reset']),
    cached_tokens_ratio: measured.describe(
      'Prompt tokens that the server found in its cache; null when it does not tell',
    ),
    reset_verified: z
      .boolean()
      .nullable()
      .describe('Whether the first request after the reset found nothing; null: not told'),
  })
  .meta({ id: 'CacheReport', description: "What the server's prefix cache did in the burst" });

export const probeSchema = z
  .strictObject({
    probe: count,
    attempt: count,
    phase: z.enum(['grow', 'bisect', 'refine', 'recheck']),
    load: number,
    reason: z.string(),
    end: z.string(),
    voided: z.string().nullable().describe('Why it counts for nothing'),
    started_at: z.iso.datetime(),
    settle_ms: number,
    window_ms: number,
    load_ms: number,
    requests: count.describe('Scheduled in the window'),
    outcomes,
    intended_rps: measured,
    ...rates,
    ...latencies,
    input_tokens_mean: measured,
    output_tokens_mean: measured,
    tiers: z.array(
      z.strictObject({
        tier: z.string(),
        verdict,
        objectives: z.array(objectiveVerdict),
        goodput_rps: orNull(interval),
        attainment_ratio: orNull(interval),
      }),
    ),
    parts: z
      .array(partProbe)
      .describe('The same of each part of a mix; empty when the workload is none'),
    cache: orNull(cacheSchema),
    health: clientHealthSchema,
  })
  .meta({ id: 'Probe', description: 'One measured burst at one load' });

const frontierTier = z.strictObject({
  tier: z.string(),
  verdict: verdict.describe('From the bracket, which weighs all probes together'),
  goodput_rps: orNull(interval),
  attainment_ratio: orNull(interval),
  judged: z
    .strictObject({
      objective: z.string(),
      text: z.string(),
      measured: interval,
      bound: number,
      unit,
    })
    .nullable()
    .describe('The objective that binds, as measured at this load'),
});

export const frontierSchema = z
  .strictObject({
    axis: z.enum(['concurrency', 'request_rate']),
    points: z.array(
      z
        .strictObject({
          load: number,
          verdict: verdict.describe('Of the first tier'),
          dominated: z
            .boolean()
            .describe('Another load gives as much throughput and goodput at no more latency'),
          probes: z.array(count),
          requests: count,
          window_ms: number,
          outcomes,
          ...rates,
          ...latencies,
          tiers: z.array(frontierTier),
        })
        .meta({ id: 'FrontierPoint' }),
    ),
  })
  .meta({ id: 'Frontier', description: 'One point per load, in order of load; none interpolated' });

export const probesSchema = z.strictObject({ probes: z.array(probeSchema) }).meta({ id: 'Probes' });
