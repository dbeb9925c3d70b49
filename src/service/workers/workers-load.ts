/**
 * Load from other machines: the load port over Postgres tables. A session is a row; free workers are
 * claimed for it, carry one generator each and beat; a worker that is lost spoils the burst.
 *
 * Plain tables and not a job queue: a session keeps its connections and its running requests between
 * bursts, so it is a lease on n workers for minutes with talk in both directions, and not a job that one of
 * them takes, does and forgets. `skip locked` claims, a beat by the database's clock ends the lease.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openGenerators } from '../../load/local-load.ts';
import { LoadLost, type LoadPort, type LoadSession, type SessionPlan } from '../../load/port.ts';
import type { SharedClock } from '../../load/shared-clock.ts';
import { createDatabaseClock, type DatabaseClock, REMEASURE_MS } from './database-clock.ts';
import { type Line, openLine } from './line.ts';
import { type RemoteGenerator, remoteGenerator } from './remote-generator.ts';
import { BEAT_MS, createTables, DEAD_MS, lives, MESSAGES, SESSIONS, WORKERS } from './tables.ts';
import { type Answer, sessionBox, workerBox } from './talk.ts';

/** Time for the command to reach every worker: milliseconds, and 250 when a notification was missed. */
const START_LEAD_MS = 300;
/** Workers of a session that has just ended are free after a beat and the end of their load. */
const SETTLE_MS = 3_000;
const SETTLE_LOOK_MS = 100;
/** Rows of workers that are long dead. */
const FORGET_MS = 60_000;

export interface WorkersLoad {
  readonly load: LoadPort;
  /** Workers of our version that live, free or not, as of the last beat. */
  readonly count: number;
  /** The same as of now: one that has just started is in it. Rejects when the database is not there. */
  recount(): Promise<number>;
  close(): Promise<void>;
}

interface OpenSession {
  readonly generators: readonly RemoteGenerator[];
}

interface Fleet {
  readonly line: Line;
  readonly clock: DatabaseClock;
  readonly own: SharedClock;
  readonly version: string;
  readonly open: Map<string, OpenSession>;
}

/** Rejects when the database is not there. One service per database: what is there is of one that has ended. */
export async function createWorkersLoad(
  url: string,
  version: string,
  own: SharedClock,
  onLost: (error: Error) => void,
): Promise<WorkersLoad> {
  const line = await openLine(url, (error) => {
    for (const session of open.values()) loseAll(session, 'the database is lost');
    stopped.abort();
    onLost(error);
  });
  const open = new Map<string, OpenSession>();
  const stopped = new AbortController();
  await createTables(line);
  await line.query(`delete from ${SESSIONS}`);
  await line.query(`delete from ${MESSAGES}`);
  const fleet: Fleet = { line, clock: await createDatabaseClock(line, own), own, version, open };
  let count = await beat(fleet);
  const beating = keepBeating(fleet, stopped.signal, (now) => {
    count = now;
  });
  return {
    load: { open: (plan, signal) => openSession(fleet, plan, signal) },
    get count() {
      return count;
    },
    async recount() {
      count = await beat(fleet);
      return count;
    },
    async close() {
      stopped.abort();
      await beating;
      await line.close();
    },
  };
}

async function keepBeating(
  fleet: Fleet,
  signal: AbortSignal,
  onCount: (count: number) => void,
): Promise<void> {
  let measuredMs = fleet.own.nowMs();
  while (!signal.aborted) {
    await sleep(BEAT_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      onCount(await beat(fleet));
      if (fleet.own.nowMs() - measuredMs < REMEASURE_MS) continue;
      measuredMs = fleet.own.nowMs();
      if (await fleet.clock.measure()) continue;
      for (const session of fleet.open.values()) loseAll(session, 'the clock has jumped');
    } catch {
      for (const session of fleet.open.values()) loseAll(session, 'no beat of the database');
    }
  }
}

