/**
 * What the service and its workers share in the database, and the times that both go by. Nothing here
 * outlives a crash of the server: the tables are unlogged, so what passes through them (keys of targets
 * among it) reaches no log, no replica and no archive of the server, and a message is deleted as it is read.
 */

/** Both sides say that they live this often. */
export const BEAT_MS = 500;
/** Who has not said so for this long is dead: its burst is spoilt, its load ends. */
export const DEAD_MS = 2_000;

/** The number changes with the tables or the messages, so that two versions never read each other's. */
export const WORKERS = 'load_worker_v1';
export const SESSIONS = 'load_session_v1';
export const MESSAGES = 'load_message_v1';

/** Of the transaction in which the tables are made: two makers at once would both find none. */
const CREATE_LOCK_KEY = '2005943212426';

export async function createTables(line: { query(text: string): Promise<unknown> }): Promise<void> {
  // One transaction: several statements without values are one to the server.
  await line.query(`select pg_advisory_xact_lock(${CREATE_LOCK_KEY});
    create unlogged table if not exists ${WORKERS} (
      id text primary key, host text not null, version text not null,
      started_at timestamptz not null, beat_at timestamptz not null, session text);
    create unlogged table if not exists ${SESSIONS} (
      id text primary key, beat_at timestamptz not null);
    create unlogged table if not exists ${MESSAGES} (
      id bigserial primary key, mailbox text not null, body bytea not null);
    create index if not exists ${MESSAGES}_box on ${MESSAGES} (mailbox)`);
}

/** SQL: did it say that it lives within the limit, by the database's clock? */
export function lives(beatAt: string): string {
  return `${beatAt} > clock_timestamp() - interval '${DEAD_MS} milliseconds'`;
}
