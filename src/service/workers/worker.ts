/**
 * A worker: carries one generator for the service, for one session at a time. It ends the load whenever
 * nobody vouches for it any more: the session is gone, the service does not beat, the database does not
 * answer, or somebody stops the worker.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GeneratorProcess, startGenerator } from '../../load/generator-process.ts';
import type { Command, OpenCommand } from '../../load/protocol.ts';
import { createSharedClock } from '../../load/shared-clock.ts';
import { createDatabaseClock, type DatabaseClock, REMEASURE_MS } from './database-clock.ts';
import { type Line, openLine } from './line.ts';
import { BEAT_MS, createTables, DEAD_MS, lives, SESSIONS, WORKERS } from './tables.ts';
import {
  type Answer,
  type Order,
  sessionBox,
  shiftCommand,
  shiftReply,
  workerBox,
} from './talk.ts';

export interface WorkerOptions {
  readonly url: string;
  readonly version: string;
  /** Where tokenizers lie on this machine; absent: none may be named. */
  readonly dataFolder: string | undefined;
  readonly onEvent: (sentence: string) => void;
}

export interface Worker {
  readonly id: string;
  /** Resolves when it has lost the database; its load has ended. */
  readonly lost: Promise<Error>;
  /** Ends its session, and takes it off the list. */
  stop(): Promise<void>;
}

interface Current {
  readonly session: string;
  readonly index: number;
  readonly generator: GeneratorProcess;
}

/** Rejects when the database is not there. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const id = randomUUID().slice(0, 8);
  const stopped = new AbortController();
  let onLost: (error: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => {
    onLost = (error) => {
      stopped.abort();
      void carrier.drop().then(() => resolve(error));
    };
  });
  const mail = await openLine(options.url, (error) => onLost(error));
  // A line of its own, so that a beat never waits behind a large look.
  const pulse = await openLine(options.url, (error) => onLost(error), DEAD_MS);
  await createTables(pulse);
  const clock = await createDatabaseClock(pulse, createSharedClock());
  const carrier = createCarrier(mail, clock, options);
  await mail.receive(workerBox(id), (message) => carrier.obey(message as Order));
  await pulse.query(
    `insert into ${WORKERS} values ($1, $2, $3, clock_timestamp(), clock_timestamp(), null)`,
    [id, hostname(), options.version],
  );
  const beating = keepBeating(id, pulse, clock, carrier, stopped.signal).catch(onLost);
  return {
    id,
    lost,
    async stop() {
      stopped.abort();
      await beating;
      await carrier.fail('it was told to stop');
      await pulse.query(`delete from ${WORKERS} where id = $1`, [id]);
      await Promise.all([mail.close(), pulse.close()]);
    },
  };
}

/** Rejects when the database does not answer in time: the service takes us for dead then. */
async function keepBeating(
  id: string,
  pulse: Line,
  clock: DatabaseClock,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<void> {
  let measuredMs = clock.nowMs();
  while (!signal.aborted) {
    const [row] = await pulse.query(
      `update ${WORKERS} w set beat_at = clock_timestamp() where id = $1 returning session, exists (
         select 1 from ${SESSIONS} s where s.id = w.session and ${lives('s.beat_at')}) as led`,
      [id],
    );
    // Tables that a crash of the server has emptied; started again it is on the list again.
    if (row === undefined) throw new Error('the database has forgotten this worker');
    const session = row['led'] === true ? String(row['session']) : undefined;
    if (carrier.session() !== undefined && carrier.session() !== session) await carrier.drop();
    if (row['session'] !== null && session === undefined) await free(id, pulse, row['session']);
    if (clock.nowMs() - measuredMs > REMEASURE_MS) {
      measuredMs = clock.nowMs();
      if (!(await clock.measure())) await carrier.fail('the clock has jumped');
    }
    await sleep(BEAT_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Only when its load has ended: a free worker is an idle one. */
async function free(id: string, pulse: Line, session: unknown): Promise<void> {
  await pulse.query(`update ${WORKERS} set session = null where id = $1 and session = $2`, [
    id,
    session,
  ]);
}

interface Carrier {
  session(): string | undefined;
  obey(order: Order): void;
  /** Ends the load; nobody is there to be told. */
  drop(): Promise<void>;
  /** Ends the load and tells the service why. */
  fail(why: string): Promise<void>;
}

function createCarrier(
  mail: Line,
  clock: DatabaseClock,
  { dataFolder, onEvent }: WorkerOptions,
): Carrier {
  let current: Current | undefined;

  async function drop(): Promise<void> {
    const dropped = current;
    current = undefined;
    if (dropped === undefined) return;
    await dropped.generator.close();
    onEvent(`session ${dropped.session}: ended`);
  }
  async function tell(to: Pick<Current, 'session' | 'index'>, reply: Answer['reply']) {
    const answer: Answer = { index: to.index, reply: shiftReply(reply, clock.offsetMs) };
    // A line that is cut ends the worker by itself.
    await mail.send(sessionBox(to.session), answer).catch(() => undefined);
  }
  async function fail(why: string): Promise<void> {
    const failed = current;
    await drop();
    if (failed !== undefined) await tell(failed, { kind: 'fault', message: why });
  }
  async function carry(of: Current, command: Command): Promise<void> {
    switch (command.kind) {
      case 'open':
        await of.generator.open(withOwnFolder(command, dataFolder));
        return tell(of, { kind: 'ready' });
      case 'load': {
        const own = shiftCommand(command, -clock.offsetMs);
        if (command.startAtMs <= clock.nowMs()) throw new Error('the start time had passed');
        if (own.kind === 'load') of.generator.load(own);
        return;
      }
      case 'pause':
        return of.generator.pause();
      case 'look':
        return tell(of, { ...(await of.generator.look(command.last)), id: command.id });
      case 'close':
        await drop();
        return tell(of, { kind: 'closed' });
    }
  }

  return {
    session: () => current?.session,
    drop,
    fail,
    obey({ session, index, command }) {
      if (command.kind === 'open' && current === undefined) {
        current = { session, index, generator: startGenerator() };
        onEvent(`session ${session}: generator ${index} of ${command.plan.generators}`);
      }
      // Of a session that is over: whoever sent it has gone, or knows.
      if (current?.session !== session) return;
      const of = current;
      carry(of, command).catch((error: unknown) => {
        if (current === of) void fail(error instanceof Error ? error.message : String(error));
      });
    },
  };
}

/** The service's folder is on another machine: the same path below ours. */
function withOwnFolder(command: OpenCommand, folder: string | undefined): OpenCommand {
  const { tokenizer } = command.plan.target;
  if (tokenizer === undefined) return command;
  if (folder === undefined) {
    throw new Error(`it needs ${tokenizer.path}: set PLIMSOLL_DATA_FILES_DIR on the worker, too`);
  }
  const target = { ...command.plan.target, tokenizer: { ...tokenizer, folder } };
  return { ...command, plan: { ...command.plan, target } };
}