/** Says that our sessions live, and loses those workers that did not. Returns how many live. */
async function beat({ line, version, open }: Fleet): Promise<number> {
  await line.query(`update ${SESSIONS} set beat_at = clock_timestamp() where id = any($1)`, [
    [...open.keys()],
  ]);
  const rows = await line.query(
    `select id, session, version = $1 as fits from ${WORKERS} where ${lives('beat_at')}`,
    [version],
  );
  const sessionOf = new Map(rows.map((row) => [row['id'], row['session']]));
  for (const [id, { generators }] of open) {
    for (const generator of generators) {
      if (!sessionOf.has(generator.worker)) generator.lose(`no beat for ${DEAD_MS} ms`);
      else if (sessionOf.get(generator.worker) !== id) generator.lose('it has left the session');
    }
  }
  return rows.filter((row) => row['fits'] === true).length;
}

function loseAll({ generators }: OpenSession, why: string): void {
  for (const generator of generators) generator.lose(why);
}

async function openSession(
  fleet: Fleet,
  plan: SessionPlan,
  signal: AbortSignal,
): Promise<LoadSession> {
  const { line, clock, open } = fleet;
  const id = randomUUID();
  await line.query(`insert into ${SESSIONS} values ($1, clock_timestamp())`, [id]);
  const end = async (): Promise<void> => {
    open.delete(id);
    line.forget(sessionBox(id));
    await line.query(`delete from ${SESSIONS} where id = $1`, [id]);
    await sweep(line, workers);
  };
  let workers: readonly Claimed[] = [];
  try {
    workers = await claim(fleet, id, plan.generators, signal);
    const generators = workers.map((worker, index) =>
      remoteGenerator({ ...worker, session: id, index, line, clock }),
    );
    open.set(id, { generators });
    await line.receive(sessionBox(id), (message) => {
      // Our own worker of the same version wrote it.
      const { index, reply } = message as Answer;
      generators[index]?.hear(reply);
    });
    const session = await openGenerators(generators, plan, signal, START_LEAD_MS);
    return {
      ...session,
      async close() {
        await session.close();
        await end();
      },
    };
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

/** Orders that a dead worker will not read (keys of targets among them), answers that came too late. */
async function sweep(line: Line, workers: readonly Claimed[]): Promise<void> {
  await line.query(
    `delete from ${MESSAGES} where mailbox = any($1) or mailbox like 'session:%' and not exists (
       select 1 from ${SESSIONS} s where mailbox = 'session:' || s.id)`,
    [workers.map(({ worker }) => workerBox(worker))],
  );
}

interface Claimed {
  readonly worker: string;
  readonly host: string;
}

/** All n or none. Waits only for workers whose session is over; otherwise too few is an error at once. */
async function claim(
  { line, version, own }: Fleet,
  session: string,
  n: number,
  signal: AbortSignal,
): Promise<readonly Claimed[]> {
  const untilMs = own.nowMs() + SETTLE_MS;
  for (;;) {
    signal.throwIfAborted();
    await line.query(
      `delete from ${WORKERS} where beat_at < clock_timestamp() - interval '${FORGET_MS} milliseconds'`,
    );
    const claimed = await line.query(
      `with free as (
         select id from ${WORKERS} where session is null and version = $2 and ${lives('beat_at')}
         order by started_at, id limit $3 for update skip locked)
       update ${WORKERS} w set session = $1 from free
       where w.id = free.id and (select count(*) from free) >= $3 returning w.id, w.host`,
      [session, version, n],
    );
    if (claimed.length > 0) {
      return claimed.map((row) => ({ worker: String(row['id']), host: String(row['host']) }));
    }
    const [row] = await line.query(
      `select count(*) filter (where version = $1) as fit, count(*) filter (where version <> $1) as other,
         count(*) filter (where version = $1 and session is not null and not exists (
           select 1 from ${SESSIONS} s where s.id = session and ${lives('s.beat_at')})) as settling
       from ${WORKERS} where ${lives('beat_at')}`,
      [version],
    );
    const [fit, other] = [Number(row?.['fit']), Number(row?.['other'])];
    if (fit < n || Number(row?.['settling']) === 0 || own.nowMs() > untilMs) {
      const others = other === 0 ? '' : ` (and ${other} of another version)`;
      throw new LoadLost(`${n} free workers are needed, and ${fit} live${others}: start more`);
    }
    await sleep(SETTLE_LOOK_MS, undefined, { signal });
  }
}
