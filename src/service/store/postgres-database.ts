/**
 * A Postgres database as kysely sees it: a pool with a limit and a deadline on everything, and text that
 * Postgres can hold. Who owns the database is decided in `postgres-owner.ts`.
 */
import {
  Kysely,
  type KyselyPlugin,
  OperationNodeTransformer,
  PostgresDialect,
  type PrimitiveValueListNode,
  sql,
  type ValueNode,
} from 'kysely';
import { type ClientConfig, Pool } from 'pg';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Schema } from './schema.ts';
import { describe } from './store-fault.ts';

/** Readers of events and pages beside the writes of the running searches. */
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
/** The longest of our statements deletes 1,000 searches. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Ours waits for nothing between its statements; one that does has lost its process. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
/** `server_version_num` of the oldest that is tried: 13. */
const OLDEST_VERSION = 130_000;

/** Of every connection of ours. The server ends a statement first; the client's own deadline is for a lost server. */
export function connectionConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'plimsoll',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  };
}

/** How messages name it: the user and the password stay out of them. */
export function placeOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `the database ${pathname.slice(1)} at ${host || (searchParams.get('host') ?? 'localhost')}`;
}

export async function connect(url: string): Promise<Result<Kysely<Schema>, string>> {
  const pool = new Pool({ ...connectionConfig(url), max: MAX_CONNECTIONS });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new WithoutNul()],
  });
  try {
    const { rows } = await sql<{ version: string }>`
      select current_setting('server_version_num') as version`.execute(db);
    if (Number(rows[0]?.version) >= OLDEST_VERSION) return ok(db);
    await db.destroy();
    return err(`${placeOf(url)} is older than Postgres 13`);
  } catch (error) {
    await db.destroy();
    return err(`cannot use ${placeOf(url)}: ${describe(error)}`);
  }
}

/**
 * Postgres refuses text with a NUL in it, and an answer of a target may be quoted with one. It becomes the
 * replacement character, in what is written and in what is asked for; JSON spells it out and is not touched.
 */
class WithoutNul implements KyselyPlugin {
  readonly #transformer = new (class extends OperationNodeTransformer {
    protected override transformValue(node: ValueNode): ValueNode {
      return { ...node, value: withoutNul(node.value) };
    }
    protected override transformPrimitiveValueList(
      node: PrimitiveValueListNode,
    ): PrimitiveValueListNode {
      return { ...node, values: node.values.map(withoutNul) };
    }
  })();

  transformQuery({ node, queryId }: Parameters<KyselyPlugin['transformQuery']>[0]) {
    return this.#transformer.transformNode(node, queryId);
  }

  async transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return result;
  }
}

function withoutNul(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
