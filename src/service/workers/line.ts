/**
 * One connection to the database for talk between the service and its workers: queries one after the
 * other, mail out, mail in. A notification only wakes; what was missed is found by looking again.
 */
import { deserialize, serialize } from 'node:v8';
import { Client, type QueryResult } from 'pg';
import { connectionConfig } from '../store/postgres-database.ts';
import { MESSAGES } from './tables.ts';

const CHANNEL = 'plimsoll_load';
/** A notification comes within milliseconds; without one mail is found after this time. */
const POLL_MS = 250;
/** A look of a large burst has some megabytes; a line that takes longer is as good as cut. */
const QUERY_TIMEOUT_MS = 5_000;

export interface Line {
  /** Values are text or bytes; rows come as the server's types. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  send(mailbox: string, message: unknown): Promise<void>;
  /** Every message once, in the order of sending. */
  receive(mailbox: string, onMessage: (message: unknown) => void): Promise<void>;
  /** Nothing comes from it any more. */
  forget(mailbox: string): void;
  close(): Promise<void>;
}

/** Rejects when the database is not there. `onLost`: the connection has ended without being asked. */
export async function openLine(
  url: string,
  onLost: (error: Error) => void,
  queryTimeoutMs: number = QUERY_TIMEOUT_MS,
): Promise<Line> {
  const client = new Client({ ...connectionConfig(url), query_timeout: queryTimeoutMs });
  const boxes = new Map<string, (message: unknown) => void>();
  let closed = false;
  let fetching: Promise<void> | undefined;
  let again = false;
  const lose = (error: Error): void => {
    if (closed) return;
    closed = true;
    clearInterval(poll);
    client.end().catch(() => undefined);
    onLost(error);
  };
  await client.connect();
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection to the database has ended')));

  /** One after the other: a client takes no second query before the first has answered. */
  let last: Promise<unknown> = Promise.resolve();
  function ask(text: string, values: readonly unknown[] = []): Promise<QueryResult> {
    const asked = last.then(() => client.query(text, [...values]));
    last = asked.catch(() => undefined);
    return asked;
  }
  async function fetchAll(): Promise<void> {
    do {
      again = false;
      if (boxes.size === 0) return;
      const { rows } = await ask(
        `delete from ${MESSAGES} where mailbox = any($1) returning id, mailbox, body`,
        [[...boxes.keys()]],
      );
      rows.sort((a, b) => Number(a.id) - Number(b.id));
      for (const { mailbox, body } of rows) boxes.get(mailbox)?.(deserialize(body));
    } while (again);
  }
  function wake(): void {
    again = true;
    if (closed || fetching !== undefined) return;
    fetching = fetchAll()
      .catch(lose)
      .finally(() => {
        fetching = undefined;
      });
  }
  client.on('notification', ({ payload = '' }) => {
    if (boxes.has(payload)) wake();
  });
  const poll = setInterval(wake, POLL_MS);

  return {
    async query(text, values = []) {
      return (await ask(text, values)).rows;
    },
    async send(mailbox, message) {
      await ask(
        `with sent as (insert into ${MESSAGES} (mailbox, body) values ($1, $2) returning mailbox)
         select pg_notify('${CHANNEL}', mailbox) from sent`,
        [mailbox, serialize(message)],
      );
    },
    async receive(mailbox, onMessage) {
      boxes.set(mailbox, onMessage);
      await ask(`listen ${CHANNEL}`);
      wake();
    },
    forget: (mailbox) => {
      boxes.delete(mailbox);
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(poll);
      boxes.clear();
      await fetching;
      await last;
      await client.end();
    },
  };
}
