/** A probe report to change in one place, for tests of what is made from reports. */
import type {
  Interval,
  LatencySummary,
  ProbeReport,
} from '../../../src/core/probe/probe-report.ts';

export function latency(n: number, p99: Interval, mean: number = p99.value / 2): LatencySummary {
  const half: Interval = { value: p99.value / 2 };
  return { n, mean, p50: half, p90: half, p95: half, p99, max: p99.value * 2 };
}

export function probeReport(change: Partial<ProbeReport> = {}): ProbeReport {
  return {
    probe: 0,
    attempt: 1,
    phase: 'refine',
    load: 8,
    reason: 'between the bounds',
    end: 'length',
    startedAtMs: 1_700_000_000_000,
    settleMs: 2_000,
    windowMs: 10_000,
    loadMs: 12_000,
    requests: 100,
    outcomes: { ok: 100 },
    intendedRps: undefined,
    offeredRps: 10,
    completedRps: 10,
    outputTokensPerSecond: 1_000,
    meanInFlight: 8,
    ttftMs: latency(100, { value: 300, low: 250, high: 380 }),
    tpotMs: latency(100, { value: 20 }),
    itlMs: undefined,
    e2eMs: latency(100, { value: 900 }),
    inputTokensMean: 512,
    outputTokensMean: 100,
    tiers: [
      {
        tier: 'slo',
        verdict: 'pass',
        objectives: [
          {
            id: 'p99(ttft)',
            text: 'p99(ttft) < 500 ms',
            verdict: 'pass',
            n: 100,
            bad: 0,
            measured: { value: 300, low: 250, high: 380 },
            bound: 500,
            unit: 'ms',
          },
        ],
        goodputRps: { value: 10, low: 9, high: 11 },
        attainmentRatio: { value: 1, low: 0.96 },
      },
    ],
    health: {
      canaryLateRatio: 0,
      canaryLateMsP99: 0.4,
      sendLagMsP99: 0.3,
      sendLagMsMax: 1.2,
      eventLoopDelayMsMax: 2,
      eventLoopUtilisation: 0.2,
      cpuRatio: 0.3,
      staleConnections: 0,
      unsent: 0,
      generators: 1,
    },
    ...change,
  };
}
