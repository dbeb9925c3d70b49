/**
 * Closed loop: a fixed number of clients, each sending its next request when its last one ended. Up:
 * new clients join evenly over the ramp. Down: surplus clients leave when their request ends. Nothing
 * is cut, so a change of load is a hot transition.
 */
import type { SharedClock } from '../shared-clock.ts';
import { type Driver, type DriverHooks, shareOf } from './driver.ts';
import type { Sender } from './sender.ts';

/**
 * A client whose request failed waits this long: a target that refuses in a millisecond would
 * otherwise eat the budget of requests in seconds, and be hammered while it is down.
 */
const FAILURE_PAUSE_MS = 100;

export function createClosedLoop(
  sender: Sender,
  clock: SharedClock,
  index: number,
  count: number,
  hooks: DriverHooks,
): Driver {
  let target = 0;
  let active = 0;
  /** Times at which new clients join, soonest last. */
  let joins: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const pauses = new Set<NodeJS.Timeout>();

  const sendNext = (scheduledMs: number): void => {
    const answer = active > target ? 'leave' : sender.send(scheduledMs);
    if (answer === 'leave' || answer === 'exhausted') active -= 1;
    if (answer !== 'full') return;
    // As many as allowed are in flight: each try is told, for the load is not what was asked for.
    const plan = { scheduledMs, askedInputTokens: -1, askedOutputTokens: -1 };
    hooks.onUnsent(plan, clock.nowMs());
    sendLater();
  };

  const sendLater = (): void => {
    const pause = setTimeout(() => {
      pauses.delete(pause);
      sendNext(clock.nowMs());
    }, FAILURE_PAUSE_MS);
    pauses.add(pause);
  };

  sender.onEnded((exchange) => {
    if (exchange.outcome === 'cancelled') {
      active -= 1;
    } else if (exchange.outcome === 'ok' || exchange.outcome === 'stale_connection') {
      // A stale connection is no answer: the client asks again on another one.
      sendNext(exchange.endMs);
    } else {
      sendLater();
    }
  });

  const joinDue = (): void => {
    clearTimeout(timer);
    const nowMs = clock.nowMs();
    for (let due = joins.at(-1); due !== undefined && due <= nowMs; due = joins.at(-1)) {
      joins.pop();
      active += 1;
      sendNext(due);
    }
    const nextMs = joins.at(-1);
    timer = nextMs === undefined ? undefined : setTimeout(joinDue, Math.max(0, nextMs - nowMs));
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
      joinDue();
    },
    catchUp: joinDue,
    waiting: [],
    async stop() {
      target = 0;
      joins = [];
      clearTimeout(timer);
      for (const pause of pauses) clearTimeout(pause);
    },
  };
}
