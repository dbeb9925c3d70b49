/**
 * A generator on another machine, with the face of one beside the service: so everything above it (one
 * start time, looks, merging) is the same code. Whatever takes it away makes every wait on it fail with
 * `LoadLost`.
 */
import type { GeneratorProcess } from '../../load/generator-process.ts';
import { LoadLost } from '../../load/port.ts';
import type { Command, LookReply } from '../../load/protocol.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { Line } from './line.ts';
import { type Answer, type Order, shiftCommand, shiftReply, workerBox } from './talk.ts';

/** A cold start of a generator and a target's data files, over a busy database. */
const OPEN_TIMEOUT_MS = 25_000;
const LOOK_TIMEOUT_MS = 5_000;
/** Beyond it the session is taken away, and the worker ends its load when it sees that. */
const CLOSE_TIMEOUT_MS = 1_500;
/** A look is of a time between its asking and its coming, or the two clocks do not agree. */
const CLOCK_TOLERANCE_MS = 50;

export interface RemoteGenerator extends GeneratorProcess {
  readonly worker: string;
  hear(reply: Answer['reply']): void;
  lose(why: string): void;
}

interface Waiting {
  readonly accept: (reply: Answer['reply']) => boolean;
  readonly reject: (error: Error) => void;
}

export interface RemoteParts {
  readonly worker: string;
  readonly host: string;
  readonly session: string;
  readonly index: number;
  readonly line: Line;
  readonly clock: DatabaseClock;
}

export function remoteGenerator(parts: RemoteParts): RemoteGenerator {
  const { worker, host, session, index, line, clock } = parts;
  const waiting = new Set<Waiting>();
  let lost: LoadLost | undefined;
  let lookId = 0;

  function lose(why: string): void {
    lost ??= new LoadLost(`worker ${worker} on ${host}: ${why}`);
    for (const one of waiting) one.reject(lost);
    waiting.clear();
  }
  function send(command: Command): void {
    const order: Order = { session, index, command: shiftCommand(command, clock.offsetMs) };
    line.send(workerBox(worker), order).catch(() => lose('no line to it'));
  }
  function answer<T extends Answer['reply']>(
    pick: (reply: Answer['reply']) => T | undefined,
    withinMs: number,
  ): Promise<T> {
    if (lost !== undefined) return Promise.reject(lost);
    return new Promise<T>((resolve, reject) => {
      const accept = (reply: Answer['reply']): boolean => {
        const picked = pick(reply);
        if (picked === undefined) return false;
        clearTimeout(timer);
        resolve(picked);
        return true;
      };
      const one: Waiting = {
        accept,
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => lose(`no answer within ${withinMs} ms`), withinMs);
      waiting.add(one);
    });
  }
  const close = async (): Promise<void> => {
    if (lost !== undefined) return;
    const closed = answer(
      (reply) => (reply.kind === 'closed' ? reply : undefined),
      CLOSE_TIMEOUT_MS,
    );
    send({ kind: 'close' });
    await closed.catch(() => undefined);
    lose('it is closed');
  };

  return {
    worker,
    pid: undefined,
    lose,
    hear(reply) {
      if (reply.kind === 'fault') return lose(reply.message);
      for (const one of waiting) if (one.accept(reply)) waiting.delete(one);
    },
    async open(command) {
      const ready = answer(
        (reply) => (reply.kind === 'ready' ? reply : undefined),
        OPEN_TIMEOUT_MS,
      );
      send(command);
      await ready;
    },
    load: send,
    pause: () => send({ kind: 'pause' }),
    async look(last) {
      const id = lookId++;
      const askedMs = clock.nowMs();
      const coming = answer<LookReply>(
        (reply) => (reply.kind === 'look' && reply.id === id ? reply : undefined),
        LOOK_TIMEOUT_MS,
      );
      send({ kind: 'look', id, last });
      const reply = await coming;
      const aheadMs = Math.max(askedMs - reply.nowMs, reply.nowMs - clock.nowMs());
      if (aheadMs > CLOCK_TOLERANCE_MS) {
        lose(`its clock is ${Math.round(aheadMs)} ms away from ours`);
        throw lost;
      }
      const shifted = shiftReply(reply, -clock.offsetMs);
      // A look stays one; the union is the other kinds'.
      return shifted.kind === 'look' ? shifted : reply;
    },
    close,
    kill: () => void close(),
  };
}
