/**
 * When the virtual client sends: the two axes of load behind one shape. Closed: each client sends its
 * next request the moment the previous one ended; new clients join evenly over the ramp, surplus ones
 * leave when their request ends. Open: seeded arrivals, whatever the server does.
 */
import type { Axis } from '../core/base/axis.ts';
import type { Random } from '../core/base/random.ts';
import { type Arrivals, createArrivals } from '../core/workload/arrivals.ts';
import type { ArrivalSpec } from '../core/workload/spec.ts';
import { createTimeQueue } from './time-queue.ts';

export interface Sender {
  /** From `nowMs` on the load is `load` (streams or req/s). */
  retarget(load: number, nowMs: number, rampMs: number): void;
  /** When the next send is due; infinite when nothing is to be sent. */
  nextMs(): number;
  /** Takes that send. */
  take(): void;
  /** A request is over, and its client may act at `freeMs`. */
  ended(freeMs: number): void;
  /** Forgets every client: their requests are gone without having ended. */
  reset(): void;
}

export function createSender(axis: Axis, arrivals: ArrivalSpec, random: Random): Sender {
  return axis === 'concurrency' ? createClosedSender() : createOpenSender(arrivals, random);
}

function createClosedSender(): Sender {
  let target = 0;
  /** Clients that have joined and not left. */
  let clients = 0;
  const join = { leftCount: 0, nextMs: 0, gapMs: 0 };
  const resends = createTimeQueue();
  const joinMs = (): number => (join.leftCount > 0 ? join.nextMs : Number.POSITIVE_INFINITY);
  return {
    retarget(load, nowMs, rampMs) {
      target = Math.max(0, Math.round(load));
      join.leftCount = Math.max(0, target - clients);
      join.nextMs = nowMs;
      join.gapMs = rampMs / Math.max(1, join.leftCount);
    },
    nextMs: () => Math.min(joinMs(), resends.headMs()),
    take() {
      if (joinMs() <= resends.headMs()) {
        join.leftCount -= 1;
        join.nextMs += join.gapMs;
        clients += 1;
      } else {
        resends.shift();
      }
    },
    ended(freeMs) {
      if (clients > target) clients -= 1;
      else resends.push(freeMs);
    },
    reset() {
      clients = 0;
      join.leftCount = 0;
      resends.clear();
    },
  };
}

function createOpenSender(spec: ArrivalSpec, random: Random): Sender {
  let arrivals: Arrivals | undefined;
  return {
    retarget(load, nowMs) {
      if (arrivals === undefined) {
        arrivals = createArrivals(spec, { rps: load, startMs: nowMs }, random);
      } else arrivals.changeRate(load, nowMs);
    },
    nextMs: () => arrivals?.peekMs() ?? Number.POSITIVE_INFINITY,
    take() {
      arrivals?.takeMs();
    },
    ended() {},
    reset() {},
  };
}
