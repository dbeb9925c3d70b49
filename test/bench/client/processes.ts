/** Starts the bench's processes and asks them, each wait with an end. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PeerCommand, PeerTimes } from './peer-process.ts';
import type { TargetCommand, TargetPlan, TargetTimes } from './target-process.ts';

const ANSWER_TIMEOUT_MS = 30_000;

type Reply =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'planned' }
  | { readonly kind: 'times'; readonly times: TargetTimes & PeerTimes };

export interface BenchTarget {
  readonly port: number;
  plan(plan: TargetPlan): Promise<void>;
  /** Forgets what was written so far. */
  start(): void;
  times(): Promise<TargetTimes>;
  stop(): void;
}

export async function startTarget(): Promise<BenchTarget> {
  const child = start('./target-process.ts');
  const { port } = await next(child, 'listening');
  const send = (command: TargetCommand): boolean => child.send(command);
  return {
    port,
    async plan(plan) {
      send({ kind: 'plan', plan });
      await next(child, 'planned');
    },
    start() {
      send({ kind: 'start' });
    },
    async times() {
      send({ kind: 'times' });
      return (await next(child, 'times')).times;
    },
    stop: () => {
      child.kill();
    },
  };
}

export interface BenchPeer {
  send(command: PeerCommand): void;
  look(): Promise<PeerTimes>;
  stop(): void;
}

export function startPeer(): BenchPeer {
  const child = start('./peer-process.ts');
  return {
    send: (command) => {
      child.send(command);
    },
    async look() {
      child.send({ kind: 'look' } satisfies PeerCommand);
      return (await next(child, 'times')).times;
    },
    stop: () => {
      child.kill();
    },
  };
}

function start(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), [], { serialization: 'advanced' });
}

function next<K extends Reply['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<Reply, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no ${kind} within ${ANSWER_TIMEOUT_MS} ms`));
    }, ANSWER_TIMEOUT_MS);
    child.once('message', (reply: Extract<Reply, { kind: K }>) => {
      clearTimeout(timer);
      if (reply.kind === kind) resolve(reply);
      else reject(new Error(`${reply.kind} instead of ${kind}`));
    });
  });
}
