/**
 * A real Postgres (Debian's package) that a test file starts for itself: in a temporary folder, on a
 * socket there, thrown away at the end. Where it is not installed these tests are skipped and named in the
 * closing line; in CI they are required, and `.ci/run` installs it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';

const VERSIONS = '/usr/lib/postgresql';
/** The newest that is installed; from 15 on a cluster can be told to sort as a language does. */
const BIN = existsSync(VERSIONS)
  ? readdirSync(VERSIONS)
      .filter(
        (version) => Number(version) >= 15 && existsSync(join(VERSIONS, version, 'bin/initdb')),
      )
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(VERSIONS, version, 'bin'))[0]
  : undefined;

/** A server that is not there fails the test in CI instead of passing it by. */
export const HAS_POSTGRES = BIN !== undefined || process.env['CI'] === 'true';

const START_TIMEOUT_MS = 30_000;

export interface PostgresServer {
  /** A new, empty database. */
  database(): Promise<string>;
  query(url: string, text: string): Promise<readonly Record<string, unknown>[]>;
  /** As a server that crashed. */
  crash(): Promise<void>;
}

/** One server for the tests of a file. */
export function postgresServer(): PostgresServer {
  let folder: string;
  let child: ChildProcess | undefined;
  let databases = 0;
  const urlOf = (name: string): string =>
    `postgres://plimsoll:s3cret@localhost/${name}?host=${folder}`;

  beforeAll(async () => {
    if (BIN === undefined) throw new Error('Postgres 15 or later is not installed');
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-pg-'));
    const user = serverUser();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o755);
    const data = join(folder, 'data');
    // An order that passes over punctuation, as most installations have it: ours must not depend on it.
    const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
    execFileSync(
      join(BIN, 'initdb'),
      ['-D', data, '-U', 'plimsoll', '-A', 'trust', '-E', 'UTF8', '--no-sync', ...locale],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const settings = ['fsync=off', 'listen_addresses=', 'shared_buffers=16MB'];
    child = spawn(
      join(BIN, 'postgres'),
      ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    await untilReady(urlOf('postgres'));
  }, 60_000);

  const crash = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGQUIT');
    await ended;
  };
  afterAll(async () => {
    await crash();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    async database() {
      const name = `t${databases++}`;
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    query,
    crash,
  };
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function untilReady(url: string): Promise<void> {
  const untilMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await query(url, 'select 1');
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await delay(30);
    }
  }
}

/** The server refuses to run as root, so root runs it as the package's user. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
