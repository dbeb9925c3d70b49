/** One measurement of one client: ours as the generator process that runs in production, or a peer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { appendColumns } from '../../../src/core/metrics/grow-columns.ts';
import {
  createColumns,
  GAP_UNIT_MS,
  type RequestColumns,
} from '../../../src/core/metrics/request-columns.ts';
import { type GeneratorProcess, startGenerator } from '../../../src/load/generator-process.ts';
import type { SessionPlan } from '../../../src/load/port.ts';
import type { LookReply } from '../../../src/load/protocol.ts';
import { createSharedClock } from '../../../src/load/shared-clock.ts';
import { type SeenTimes, type TimingErrors, timingErrors } from './errors.ts';
import type { PeerKind } from './peer-process.ts';
import { type BenchTarget, startPeer } from './processes.ts';

export interface Load {
  readonly streams: number;
  readonly chunksPerSecond: number;
  readonly chunksPerAnswer: number;
  readonly rampMs: number;
  readonly settleMs: number;
  readonly windowMs: number;
  /** All streams write at the same instants. */
  readonly together?: boolean;
}

export interface Measurement {
  readonly errors: TimingErrors;
  readonly windowMs: number;
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly utilisation: number;
  readonly targetUtilisation: number;
  readonly targetWriteLagMsP99: number;
}

const clock = createSharedClock();

function sessionPlan(port: number, axis: SessionPlan['axis']): SessionPlan {
  const timeoutMs = 60_000;
  return {
    searchId: 'bench',
    target: {
      baseUrl: `http://127.0.0.1:${port}/v1`,
      pinnedAddress: '127.0.0.1',
      model: 'bench',
      dialect: 'vllm',
      headers: {},
    },
    workload: {
      kind: 'synthetic',
      endpoint: 'chat',
      inputTokens: { kind: 'fixed', tokens: 3 },
      outputTokens: { kind: 'fixed', tokens: 100 },
      arrivals: { kind: 'poisson' },
    },
    axis,
    seed: 1,
    limits: {
      connectTimeoutMs: timeoutMs,
      firstTokenTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      totalTimeoutMs: timeoutMs,
      maxInFlight: 20_000,
      maxRequests: 1_000_000,
    },
    generators: 1,
  };
}

export async function measureOurs(
  target: BenchTarget,
  load: Load,
  generators: number = 1,
): Promise<Measurement> {
  await target.plan(load);
  const running = await openGenerators(target.port, generators);
  try {
    const { replies, records, fromMs, toMs } = await burst(running, load.streams, load, () =>
      target.start(),
    );
    const times = await target.times();
    const windowMs = toMs - fromMs;
    const health = replies.map((reply) => reply.health);
    return {
      errors: timingErrors(times, seenOf(records), fromMs, toMs),
      windowMs,
      cpuUs: health.reduce((sum, { cpuRatio }) => sum + cpuRatio, 0) * windowMs * 1_000,
      rssBytes: health.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      utilisation: Math.max(...health.map((one) => one.eventLoopUtilisation)),
      targetUtilisation: times.utilisation,
      targetWriteLagMsP99: times.writeLagMsP99,
    };
  } finally {
    await Promise.all(running.map((generator) => generator.close()));
  }
}

export async function openGenerators(
  port: number,
  count: number,
  axis: SessionPlan['axis'] = 'concurrency',
): Promise<GeneratorProcess[]> {
  const generators = Array.from({ length: count }, () => startGenerator());
  const plan = { ...sessionPlan(port, axis), generators: count };
  await Promise.all(
    generators.map((generator, index) =>
      generator.open({ kind: 'open', plan, index, promptSalt: 'bench' }),
    ),
  );
  return generators;
}

export interface BurstSeen {
  readonly replies: readonly LookReply[];
  readonly records: RequestColumns;
  readonly fromMs: number;
  readonly toMs: number;
}

