/** Small, complete rows for the store's tests; each differs only in what the test is about. */
import type { BurstSnapshot } from '../../../src/core/metrics/burst-snapshot.ts';
import { createColumns, outcomeIndex } from '../../../src/core/metrics/request-columns.ts';
import type { Question } from '../../../src/core/policy/question.ts';
import type { ProbeReport } from '../../../src/core/probe/probe-report.ts';
import type { ProbeDecision } from '../../../src/core/search/decision.ts';
import type { Observation } from '../../../src/core/search/observation.ts';
import type { NewEvent, NewSearch, ProbeFinish } from '../../../src/service/store/store-port.ts';

export function question(over: Partial<Question> = {}): Question {
  return {
    target: { baseUrl: 'http://127.0.0.1:8000/v1', dialect: 'auto' },
    policy: 'chat',
    tiers: [],
    axis: 'concurrency',
    minLoad: 1,
    maxLoad: 64,
    workload: {
      kind: 'synthetic',
      endpoint: 'chat',
      inputTokens: { kind: 'fixed', tokens: 64 },
      outputTokens: { kind: 'fixed', tokens: 16 },
      arrivals: { kind: 'poisson' },
    },
    budget: { loadSeconds: 60, requests: 1_000, outputTokens: 100_000 },
    confidence: 0.95,
    resolution: 0.1,
    seed: 42,
    labels: {},
    ...over,
  };
}

export function newSearch(id: string, over: Partial<NewSearch> = {}): NewSearch {
  return {
    id,
    kind: 'search',
    question: question(),
    targetKey: '127.0.0.1:8000',
    questionHash: 'q1',
    createdAtMs: 1_000,
    caller: 'anonymous',
    ...over,
  };
}

export function event(type: NewEvent['type'], data: Record<string, unknown> = {}): NewEvent {
  return { type, atMs: 1_234, data };
}

export function decision(probe: number, load = 4): ProbeDecision {
  return {
    kind: 'probe',
    probe,
    phase: 'grow',
    loadUnits: load,
    load,
    rampMs: 100,
    settleMs: 2_000,
    windowMs: 15_000,
    lookEveryMs: 3_000,
    reason: 'a first guess',
  };
}

export function observation(probe: number, over: Partial<Observation> = {}): Observation {
  return {
    probe,
    loadUnits: 4,
    end: 'length',
    loadMs: 17_000,
    windowMs: 15_000,
    requests: 3,
    outputTokens: 48,
    meanE2eMs: 812.3456789012345,
    meanInFlight: 3.9,
    completedRps: 4.7,
    waiting: 0,
    worstRatiosOfBound: [0.2],
    goodputRps: [4.5],
    evidence: [[{ kind: 'ratio', blocks: [{ n: 100, bad: 1 }], weight: 1 }]],
    goodBlocks: [[{ seconds: 1.6, good: 7 }]],
    pace: [],
    ...over,
  };
}

export function report(probe: number, attempt: number): ProbeReport {
  return {
    probe,
    attempt,
    phase: 'grow',
    load: 4,
    reason: 'a first guess',
    end: 'length',
    startedAtMs: 2_000,
    settleMs: 2_000,
    windowMs: 15_000,
    loadMs: 17_000,
    requests: 3,
    outcomes: { ok: 2, reset: 1 },
    intendedRps: undefined,
    offeredRps: 4.7,
    completedRps: 4.7,
    outputTokensPerSecond: 75,
    meanInFlight: 3.9,
    ttftMs: undefined,
    tpotMs: undefined,
    itlMs: undefined,
    e2eMs: undefined,
    inputTokensMean: 64,
    outputTokensMean: 16,
    tiers: [],
    health: health(),
  };
}

export function health(): BurstSnapshot['health'] {
  return {
    canaryLateRatio: 0.001,
    canaryLateMsP99: 0.4,
    sendLagMsP99: undefined,
    sendLagMsMax: undefined,
    eventLoopDelayMsMax: 2,
    eventLoopUtilisation: 0.1,
    cpuRatio: 0.2,
    staleConnections: 0,
    unsent: 0,
    generators: 1,
  };
}

/** Three requests: an answer with gaps, one cut before its first token, one still running. */
export function snapshot(): BurstSnapshot {
  const records = createColumns(8);
  records.count = 3;
  for (let i = 0; i < 3; i++) {
    records.scheduledMs[i] = 100.125 + i;
    records.sentMs[i] = 100.25 + i;
    records.askedInputTokens[i] = 64;
    records.askedOutputTokens[i] = 16;
  }
  records.firstByteMs[0] = 130;
  records.firstTokenMs[0] = 150.5;
  records.lastTokenMs[0] = 190.1;
  records.endMs[0] = 190.3;
  records.chunkCount[0] = 4;
  records.inputTokens[0] = 66;
  records.outputTokens[0] = 16;
  records.httpStatus[0] = 200;
  records.outcome[0] = outcomeIndex('ok');
  records.gapStart[0] = 0;
  records.gapUnits = new Uint16Array([1_000, 1_200, 65_535, 0]);
  records.gapCount = 3;
  records.endMs[1] = 140;
  records.outcome[1] = outcomeIndex('reset');
  return { burstStartMs: 90, windowStartMs: 100, nowMs: 200, records, health: health() };
}

export function finish(
  searchId: string,
  probe: number,
  attempt: number,
  over: Partial<ProbeFinish> = {},
): ProbeFinish {
  return {
    searchId,
    probe,
    attempt,
    finishedAtMs: 5_000,
    observation: observation(probe),
    report: report(probe, attempt),
    snapshot: snapshot(),
    ...over,
  };
}
