/**
 * Open loop: requests are sent when they are due, whatever became of the ones before. All generators
 * walk one seeded stream of arrivals and send each n-th. A request that cannot be sent in time is
 * recorded as unsent, never dropped in silence and never sent much too late.
 */

import { createDueQueue } from '../../core/base/due-queue.ts';
import { createRandom } from '../../core/base/random.ts';
import { type Arrivals, createArrivals, shareArrivals } from '../../core/workload/arrivals.ts';
import { type RateStep, rampSteps } from '../../core/workload/ramp.ts';
import type { SessionPlan } from '../port.ts';
import type { SharedClock } from '../shared-clock.ts';
import { type Driver, type DriverHooks, unsentPlan } from './driver.ts';
import type { Exchange, ExchangePlan } from './exchange.ts';
import { type Pacer, startPacer } from './pacer.ts';
import { planTimes } from './plan-files.ts';
import { streamName } from './request-source.ts';
import type { Sender } from './sender.ts';
import type { Talk } from './talk.ts';

/** Later than this after its time a request is no part of the load that was asked for. */
const MAX_SEND_LAG_MS = 250;
/** Going down cancels the backlog when more than max(20, 2 rps) requests wait for their first token. */
const BACKLOG_FLOOR = 20;
const BACKLOG_SECONDS = 2;
const MS_PER_S = 1_000;
/** Where a mean gap is asked of a rate that may be none. */
const MIN_RPS = 0.001;
const NOTHING_DUE = Number.POSITIVE_INFINITY;
/** Open conversations that wait; beyond it they are given up, oldest history and all. */
const MAX_READY = 100_000;

export async function createOpenLoop(
  plan: SessionPlan,
  index: number,
  sender: Sender,
  clock: SharedClock,
  hooks: DriverHooks,
): Promise<Driver> {
  const count = plan.generators;
  let arrivals: Arrivals | undefined;
  let rps = 0;
  /** Changes of rate to come, in order. */
  let steps: RateStep[] = [];
  /** Conversations whose next turn may be asked from that time on. */
  const ready = createDueQueue<Talk>();
  /** Due, but as many as allowed are in flight. */
  let waiting: ExchangePlan[] = [];
  let pacer: Pacer | undefined;
  /** The backlog is to be looked at when this lower rate begins. */
  let shrink: RateStep | undefined;

  const applyStep = (step: RateStep): void => {
    if (arrivals === undefined) {
      const random = createRandom(plan.seed).fork(streamName('arrivals', plan));
      const recordedMs = planTimes(plan);
      const start = {
        rps: step.rps,
        startMs: step.atMs,
        ...(recordedMs !== undefined && { recordedMs }),
      };
      const whole = createArrivals(plan.workload.arrivals, start, random);
      arrivals = shareArrivals(whole, index, count);
    } else {
      arrivals.changeRate(step.rps, step.atMs);
    }
    rps = step.rps;
  };

  /** The conversation that has been ready longest goes on; when none is ready another begins. */
  const sendNext = (scheduledMs: number): boolean => {
    if (ready.headMs() > scheduledMs) return sender.send(scheduledMs) !== 'full';
    if (sender.isFull()) return false;
    sender.send(scheduledMs, ready.shift());
    return true;
  };

  const offer = (scheduledMs: number, nowMs: number): void => {
    const unsent = unsentPlan(scheduledMs);
    if (nowMs - scheduledMs > MAX_SEND_LAG_MS) hooks.onUnsent(unsent, nowMs);
    else if (waiting.length > 0 || !sendNext(scheduledMs)) waiting.push(unsent);
  };

  const goOn = (talk: Talk, atMs: number): void => {
    if (ready.size < MAX_READY) ready.push(atMs, talk);
  };

  const flushWaiting = (): void => {
    const nowMs = clock.nowMs();
    const held = waiting;
    waiting = [];
    for (const plan of held) offer(plan.scheduledMs, nowMs);
  };

  const run = (): void => {
    const nowMs = clock.nowMs();
    if (waiting.length > 0) flushWaiting();
    for (;;) {
      const dueMs = arrivals?.peekMs() ?? NOTHING_DUE;
      const step = steps[0];
      if (step !== undefined && step.atMs <= nowMs && step.atMs <= dueMs) {
        steps.shift();
        applyStep(step);
      } else if (dueMs <= nowMs) {
        offer(arrivals?.takeMs() ?? dueMs, nowMs);
      } else break;
    }
    if (shrink !== undefined && nowMs >= shrink.atMs) {
      cancelBacklog(sender.inFlight, shrink.rps, count);
      shrink = undefined;
    }
    arm(nowMs);
  };

  const arm = (nowMs: number): void => {
    const dueMs = Math.min(arrivals?.peekMs() ?? NOTHING_DUE, steps[0]?.atMs ?? NOTHING_DUE);
    // What waits must become unsent in time even when nothing ends and nothing is due.
    pacer?.wakeAt(
      waiting.length > 0 ? Math.min(dueMs, nowMs + MAX_SEND_LAG_MS) : dueMs,
      (MS_PER_S * count) / Math.max(rps, MIN_RPS),
    );
  };

  sender.onEnded((exchange, talk) => {
    if (exchange.outcome === 'ok') {
      const { thinkMs } = talk;
      if (talk.answered(exchange.text, exchange.outputTokens)) {
        goOn(talk, exchange.endMs + thinkMs);
      }
    } else if (exchange.outcome === 'stale_connection') goOn(talk, exchange.endMs);
    if (waiting.length > 0) flushWaiting();
  });
  pacer = await startPacer(clock, run);

  return {
    change({ startAtMs, load, rampMs }) {
      if (load < rps) shrink = { atMs: startAtMs, rps: load };
      steps = rampSteps(rps, load, startAtMs, rampMs);
      run();
    },
    catchUp: run,
    pause() {
      arrivals?.hold(clock.nowMs());
      steps = [];
      waiting = [];
      rps = 0;
    },
    get waiting() {
      return waiting;
    },
    async stop() {
      steps = [];
      arrivals = undefined;
      waiting = [];
      await pacer?.stop();
    },
  };
}

/** Those that wait for their first token were sent at a load that is over; answers that run go on. */
function cancelBacklog(inFlight: ReadonlySet<Exchange>, rps: number, count: number): void {
  const backlog = [...inFlight].filter((exchange) => Number.isNaN(exchange.firstTokenMs));
  const allowed = Math.max(BACKLOG_FLOOR, BACKLOG_SECONDS * rps) / count;
  if (backlog.length <= allowed) return;
  for (const exchange of backlog) exchange.cut('cancelled');
}
