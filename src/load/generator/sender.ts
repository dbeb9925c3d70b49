/**
 * Sends requests and keeps count of them: the limits of the plan are held here, the deadlines swept,
 * and everything in flight can be ended. Both drivers of load send through it.
 */
import type { TraceContext } from '../../core/base/trace-context.ts';
import type { Outcome } from '../../core/metrics/request-columns.ts';
import type { LoadLimits, SessionPlan } from '../port.ts';
import type { SharedClock } from '../shared-clock.ts';
import { Exchange, type ExchangeContext } from './exchange.ts';
import { createLanes } from './lanes.ts';
import { createOutputCount, type OutputCount } from './output-count.ts';
import type { RecordLog } from './record-log.ts';
import type { RequestSource } from './request-source.ts';
import type { SelfMeasure } from './self-measure.ts';
import type { Talk } from './talk.ts';

export type SendAnswer =
  | 'sent'
  /** As many as allowed are in flight: wait for one to end. */
  | 'full'
  /** The session has sent all that it may. */
  | 'exhausted';

export interface Sender {
  /** The present turn of `talk`, or the first of a new conversation. */
  send(scheduledMs: number, talk?: Talk): SendAnswer;
  /** Requests from here on say that they belong to this burst's trace; undefined: to none. */
  traceAs(place: TraceContext | undefined): void;
  /** Told of every request that ended, with the conversation that it belongs to. */
  onEnded(listener: (exchange: Exchange, talk: Talk) => void): void;
  /** As many as allowed are in flight. */
  isFull(): boolean;
  readonly inFlight: ReadonlySet<Exchange>;
  readonly sentCount: number;
  /** Ends everything in flight in slices, then the connections. */
  close(): Promise<void>;
}

/** How often deadlines are looked at: a deadline is late by at most this. */
const DEADLINE_SWEEP_MS = 100;
/** Ending 1,024 streams at once blocked the loop for 44 ms; slices keep it answering. */
const ABORT_SLICE = 64;

export function createSender(
  plan: SessionPlan,
  source: RequestSource,
  clock: SharedClock,
  log: RecordLog,
  measure: SelfMeasure,
  limits: LoadLimits,
  outputCount: OutputCount = createOutputCount('usage', undefined),
): Sender {
  const lanes = createLanes(plan.target, limits);
  const { origin, protocol } = new URL(plan.target.baseUrl);
  const inFlight = new Set<Exchange>();
  let listener: (exchange: Exchange, talk: Talk) => void = () => undefined;
  const talks = new WeakMap<Exchange, Talk>();
  /** The same two headers for a whole burst: nothing is made for a single request. */
  let traceHeaders: Readonly<Record<string, string>> = {};
  let sentCount = 0;
  let closed = false;

  const context: ExchangeContext = {
    clock,
    tls: protocol === 'https:',
    outputCount,
    onSent: measure.onSent,
    onEnded(exchange, laneUsable) {
      inFlight.delete(exchange);
      if (exchange.outcome === 'stale_connection') lanes.noteStale();
      if (laneUsable && !closed) lanes.give(exchange.lane);
      else lanes.drop(exchange.lane);
      log.add(exchange);
      measure.onEnded(exchange);
      const talk = talks.get(exchange);
      if (talk !== undefined) listener(exchange, talk);
    },
  };

  const isFull = (): boolean => inFlight.size >= limits.maxInFlight;

  const send = (scheduledMs: number, begun?: Talk): SendAnswer => {
    if (closed || sentCount >= limits.maxRequests) return 'exhausted';
    if (isFull()) return 'full';
    sentCount += 1;
    const talk = begun ?? source.next();
    const { request } = talk;
    const lane = lanes.take();
    const exchange = new Exchange(context, request, scheduledMs, lane);
    talks.set(exchange, talk);
    inFlight.add(exchange);
    lane.client.dispatch(
      {
        origin,
        path: request.path,
        method: 'POST',
        headers: { ...request.headers, ...traceHeaders },
        body: request.body,
      },
      exchange,
    );
    return 'sent';
  };

  const sweep = setInterval(() => {
    const nowMs = clock.nowMs();
    for (const exchange of inFlight) {
      const outcome = overdue(exchange, nowMs, limits);
      if (outcome !== undefined) exchange.cut(outcome);
    }
  }, DEADLINE_SWEEP_MS);

  return {
    send,
    traceAs(place) {
      traceHeaders = place === undefined ? {} : { ...place };
    },
    onEnded(newListener) {
      listener = newListener;
    },
    isFull,
    inFlight,
    get sentCount() {
      return sentCount;
    },
    async close() {
      closed = true;
      clearInterval(sweep);
      source.stop();
      let inSlice = 0;
      for (const exchange of inFlight) {
        exchange.cut('cancelled');
        inSlice += 1;
        if (inSlice % ABORT_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      lanes.closeIdle();
    },
  };
}

/** Which deadline has passed, the total one last: the narrower name says more. */
export function overdue(
  exchange: Exchange,
  nowMs: number,
  limits: LoadLimits,
): Outcome | undefined {
  if (Number.isNaN(exchange.sentMs)) {
    return nowMs - exchange.dispatchedMs > limits.connectTimeoutMs ? 'connect_timeout' : undefined;
  }
  const age = nowMs - exchange.sentMs;
  // An answer in one piece has no first token to wait for.
  const waits = exchange.whole === undefined && Number.isNaN(exchange.firstTokenMs);
  if (waits && age > limits.firstTokenTimeoutMs) {
    return 'first_token_timeout';
  }
  if (!Number.isNaN(exchange.lastByteMs) && nowMs - exchange.lastByteMs > limits.idleTimeoutMs) {
    return 'idle_timeout';
  }
  return age > limits.totalTimeoutMs ? 'total_timeout' : undefined;
}
