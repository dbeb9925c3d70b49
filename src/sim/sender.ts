/**
 * When the virtual client sends: the two axes of load behind one shape. Closed: each client sends its
 * next request the moment the previous one ended; new clients join evenly over the ramp, surplus ones
 * leave when their request ends. Open: seeded arrivals, whatever the server does.
 */
import type { Axis } from '../core/base/axis.ts';
import { createDueQueue, type DueQueue } from '../core/base/due-queue.ts';
import type { Random } from '../core/base/random.ts';
import { type Arrivals, createArrivals } from '../core/workload/arrivals.ts';
import type { Dialogue } from '../core/workload/dialogue.ts';
import { partsOf } from '../core/workload/parts.ts';
import type { ArrivalSpec, WorkloadSpec } from '../core/workload/spec.ts';
import { createTimeQueue } from './time-queue.ts';

export interface Sender {
  /** From `nowMs` on the load is `load` (streams or req/s). */
  retarget(load: number, nowMs: number, rampMs: number): void;
  /** When the next send is due; infinite when nothing is to be sent. */
  nextMs(): number;
  /** Takes that send: the conversation that goes on, or undefined when another begins. */
  take(): Dialogue | undefined;
  /** A request is over; its client may act at `freeMs`, and goes on with `dialogue` if there is one. */
  ended(freeMs: number, dialogue?: Dialogue): void;
  /** Forgets every client: their requests are gone without having ended. */
  reset(): void;
}

export function createSender(
  axis: Axis,
  workload: WorkloadSpec,
  random: Random,
  recordedMs?: ArrayLike<number>,
): Sender {
  if (axis === 'request_rate') return createOpenSender(workload.arrivals, random, recordedMs);
  // The plain queue is much the faster one; it keeps times and nothing else.
  const isPlain = partsOf(workload).every(
    ({ request }) => request.kind === 'synthetic' && !request.turns && !request.think,
  );
  return createClosedSender(isPlain ? plainQueue() : createDueQueue<Dialogue | undefined>());
}

type Resends = Pick<DueQueue<Dialogue | undefined>, 'headMs' | 'push' | 'shift' | 'clear'>;

function plainQueue(): Resends {
  const times = createTimeQueue();
  return {
    headMs: times.headMs,
    push: (ms) => times.push(ms),
    shift() {
      times.shift();
      return undefined;
    },
    clear: times.clear,
  };
}

function createClosedSender(resends: Resends): Sender {
  let target = 0;
  /** Clients that have joined and not left. */
  let clients = 0;
  const join = { leftCount: 0, nextMs: 0, gapMs: 0 };
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
        return undefined;
      }
      return resends.shift();
    },
    ended(freeMs, dialogue) {
      if (clients > target) clients -= 1;
      else resends.push(freeMs, dialogue);
    },
    reset() {
      clients = 0;
      join.leftCount = 0;
      resends.clear();
    },
  };
}

function createOpenSender(
  spec: ArrivalSpec,
  random: Random,
  recordedMs: ArrayLike<number> | undefined,
): Sender {
  let arrivals: Arrivals | undefined;
  const ready = createDueQueue<Dialogue>();
  return {
    retarget(load, nowMs) {
      if (arrivals === undefined) {
        const recorded = recordedMs === undefined ? {} : { recordedMs };
        arrivals = createArrivals(spec, { rps: load, startMs: nowMs, ...recorded }, random);
      } else arrivals.changeRate(load, nowMs);
    },
    nextMs: () => arrivals?.peekMs() ?? Number.POSITIVE_INFINITY,
    take() {
      const dueMs = arrivals?.takeMs() ?? Number.POSITIVE_INFINITY;
      return ready.headMs() <= dueMs ? ready.shift() : undefined;
    },
    ended(freeMs, dialogue) {
      if (dialogue !== undefined) ready.push(freeMs, dialogue);
    },
    reset: () => ready.clear(),
  };
}
