/**
 * What a server really carries: long runs in a steady state, orders of magnitude longer than any
 * probe. The bench judges the controller by it, and the demo prints it beside its answer.
 */
import { createRandom } from '../core/base/random.ts';
import type { Engine } from './engine.ts';
import { createTraffic, type Traffic, type TrafficPlan, type TrafficSink } from './traffic.ts';

/** One request that is over, as objectives see it. Times in ms, NaN where there is none. */
export interface EndedRequest {
  readonly ttftMs: number;
  /** NaN for answers of one token. */
  readonly tpotMs: number;
  readonly e2eMs: number;
  readonly ok: boolean;
}

/**
 * What is asked of the long run. `violation`: 1 for a bad request, 0 for a good one, undefined for
 * one that is not in the sample; `limit` is the largest mean of it (p99 → 0.01). A mean objective
 * gives the value over its bound and the limit 1.
 */
export interface SteadyObjective {
  readonly text: string;
  readonly limit: number;
  readonly violation: (request: EndedRequest) => number | undefined;
}

export interface SteadyRun {
  readonly load: number;
  readonly requests: number;
  /** Mean violation of each objective, in their order, with the standard error of it. */
  readonly violations: readonly { readonly mean: number; readonly standardError: number }[];
  readonly requestsPerSecond: number;
  readonly meanE2eMs: number;
  readonly meanInFlight: number;
  readonly tokensPerSecond: number;
  readonly steps: number;
  /** The queue grew past its limit: there is no steady state, every objective counts as violated. */
  readonly unstable: boolean;
}

export interface SteadyOptions {
  /** Requests that are counted. */
  readonly requests: number;
  readonly seed: number | string;
  /** Requests that end before counting starts; the server and the client's phases settle in them. */
  readonly warmUpRequests?: number;
  /** Gives up (as overloaded) when so many wait: an unstable queue has no steady state. */
  readonly maxWaiting?: number;
}

const WARM_UP_REQUESTS = 3_000;
const MAX_WAITING = 20_000;
const MS_PER_S = 1_000;

export function runSteadyState(
  plan: TrafficPlan,
  load: number,
  objectives: readonly SteadyObjective[],
  options: SteadyOptions,
): SteadyRun {
  const { requests, seed, warmUpRequests = WARM_UP_REQUESTS, maxWaiting = MAX_WAITING } = options;
  const tally = createTally(objectives, requests);
  const traffic = createTraffic(plan, createRandom(seed), tally.sink);
  const runFor = (count: number): void => {
    while (tally.ended() < count && traffic.engine.state.waiting <= maxWaiting) {
      traffic.advance(Number.POSITIVE_INFINITY);
    }
  };
  traffic.sender.retarget(load, 0, 0);
  runFor(warmUpRequests);
  tally.restart(traffic.engine);
  runFor(requests);
  return tally.report(load, traffic, traffic.engine.state.waiting > maxWaiting);
}

/** The standard error comes from this many batches of neighbouring requests (batch means). */
const BATCHES = 50;

interface Tally {
  readonly sink: TrafficSink;
  ended(): number;
  restart(engine: Engine): void;
  report(load: number, traffic: Traffic, unstable: boolean): SteadyRun;
}

function createTally(objectives: readonly SteadyObjective[], requests: number): Tally {
  const sums = objectives.map(() => new Float64Array(BATCHES));
  const counts = objectives.map(() => new Float64Array(BATCHES));
  const start = { atMs: 0, steps: 0, tokens: 0 };
  let ended = 0;
  let e2eSumMs = 0;

  function count(request: EndedRequest): void {
    const batch = Math.min(BATCHES - 1, Math.floor((ended * BATCHES) / requests));
    ended += 1;
    if (request.ok) e2eSumMs += request.e2eMs;
    for (let i = 0; i < objectives.length; i++) {
      const violation = objectives[i]?.violation(request);
      const sum = sums[i];
      const n = counts[i];
      if (violation === undefined || sum === undefined || n === undefined) continue;
      sum[batch] = (sum[batch] ?? 0) + violation;
      n[batch] = (n[batch] ?? 0) + 1;
    }
  }
  const countFailed = (): void =>
    count({ ttftMs: Number.NaN, tpotMs: Number.NaN, e2eMs: Number.NaN, ok: false });

  return {
    ended: () => ended,
    restart(engine) {
      ended = 0;
      e2eSumMs = 0;
      for (const column of [...sums, ...counts]) column.fill(0);
      start.atMs = engine.state.nowMs;
      start.steps = engine.state.steps;
      start.tokens = engine.state.generatedTokens;
    },
    sink: {
      sent() {},
      firstToken() {},
      stepped() {},
      refused: countFailed,
      lost: countFailed,
      finished(request, atMs) {
        const e2eMs = atMs - request.arrivedMs;
        const ttftMs = request.firstTokenMs - request.arrivedMs;
        const tpotMs = (e2eMs - ttftMs) / (request.outputTokens - 1);
        count({ ttftMs, tpotMs: request.outputTokens > 1 ? tpotMs : Number.NaN, e2eMs, ok: true });
      },
    },
    report(load, traffic, unstable) {
      const { state } = traffic.engine;
      const seconds = (state.nowMs - start.atMs) / MS_PER_S;
      return {
        load,
        requests: ended,
        violations: sums.map((sum, i) => batchMeans(sum, counts[i] ?? sum, unstable)),
        requestsPerSecond: ended / seconds,
        meanE2eMs: e2eSumMs / ended,
        meanInFlight: e2eSumMs / MS_PER_S / seconds,
        tokensPerSecond: (state.generatedTokens - start.tokens) / seconds,
        steps: state.steps - start.steps,
        unstable,
      };
    },
  };
}

/** Ratio of sums with the standard error of batch means; a run without a steady state is all bad. */
function batchMeans(
  sums: Float64Array,
  counts: Float64Array,
  unstable: boolean,
): { readonly mean: number; readonly standardError: number } {
  const n = counts.reduce((total, count) => total + count, 0);
  if (unstable || n === 0) return { mean: unstable ? 1 : 0, standardError: 0 };
  const mean = sums.reduce((total, sum) => total + sum, 0) / n;
  let squares = 0;
  sums.forEach((sum, i) => {
    squares += (sum - mean * (counts[i] ?? 0)) ** 2;
  });
  return { mean, standardError: Math.sqrt((squares * BATCHES) / (BATCHES - 1)) / n };
}