export async function burst(
  generators: readonly GeneratorProcess[],
  loadWanted: number,
  { rampMs, settleMs, windowMs }: Pick<Load, 'rampMs' | 'settleMs' | 'windowMs'>,
  onRampEnd: () => void = () => undefined,
): Promise<BurstSeen> {
  const startAtMs = clock.nowMs() + 20;
  const windowStartMs = startAtMs + rampMs + settleMs;
  for (const generator of generators) {
    generator.load({ kind: 'load', startAtMs, load: loadWanted, rampMs, windowStartMs });
  }
  onRampEnd();
  await sleep(windowStartMs + windowMs - clock.nowMs());
  const replies = await Promise.all(generators.map((generator) => generator.look(true)));
  const records = createColumns(0);
  for (const reply of replies) {
    appendColumns(records, reply.ended);
    appendColumns(records, reply.pending);
  }
  const toMs = Math.min(...replies.map((reply) => reply.nowMs));
  return { replies, records, fromMs: windowStartMs, toMs };
}

/** Stamps from first token and gaps, as judges of a probe know them. The id came as prompt tokens. */
export function seenOf(records: RequestColumns): SeenTimes {
  const rows: number[] = [];
  let total = 0;
  for (let i = 0; i < records.count; i++) {
    if ((records.inputTokens[i] ?? -1) < 0) continue;
    rows.push(i);
    total += records.chunkCount[i] ?? 0;
  }
  const seen = {
    ids: new Int32Array(rows.length),
    starts: new Int32Array(rows.length),
    counts: new Int32Array(rows.length),
    seenMs: new Float64Array(total),
  };
  let at = 0;
  rows.forEach((row, i) => {
    const count = records.chunkCount[row] ?? 0;
    seen.ids[i] = records.inputTokens[row] ?? -1;
    seen.starts[i] = at;
    seen.counts[i] = count;
    let ms = records.firstTokenMs[row] ?? Number.NaN;
    for (let k = 0; k < count; k++) {
      if (k > 0) ms += (records.gapUnits[(records.gapStart[row] ?? 0) + k - 1] ?? 0) * GAP_UNIT_MS;
      seen.seenMs[at++] = ms;
    }
  });
  return seen;
}

export async function measurePeer(
  target: BenchTarget,
  peer: PeerKind,
  load: Load,
): Promise<Measurement> {
  await target.plan(load);
  const client = startPeer();
  try {
    client.send({
      kind: 'load',
      peer,
      port: target.port,
      streams: load.streams,
      rampMs: load.rampMs,
    });
    target.start();
    await sleep(load.rampMs + load.settleMs);
    const fromMs = clock.nowMs();
    client.send({ kind: 'window' });
    await sleep(load.windowMs);
    const toMs = clock.nowMs();
    const seen = await client.look();
    const times = await target.times();
    return {
      errors: timingErrors(times, seen, fromMs, toMs),
      windowMs: toMs - fromMs,
      cpuUs: seen.cpuUs,
      rssBytes: seen.rssBytes,
      utilisation: seen.utilisation,
      targetUtilisation: times.utilisation,
      targetWriteLagMsP99: times.writeLagMsP99,
    };
  } finally {
    client.stop();
  }
}

export interface SendLag {
  readonly rps: number;
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly cpuRatio: number;
  readonly requests: number;
}

/** Lag of an open loop from the schedule to the write, on connections that stand. */
export async function measureSendLag(
  target: BenchTarget,
  rps: number,
  windowMs: number,
): Promise<SendLag> {
  // One short answer a request: the figure is about sending.
  await target.plan({ chunksPerAnswer: 1, chunksPerSecond: 1_000 });
  const running = await openGenerators(target.port, 1, 'request_rate');
  try {
    const { replies, records, fromMs } = await burst(running, rps, {
      rampMs: 200,
      settleMs: 1_000,
      windowMs,
    });
    const lags: number[] = [];
    for (let i = 0; i < records.count; i++) {
      const scheduledMs = records.scheduledMs[i] ?? Number.NaN;
      const lag = (records.sentMs[i] ?? Number.NaN) - scheduledMs;
      if (scheduledMs >= fromMs && !Number.isNaN(lag)) lags.push(lag);
    }
    lags.sort((a, b) => a - b);
    const at = (q: number): number => lags[Math.floor(q * (lags.length - 1))] ?? Number.NaN;
    return {
      rps,
      lagMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      cpuRatio: replies[0]?.health.cpuRatio ?? Number.NaN,
      requests: lags.length,
    };
  } finally {
    await Promise.all(running.map((generator) => generator.close()));
  }
}
