/**
 * Kills the service in the middle of a search, again and again, with real processes: the service and
 * its generators, a simulated server under load, one SQLite file. Moments are drawn from a seed. What
 * must hold is looked up in the file after every kill, not asked of the service.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createRandom } from '../../src/core/base/random.ts';
import { startSimServer } from '../../src/sim/http/sim-server.ts';
import { SERVERS } from '../../src/sim/servers.ts';

export interface KillRunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Longest life of the service between two kills. */
  readonly maxLifeMs: number;
  readonly loadSeconds: number;
  readonly say: (line: string) => void;
}

export interface KillRunReport {
  readonly kills: number;
  /** Kills while a probe was under way. */
  readonly midProbe: number;
  /** Generator processes that ran when their service was killed. */
  readonly generators: number;
  readonly searches: number;
  /** How each search ended. */
  readonly ends: readonly string[];
  readonly finishedProbes: number;
  readonly abandonedAttempts: number;
  /** Everything that must not happen, in words. */
  readonly violations: readonly string[];
  /** From the start of the process to the API's answer, worst case. */
  readonly worstStartMs: number;
  /** From SIGTERM to the end of the process, over a running search. */
  readonly stopMs: number;
}

const START_TIMEOUT_MS = 30_000;
/** A probe of these searches takes about four seconds on a quiet machine. */
const FINISH_TIMEOUT_MS = 40_000;
/** A generator whose parent was killed must be gone by then. */
const ORPHAN_MS = 3_000;
/** More requests a second, so that a burst has its samples soon after it has settled. */
const SIM_SPEED = 4;
const POLL_MS = 20;
/** A kill that waits for a finished probe strikes within this time of its commit. */
const AFTER_FINISH_MS = 60;
const MAIN = join(import.meta.dirname, '../../src/main.ts');

