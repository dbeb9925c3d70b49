/**
 * One service per database: two would load the same targets at the same time. The proof is an advisory
 * lock of one connection, which the server frees however its process ends. Losing the connection is
 * losing the database: somebody else may own it now.
 */
import { Client } from 'pg';
import { err, ok, type Result } from '../../core/base/result.ts';
import { connectionConfig, placeOf } from './postgres-database.ts';
import { describe, type StoreFault } from './store-fault.ts';

/** `plimsoll` read in base 36: any number that others will not take by chance. */
const LOCK_KEY = '2005943212425';
/** A cut line is not told to anybody; so the owner asks this often, and waits no longer for the answer. */
const BEAT_MS = 3_000;
/** The server's side of the same: a machine that vanished keeps the lock no longer than about this. */
const KEEPALIVE = { idle: 5, interval: 2, count: 3 } as const;

export interface Ownership {
  /** Frees the database for the next owner. */
  release(): Promise<void>;
}

export async function takeOwnership(
  url: string,
  onLost: (error: Error) => void,
): Promise<Result<Ownership, StoreFault>> {
  const client = new Client({ ...connectionConfig(url), query_timeout: BEAT_MS });
  let released = false;
  let beat: NodeJS.Timeout | undefined;
  const lose = (error: Error): void => {
    if (released) return;
    released = true;
    clearInterval(beat);
    onLost(error);
  };
  try {
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock($1) as mine', [LOCK_KEY]);
    if (rows[0]?.mine !== true) {
      await client.end();
      return err({
        code: 'store_locked',
        message: `another Plimsoll is using ${placeOf(url)}: stop it, or give this one a database of its own`,
      });
    }
    await client.query(
      `set tcp_keepalives_idle = ${KEEPALIVE.idle}; set tcp_keepalives_interval = ${KEEPALIVE.interval};
       set tcp_keepalives_count = ${KEEPALIVE.count}`,
    );
  } catch (error) {
    client.on('error', () => undefined);
    client.end().catch(() => undefined);
    return err({
      code: 'store_unusable',
      message: `cannot use ${placeOf(url)}: ${describe(error)}`,
    });
  }
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection to the database has ended')));
  beat = setInterval(() => void client.query('select 1').catch(lose), BEAT_MS);
  beat.unref();
  return ok({
    async release() {
      if (released) return;
      released = true;
      clearInterval(beat);
      await client.end();
    },
  });
}
