/**
 * `node test/real/store-trouble.ts` (as root, for a small file system of its own): the disk of a running
 * service fills up and is freed, another process holds its file for long, a second service is started over
 * it. What must hold: the load stops, readiness says why, nothing finished is lost, and the search goes on by
 * itself. Prints what happened as JSON; ends with 1 when anything did not hold.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { STORE_FILE } from '../../src/service/store/sqlite-store.ts';
import { run, startService, startSim } from '../main/processes.ts';

const DISK = '12m';
/** Longer than a write waits for the file, shorter than anyone's patience. */
const HELD_MS = 5_000;
const WAIT_MS = 60_000;

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-disk-'));
const held: Record<string, boolean> = {};
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'plimsoll-test', dir]);
const sim = await startSim();
const { program, url } = await startService({ path: dir, remove() {} });
try {
  const id = await start();
  await until(async () => (await finished(id)) >= 1);

  const filler = join(dir, 'filler');
  fill(filler);
  held['full disk: not ready, and why'] = await until(
    async () =>
      /cannot be written/.test(await text('/readyz')) && (await status('/readyz')) === 503,
  );
  held['full disk: the process lives and reads'] = (await status(`/v1/searches/${id}`)) === 202;
  held['full disk: a new search is refused for now, not lost'] = (await post()).status === 503;
  held['full disk: no generator goes on sending'] = await until(
    async () => (await sending()) === 0,
  );
  const before = await finished(id);
  rmSync(filler);
  held['room again: ready'] = await until(async () => (await status('/readyz')) === 200);
  held['room again: the search goes on, nothing lost'] = await until(
    async () => (await finished(id)) > before,
  );

  const other = new Database(join(dir, STORE_FILE));
  other.exec('BEGIN IMMEDIATE');
  await delay(HELD_MS);
  other.exec('ROLLBACK');
  other.close();
  const at = await finished(id);
  held['file held by another: the search goes on'] = await until(
    async () => (await finished(id)) > at,
  );

  const second = run('src/main.ts', [], { PLIMSOLL_PORT: '0', PLIMSOLL_DATA_DIR: dir });
  const { code, stderr } = await second.ended;
  held['a second service over the file ends with 4'] =
    code === 4 && stderr.includes('another Plimsoll is using');

  program.child.kill('SIGTERM');
  held['stops with 0'] = (await program.ended).code === 0;
  const db = new Database(join(dir, STORE_FILE));
  held['the file is intact'] = db.pragma('integrity_check', { simple: true }) === 'ok';
  const twice = db
    .prepare(
      "select 1 from probe where outcome = 'finished' group by search_id, probe having count(*) > 1",
    )
    .all();
  held['no probe finished twice'] = twice.length === 0;
  db.close();
} finally {
  program.child.kill('SIGKILL');
  sim.program.child.kill('SIGKILL');
  await program.ended;
  execFileSync('umount', ['-l', dir]);
  rmdirSync(dir);
}
process.stdout.write(`${JSON.stringify(held, null, 2)}\n`);
process.exitCode = Object.values(held).every((one) => one) ? 0 : 1;

/** Until nothing fits any more. */
function fill(file: string): void {
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(file, Buffer.alloc(bavail * bsize));
}

function post(): Promise<Response> {
  return fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      target: { base_url: `${sim.url}/v1` },
      // No bound on time: a machine that is busy must not void these bursts.
      slo: 'error_rate < 0.01%',
      load: { axis: 'concurrency', min: 2, start: 4, max: 32 },
      workload: { input_tokens: 40, output_tokens: 10 },
      budget: { load_seconds: 600 },
    }),
  });
}

async function start(): Promise<string> {
  const { id } = (await (await post()).json()) as { readonly id: string };
  return id;
}

async function finished(id: string): Promise<number> {
  const answer = await fetch(`${url}/v1/searches/${id}/probes`);
  const { probes } = (await answer.json()) as { readonly probes: readonly unknown[] };
  return probes.length;
}

async function sending(): Promise<number> {
  const read = async (): Promise<number> => {
    const page = await (await fetch(`${sim.url}/metrics`)).text();
    return Number(/^vllm:num_requests_running\{?.*\}? (\S+)$/m.exec(page)?.[1] ?? 0);
  };
  const now = await read();
  await delay(200);
  return Math.max(now, await read());
}

async function text(path: string): Promise<string> {
  return (await fetch(`${url}${path}`)).text();
}

async function status(path: string): Promise<number> {
  return (await fetch(`${url}${path}`)).status;
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    if (await holds().catch(() => false)) return true;
    await delay(100);
  }
  return false;
}
