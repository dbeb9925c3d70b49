/**
 * Closed loop: a fixed number of clients, each sending its next request when its last one ended and its
 * user has thought. A client carries one conversation to its end, then begins another. Up: new clients
 * join evenly over the ramp. Down: surplus clients leave when their request ends. Nothing is cut, so a
 * change of load is a hot transition.
 */

import { createDueQueue } from '../../core/base/due-queue.ts';
import { partsOf } from '../../core/workload/parts.ts';
import type { SessionPlan } from '../port.ts';
import type { SharedClock } from '../shared-clock.ts';
import { type Driver, type DriverHooks, shareOf, unsentPlan } from './driver.ts';
import { type Pacer, startPacer } from './pacer.ts';
import type { Sender } from './sender.ts';
import type { Talk } from './talk.ts';

/**
 * A client whose request failed waits this long: a target that refuses in a millisecond would
 * otherwise eat the budget of requests in seconds, and be hammered while it is down.
 */
const FAILURE_PAUSE_MS = 100;
/** Thoughts end at any time: the pacer turns for none of them more than a tenth of a millisecond. */
const THOUGHT_GAP_MS = 1;

/** A client that will send again. */
interface Waiting {
  /** The conversation that goes on; undefined: another one begins. */
  readonly talk: Talk | undefined;
  /** After a failure the time is not part of the load: what counts is when it is really sent. */
  readonly isPause: boolean;
}

export async function createClosedLoop(
  plan: SessionPlan,
  index: number,
  sender: Sender,
  clock: SharedClock,
  hooks: DriverHooks,
): Promise<Driver> {
  const count = plan.generators;
  let target = 0;
  let active = 0;
  /** Times at which new clients join, soonest last. */
  let joins: number[] = [];
  const waiting = createDueQueue<Waiting>();
  const thinks = partsOf(plan.workload).some((part) => part.request.think !== undefined);
  let wake: Pick<Pacer, 'wakeAt' | 'stop'> | undefined;

  const sendNext = (scheduledMs: number, talk: Talk | undefined): void => {
    const answer = active > target ? 'leave' : sender.send(scheduledMs, talk);
    if (answer === 'leave' || answer === 'exhausted') active -= 1;
    if (answer !== 'full') return;
    // As many as allowed are in flight: each try is told, for the load is not what was asked for.
    hooks.onUnsent(unsentPlan(scheduledMs), clock.nowMs());
    sendLater(talk);
  };

  const sendLater = (talk: Talk | undefined): void => {
    waiting.push(clock.nowMs() + FAILURE_PAUSE_MS, { talk, isPause: true });
    arm();
  };

  sender.onEnded((exchange, talk) => {
    if (exchange.outcome === 'cancelled') {
      active -= 1;
    } else if (exchange.outcome === 'stale_connection') {
      // A stale connection is no answer: the client asks again on another one.
      sendNext(exchange.endMs, talk);
    } else if (exchange.outcome === 'ok') {
      // Before the next turn is written: thinking begins with the end of the answer.
      const { thinkMs } = talk;
      const next = talk.answered(exchange.text, exchange.outputTokens) ? talk : undefined;
      if (thinkMs <= 0) sendNext(exchange.endMs, next);
      else if (active > target) active -= 1;
      else {
        waiting.push(exchange.endMs + thinkMs, { talk: next, isPause: false });
        arm();
      }
    } else {
      // Its user gives the conversation up.
      sendLater(undefined);
    }
  });

  const run = (): void => {
    const nowMs = clock.nowMs();
    for (let due = joins.at(-1); due !== undefined && due <= nowMs; due = joins.at(-1)) {
      joins.pop();
      active += 1;
      sendNext(due, undefined);
    }
    for (let dueMs = waiting.headMs(); dueMs <= nowMs; dueMs = waiting.headMs()) {
      const next = waiting.shift();
      if (next !== undefined) sendNext(next.isPause ? nowMs : dueMs, next.talk);
    }
    arm();
  };

  const arm = (): void => {
    wake?.wakeAt(
      Math.min(joins.at(-1) ?? Number.POSITIVE_INFINITY, waiting.headMs()),
      THOUGHT_GAP_MS,
    );
  };

  wake = thinks ? await startPacer(clock, run) : createTimer(clock, run);

  const leave = (): void => {
    target = 0;
    joins = [];
    active -= waiting.size;
    waiting.clear();
  };

  return {
    change({ startAtMs, load, rampMs }) {
      target = shareOf(Math.round(load), index, count);
      const newcomers = Math.max(0, target - active);
      // Between the newcomers of the other generators, so that all together join evenly.
      const stepMs = newcomers === 0 ? 0 : rampMs / newcomers;
      joins = Array.from(
        { length: newcomers },
        (_, k) => startAtMs + (newcomers - 1 - k + index / count) * stepMs,
      );
      run();
    },
    catchUp: run,
    pause: leave,
    waiting: [],
    async stop() {
      leave();
      await wake?.stop();
    },
  };
}

/** Wakes by a timer, a millisecond late: enough where nobody thinks. */
function createTimer(clock: SharedClock, onWake: () => void): Pick<Pacer, 'wakeAt' | 'stop'> {
  let timer: NodeJS.Timeout | undefined;
  return {
    wakeAt(dueMs) {
      clearTimeout(timer);
      timer =
        dueMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(onWake, Math.max(0, dueMs - clock.nowMs()));
    },
    async stop() {
      clearTimeout(timer);
    },
  };
}
