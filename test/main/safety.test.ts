/**
 * The walls of the service as a real process: who may reach it, what stops its load at once and for how
 * long, and that a target's key is nowhere but in the request to the target.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashKey, makeKey } from '../../src/service/access/key.ts';
import { searchSchema } from '../../src/service/http/schemas/search.ts';
import {
  type Folder,
  type Program,
  run,
  startService,
  startSim,
  temporaryFolder,
} from './processes.ts';

let folder: Folder;
let programs: Program[];
let servers: Server[];
beforeEach(() => {
  folder = temporaryFolder();
  programs = [];
  servers = [];
});
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.map(({ ended }) => ended));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  folder.remove();
});

function keep<T extends { readonly program: Program }>(started: T): T {
  programs.push(started.program);
  return started;
}
async function until(done: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    if (await done()) return;
    await delay(10);
  }
  throw new Error(`not within ${ms} ms`);
}
const operatorFile = (yaml: string): string => {
  const file = join(folder.path, 'operator.yaml');
  writeFileSync(file, yaml);
  return file;
};
const auditLines = (): Record<string, unknown>[] =>
  readFileSync(join(folder.path, 'audit.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('callers', () => {
  const key = makeKey();
  const yaml = (scope: string): string =>
    `keys: [{ caller: ci, sha256: ${hashKey(key).toString('hex')}, scopes: [${scope}] }]`;

  test('with a key it may bind anywhere, and asks for it; a reload changes what it is worth', async () => {
    const file = operatorFile(yaml('read'));
    const env = { PLIMSOLL_HOST: '0.0.0.0', PLIMSOLL_OPERATOR_FILE: file };
    const { program, url: bound } = keep(await startService(folder, env));
    const url = bound.replace('0.0.0.0', '127.0.0.1');
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/searches`)).status).toBe(401);
    expect((await fetch(`${url}/v1/searches`, { headers })).status).toBe(200);
    const kill = () => fetch(`${url}/v1/kill-switch`, { method: 'DELETE', headers });
    expect((await kill()).status).toBe(403);

    writeFileSync(file, yaml('admin'));
    program.child.kill('SIGHUP');
    await until(async () => (await kill()).status === 200);

    // A file that is wrong, and one that would take the keys away, change nothing.
    for (const [text, why] of [
      ['keys: 7', /expected a list/],
      ['hosts: [x.example]', /names no key/],
    ] as const) {
      writeFileSync(file, text);
      program.child.kill('SIGHUP');
      await program.says(why);
      expect((await kill()).status).toBe(200);
      expect((await fetch(`${url}/v1/searches`)).status).toBe(401);
    }
  });

  test('a file that is wrong keeps it from starting, with line and column', async () => {
    const file = operatorFile('targets:\n  - ports: [99999]\n');
    const ended = await run('src/main.ts', [], {
      PLIMSOLL_PORT: '0',
      PLIMSOLL_DATA_DIR: folder.path,
      PLIMSOLL_OPERATOR_FILE: file,
    }).ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('line 2, column 13');
  });

  test('`plimsoll keys` makes a key that the file takes', async () => {
    const made = await run('src/cli/plimsoll.ts', ['keys', 'oncall', '--scope', 'admin']).ended;
    expect(made.code).toBe(0);
    const file = operatorFile(made.stderr);
    const { url } = keep(await startService(folder, { PLIMSOLL_OPERATOR_FILE: file }));
    const headers = { authorization: `Bearer ${made.stdout.trim()}` };
    expect((await fetch(`${url}/v1/kill-switch`, { headers })).status).toBe(200);
  });
});

describe('the kill switch stops real load', () => {
  const KILL_MS = 1_000;
  /** Streams at work and waiting in the simulated server, as it counts them. */
  async function inFlight(sim: string): Promise<number> {
    const text = await (await fetch(`${sim}/metrics`)).text();
    const counts = [...text.matchAll(/^vllm:num_requests_(?:running|waiting)\{[^}]*\} (\d+)/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }
  const start = async (url: string, sim: string): Promise<Response> =>
    fetch(`${url}/v1/searches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        target: { base_url: `${sim}/v1` },
        slo: 'p99(ttft) < 400 ms',
        load: { axis: 'concurrency', min: 8, max: 64 },
        workload: { input_tokens: 60, output_tokens: 200 },
        budget: { load_seconds: 60 },
      }),
    });

  test('by a call, a signal or a file; it stays so through a restart', {
    timeout: 120_000,
  }, async () => {
    const sim = keep(await startSim());
    const first = keep(await startService(folder));
    const file = join(folder.path, 'KILL');
    const killed = await killAndSee(first.url, sim.url, () =>
      fetch(`${first.url}/v1/kill-switch`, { method: 'POST' }),
    );

    first.program.child.kill('SIGTERM');
    await first.program.ended;
    const { url, program } = keep(await startService(folder));
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await start(url, sim.url)).status).toBe(503);
    rmSync(file);
    const ready = async () => (await fetch(`${url}/readyz`)).status === 200;
    await until(ready);

    await killAndSee(url, sim.url, () => program.child.kill('SIGUSR2'));
    await until(() => existsSync(file));
    expect((await fetch(`${url}/v1/kill-switch`, { method: 'DELETE' })).status).toBe(200);
    expect(existsSync(file)).toBe(false);
    expect(await ready()).toBe(true);

    await killAndSee(url, sim.url, () => writeFileSync(file, ''));

    const lines = auditLines();
    const told = lines.map(({ action, outcome, who }) => `${action} ${outcome} ${who}`);
    for (const by of ['anonymous', 'SIGUSR2', 'file']) {
      expect(told).toContain(`kill_switch engaged ${by}`);
    }
    expect(told).toContain('createSearch failed anonymous');
    const what = { action: 'load.stop', outcome: 'cancelled', detail: 'kill_switch' };
    expect(lines).toContainEqual(expect.objectContaining({ ...what, searchId: killed }));
    expect(lines.every(({ audit, time }) => audit === true && typeof time === 'string')).toBe(true);
  });

  /** Starts load, kills it, and sees it end at the target; the id of the search. */
  async function killAndSee(url: string, sim: string, kill: () => unknown): Promise<string> {
    const { id } = searchSchema.parse(await (await start(url, sim)).json());
    await until(async () => (await inFlight(sim)) >= 8);
    const killedMs = performance.now();
    await kill();
    await until(async () => (await inFlight(sim)) === 0);
    // Twice the time that is promised: both cores may be busy with other tests.
    expect(performance.now() - killedMs).toBeLessThan(2 * KILL_MS);
    const headers = { prefer: 'wait=10' };
    const ended = await (await fetch(`${url}/v1/searches/${id}`, { headers })).json();
    expect(searchSchema.parse(ended)).toMatchObject({ state: 'cancelled', reason: 'kill_switch' });
    expect((await start(url, sim)).status).toBe(503);
    return id;
  }
});

describe('the key of a target', () => {
  const SECRET = 'sk-canary-7f3a91c2e5';

  /** A target that repeats what it was sent, in every place that it has. */
  async function echoTarget(listsModels: boolean): Promise<string> {
    const server = createServer((request, answer) => {
      const { authorization = '' } = request.headers;
      answer.setHeader('x-echo', authorization);
      answer.setHeader('server', `echo ${authorization}`);
      answer.setHeader('content-type', 'application/json');
      if (listsModels && request.url === '/v1/models') {
        answer.end(JSON.stringify({ data: [{ id: 'm', owned_by: authorization }] }));
        return;
      }
      if (request.url === '/version') {
        answer.end(JSON.stringify({ version: authorization }));
        return;
      }
      answer.statusCode = 401;
      const message = `Incorrect API key provided: ${authorization} (${encodeURIComponent(SECRET)})`;
      answer.end(JSON.stringify({ error: { message, type: SECRET, code: SECRET } }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  test('is in no file, no log line and no answer, whatever the target does with it', async () => {
    const sim = keep(await startSim());
    const env = { PLIMSOLL_TARGET_KEY: SECRET, PLIMSOLL_LOG_LEVEL: 'trace' };
    const { url, program } = keep(await startService(folder, env));
    const answers: string[] = [];
    const read = async (path: string, init: RequestInit = {}): Promise<string> => {
      const answer = await fetch(`${url}${path}`, init);
      const text = `${JSON.stringify([...answer.headers])}${await answer.text()}`;
      answers.push(text);
      return text;
    };
    const targets = [`${sim.url}/v1`, await echoTarget(false), await echoTarget(true)];
    for (const base_url of targets) {
      await read('/v1/searches', {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'wait=30' },
        body: JSON.stringify({
          target: { base_url, api_key_ref: 'env:PLIMSOLL_TARGET_KEY' },
          slo: 'p90(ttft) < 400 ms',
          load: { axis: 'concurrency', min: 1, max: 4 },
          workload: { input_tokens: 20, output_tokens: 5 },
          budget: { load_seconds: 4 },
        }),
      });
    }
    const { searches } = JSON.parse((await (await fetch(`${url}/v1/searches`)).text()) || '{}');
    expect(searches).toHaveLength(targets.length);
    for (const { id } of searches) {
      for (const part of [
        '',
        '/summary',
        '/frontier',
        '/probes',
        '/log',
        '/requests',
        '/events?after=0',
        '/report?format=html',
      ]) {
        await read(`/v1/searches/${id}${part}`);
      }
      await read(`/searches/${id}`, { headers: { accept: 'text/html' } });
    }
    for (const path of ['/', '/metrics', '/v1/searches', '/openapi.json']) await read(path);
    // The target's words are there, so it is its key that is cut out and not all that it said.
    expect(answers.join()).toContain('[redacted]');
    expect(answers.join()).toContain('Incorrect API key provided');

    program.child.kill('SIGTERM');
    const { stderr, stdout } = await program.ended;
    const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    expect(files.length).toBeGreaterThan(1);
    const spellings = [SECRET, Buffer.from(SECRET).toString('base64').slice(0, 16)];
    for (const place of [...answers, ...files, stderr, stdout]) {
      for (const spelling of spellings) expect(place.includes(spelling)).toBe(false);
    }
  });
});