export async function runKills(options: KillRunOptions): Promise<KillRunReport> {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-kill-'));
  const sim = await startSimServer({
    model: SERVERS.demo,
    speed: SIM_SPEED,
  });
  const random = createRandom(options.seed);
  const book = createBook(join(dir, 'plimsoll.sqlite'));
  let service: Service | undefined;
  let midProbe = 0;
  let generatorCount = 0;
  let finishedBefore = 0;
  let worstStartMs = 0;
  try {
    let id: string | undefined;
    for (let kill = 1; kill <= options.kills; kill++) {
      service = await startService(dir);
      worstStartMs = Math.max(worstStartMs, service.startMs);
      id ??= await post(service, `${sim.url}/v1`, options, kill);
      // Every other kill strikes about when a probe has just been stored, the rest at any moment.
      if (kill % 2 === 0) await book.nextFinished(FINISH_TIMEOUT_MS);
      const longestMs = kill % 2 === 0 ? AFTER_FINISH_MS : options.maxLifeMs;
      await delay(random.next() * longestMs);
      const generators = childrenOf(service.process.pid);
      generatorCount += generators.length;
      await killHard(service.process);
      await book.orphans(generators, `kill ${kill}`);
      const state = book.check(`kill ${kill}`);
      if (state.open > 0) midProbe += 1;
      finishedBefore = state.finished;
      options.say(`kill ${kill}: ${state.finished} probes finished, ${state.open} under way`);
      if (state.unended === 0) id = undefined;
    }
    service = await startService(dir);
    worstStartMs = Math.max(worstStartMs, service.startMs);
    if (id !== undefined) await book.nextFinished(FINISH_TIMEOUT_MS);
    const before = performance.now();
    service.process.kill('SIGTERM');
    const generators = childrenOf(service.process.pid);
    await once(service.process, 'exit');
    const stopMs = performance.now() - before;
    await book.orphans(generators, 'the stop');
    const state = book.check('the stop');
    if (id !== undefined && state.finished <= finishedBefore) {
      book.violation('after the last kill the search did not carry on');
    }
    return {
      kills: options.kills,
      midProbe,
      generators: generatorCount,
      worstStartMs,
      stopMs,
      ...book.close(),
    };
  } finally {
    if (service !== undefined && service.process.exitCode === null) await killHard(service.process);
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Service {
  readonly process: ChildProcess;
  readonly url: string;
  readonly startMs: number;
}

async function startService(dir: string): Promise<Service> {
  const before = performance.now();
  const child = fork(MAIN, [], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: dir,
      PLIMSOLL_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr = (stderr + piece.toString()).slice(-4_000);
  });
  const waited = AbortSignal.timeout(START_TIMEOUT_MS);
  const started = once(child, 'message', { signal: waited });
  const ended = once(child, 'exit', { signal: waited }).then(() => {
    throw new Error(`the service did not start: ${stderr}`);
  });
  ended.catch(() => {});
  const [message] = await Promise.race([started, ended]);
  return { process: child, url: String(message.url), startMs: performance.now() - before };
}

async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function post(
  service: Service,
  target: string,
  { loadSeconds }: KillRunOptions,
  seed: number,
): Promise<string> {
  const response = await fetch(`${service.url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      target: { base_url: target },
      // No bound on time: a machine that is busy with other tests must not void these bursts.
      slo: 'error_rate < 10%',
      load: { axis: 'concurrency', min: 4, start: 8, max: 32 },
      workload: { kind: 'synthetic', input_tokens: { mean: 40 }, output_tokens: { mean: 10 } },
      budget: { load_seconds: loadSeconds },
      seed,
    }),
  });
  const body = (await response.json()) as { readonly id: string };
  if (response.status !== 202) throw new Error(`POST answered ${JSON.stringify(body)}`);
  return body.id;
}

/** Child processes by /proc: only what is ours, whoever else runs generators on this machine. */
function childrenOf(pid: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.parent === pid)
    .map(Number);
}

/** Undefined when the process is gone; one that only waits to be reaped is gone too. */
function statOf(pid: number): { readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets: what follows the last bracket is state and parent.
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : { parent: Number(parent) };
  } catch {
    return undefined;
  }
}

interface Book {
  check(when: string): {
    readonly finished: number;
    readonly open: number;
    readonly unended: number;
  };
  /** Resolves when one more probe has finished than at the last check. */
  nextFinished(withinMs: number): Promise<void>;
  orphans(pids: readonly number[], when: string): Promise<void>;
  violation(what: string): void;
  close(): Pick<
    KillRunReport,
    'searches' | 'ends' | 'finishedProbes' | 'abandonedAttempts' | 'violations'
  >;
}

interface ProbeRow {
  readonly search_id: string;
  readonly probe: number;
  readonly attempt: number;
  readonly outcome: string | null;
  readonly observation: string | null;
}

function countFinished(file: string): number {
  const db = new Database(file, { readonly: true, timeout: 1_000 });
  try {
    const row = db
      .prepare<[], { n: number }>("select count(*) n from probe where outcome = 'finished'")
      .get();
    return row?.n ?? 0;
  } finally {
    db.close();
  }
}

/** Remembers every finished probe ever seen, and compares. */
function createBook(file: string): Book {
  const violations: string[] = [];
  const finished = new Map<string, string>();
  let rows: readonly ProbeRow[] = [];
  let states: readonly { readonly state: string; readonly reason: string | null }[] = [];

  function read(when: string): void {
    // A copy, as the kill left it: the file is for the service to recover.
    const copy = `${file}.copy`;
    for (const end of ['', '-wal']) {
      rmSync(copy + end, { force: true });
      if (existsSync(file + end)) copyFileSync(file + end, copy + end);
    }
    const db = new Database(copy);
    try {
      const intact = db.pragma('integrity_check', { simple: true });
      if (intact !== 'ok') violations.push(`${when}: the file is damaged: ${intact}`);
      rows = db
        .prepare<[], ProbeRow>(
          'select search_id, probe, attempt, outcome, observation from probe order by 1, 2, 3',
        )
        .all();
      states = db
        .prepare<[], { state: string; reason: string | null }>(
          'select state, reason from search order by created_at_ms',
        )
        .all();
      const gaps = db
        .prepare(
          `select search_id from event group by search_id having count(*) <> max(seq) or min(seq) <> 1`,
        )
        .all();
      if (gaps.length > 0) violations.push(`${when}: the events have gaps`);
      const bare = db
        .prepare(
          `select 1 from probe p where outcome = 'finished' and not exists (select 1 from
           request_records r where r.search_id = p.search_id and r.probe = p.probe
           and r.attempt = p.attempt)`,
        )
        .all();
      if (bare.length > 0) violations.push(`${when}: a finished probe has no raw records`);
    } finally {
      db.close();
    }
  }

  function compare(when: string): void {
    const seen = new Set<string>();
    const next = new Map<string, number>();
    for (const row of rows) {
      const key = `${row.search_id} ${row.probe}`;
      if (seen.has(key)) violations.push(`${when}: probe ${key} was run after it had finished`);
      if (row.outcome !== 'finished') continue;
      seen.add(key);
      const expected = next.get(row.search_id) ?? 0;
      if (row.probe !== expected) violations.push(`${when}: ${key} finished before ${expected}`);
      next.set(row.search_id, row.probe + 1);
      const observation = row.observation ?? '';
      const before = finished.get(key);
      if (before !== undefined && before !== observation) {
        violations.push(`${when}: probe ${key} has changed`);
      }
      finished.set(key, observation);
    }
    for (const key of finished.keys()) {
      if (!seen.has(key)) violations.push(`${when}: finished probe ${key} is lost`);
    }
  }

  return {
    check(when) {
      read(when);
      compare(when);
      return {
        finished: finished.size,
        open: rows.filter((row) => row.outcome === null).length,
        unended: states.filter(({ state }) => state === 'queued' || state === 'running').length,
      };
    },
    async nextFinished(withinMs) {
      const deadline = performance.now() + withinMs;
      while (countFinished(file) <= finished.size && performance.now() < deadline) {
        await delay(POLL_MS);
      }
    },
    async orphans(pids, when) {
      const deadline = performance.now() + ORPHAN_MS;
      const alive = (): number[] => pids.filter((pid) => statOf(pid) !== undefined);
      while (alive().length > 0 && performance.now() < deadline) await delay(20);
      for (const pid of alive()) violations.push(`${when}: generator ${pid} lives on`);
    },
    violation: (what) => void violations.push(what),
    close: () => ({
      searches: states.length,
      ends: states.map(({ state, reason }) => (reason === null ? state : `${state} (${reason})`)),
      finishedProbes: finished.size,
      abandonedAttempts: rows.filter((row) => row.outcome === 'abandoned').length,
      violations,
    }),
  };
}
