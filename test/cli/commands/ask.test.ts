/** `plimsoll search` as a process against a service on a real socket; load in virtual time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Folder, type Program, run, temporaryFolder } from '../../main/processes.ts';
import { type ServedRig, serveRig } from '../../page/served-rig.ts';

let rig: ServedRig;
let folder: Folder;
beforeAll(async () => {
  rig = await serveRig();
  folder = temporaryFolder();
});
afterAll(async () => {
  await rig.dispose();
  folder.remove();
});

const QUESTION = ['http://127.0.0.1:8000/v1', '--slo', 'p90(ttft) < 100 ms', '--max', '64'];
const SMALL = [
  '--input-tokens',
  '64',
  '--output-tokens',
  '12',
  '--budget-seconds',
  '300',
  '--seed',
  '7',
];

function plimsoll(args: readonly string[], url = rig.url): Program {
  return run('src/cli/plimsoll.ts', args, {
    PLIMSOLL_URL: url,
    HOME: folder.path,
    NODE_COMPILE_CACHE: join(folder.path, 'compiled'),
  });
}

describe('a search', () => {
  test('result on stdout, progress on stderr, forms in files, exit 0', async () => {
    const file = join(folder.path, 'summary.json');
    const verdict = join(folder.path, 'verdict');
    const outputs = ['--output', `summary=${file}`, '--output', `verdict=${verdict}`];
    const ended = await plimsoll(['search', ...QUESTION, ...SMALL, ...outputs]).ended;
    expect(ended).toMatchObject({ code: 0 });
    const whole = JSON.parse(ended.stdout);
    expect(whole.summary).toMatchObject({ state: 'done', exit_code: 0 });
    const lines = ended.stderr.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('probe '))).toHaveLength(whole.summary.probes);
    expect(lines.at(-1)).toBe(whole.summary.sentence);
    expect(ended.stderr).not.toContain('\u001b');
    // A path of the service is an address by the time somebody reads it in a file.
    const reportUrl = `${rig.url}${whole.summary.report_url}`;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...whole.summary,
      report_url: reportUrl,
    });
    expect(readFileSync(verdict, 'utf8')).toBe('none');
  });

  test('quiet text: nothing on stderr', async () => {
    const ended = await plimsoll(['search', ...QUESTION, ...SMALL, '--quiet', '--output', 'text'])
      .ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^Carries at least \d+ concurrent requests/);
  });

  test('the same key gets the same search, and no second load', async () => {
    const key = ['--idempotency-key', 'one', '--output', 'summary', '--quiet'];
    const before = rig.sessions.length;
    const first = await plimsoll(['search', ...QUESTION, ...SMALL, ...key]).ended;
    const again = await plimsoll(['search', ...QUESTION, ...SMALL, ...key]).ended;
    expect(again.stdout).toBe(first.stdout);
    expect(rig.sessions.length).toBe(before + 1);
  });
});

describe('what is wrong', () => {
  test('on the line: all of it, exit 2, nothing asked', async () => {
    const ended = await plimsoll(['search', '--max', 'x', '--polcy', 'chat', '--axis', 'y']).ended;
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    for (const words of ['--max takes', 'there is no option --polcy', '--axis takes']) {
      expect(ended.stderr).toContain(words);
    }
  });

  test('in the question: shown at its option, exit 2', async () => {
    const wrong = ['--slo', 'p90(ttf) < 1 s', '--max', '99999999'];
    const ended = await plimsoll(['search', 'http://127.0.0.1:8000/v1', ...wrong]).ended;
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^--slo \(.*column 5\): expected/m);
    expect(ended.stderr).toMatch(/^--max \(\/load\/max\): expected/m);
  });

  test('in a data file: with the number of the line', async () => {
    const rows = '{"prompt": "a", "output_tokens": 3}\n{"prompt":\n';
    writeFileSync(join(folder.path, 'rows.jsonl'), rows);
    const file = join(folder.path, 'question.yaml');
    writeFileSync(file, 'workload: { file: { path: rows.jsonl, format: mapped } }');
    // A service of its own, for only that is told which folder has the data files.
    const env = { HOME: folder.path, PLIMSOLL_DATA_FILES_DIR: folder.path };
    const args = ['http://127.0.0.1:8000/v1', '--file', file];
    const said = 'workload/file (line 2): expected a JSON object';
    const search = await run('src/cli/plimsoll.ts', ['search', ...args], env).ended;
    expect(search).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    const check = await run('src/cli/plimsoll.ts', ['check', ...args], env).ended;
    expect(check).toMatchObject({ code: 2, stdout: expect.stringContaining(said) });
  });

  test('check tells the same without a search, and the price of a good question', async () => {
    const wrong = ['check', 'http://127.0.0.1:8000/v1', '--slo', 'p90(ttf) < 1 s'];
    const bad = await plimsoll(wrong).ended;
    expect(bad.code).toBe(2);
    expect(bad.stdout).toMatch(/--slo \(line 1, column 5\)/);
    const good = await plimsoll(['check', ...QUESTION]).ended;
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/base_url: http:\/\/127\.0\.0\.1:8000\/v1[\s\S]*# .*requests/);
  });

  test('PLIMSOLL_URL that is no address: exit 2; a page that is no service: exit 4', async () => {
    expect((await plimsoll(['search', ...QUESTION], 'plimsoll:8080').ended).code).toBe(2);
    const other = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await plimsoll(['search', ...QUESTION], `http://127.0.0.1:${port}`).ended;
    other.close();
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('not an answer of Plimsoll');
  });
});

describe('interrupts', () => {
  const started = /^\S+: http.*\/searches\/(\S+)/m;

  test('ctrl-C cancels, prints what is known, exit 130', async () => {
    const open = held();
    const program = plimsoll(['search', ...QUESTION, ...SMALL]);
    const [, id = ''] = await program.says(started);
    program.child.kill('SIGINT');
    const ended = await program.ended;
    open();
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout).summary).toMatchObject({
      id,
      state: 'cancelled',
      verdict: 'inconclusive',
    });
  });

  test('SIGTERM with a key leaves it to whoever comes back with the key: exit 143', async () => {
    const open = held();
    const question = ['search', ...QUESTION, ...SMALL, '--idempotency-key', 'pod', '--json'];
    const before = rig.sessions.length;
    const first = plimsoll(question);
    const [, id = ''] = await first.says(started);
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(143);
    const second = plimsoll(question);
    await second.says(started);
    open();
    const ended = await second.ended;
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout).summary).toMatchObject({ id, state: 'done' });
    expect(rig.sessions.length).toBe(before + 1);
  });

  test('a second ctrl-C leaves at once, whatever the service does', async () => {
    const program = await againstSilence();
    program.child.kill('SIGINT');
    await program.says(/Cancelling/);
    program.child.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130, stdout: '' });
  });
});

/** Bursts of the rig wait until the returned function is called. */
function held(): () => void {
  let open = (): void => undefined;
  rig.knobs.hold = new Promise((resolve) => {
    open = () => {
      rig.knobs.hold = undefined;
      resolve();
    };
  });
  return open;
}

/** A search whose service answers its start and then nothing more, not even to a cancel. */
async function againstSilence(): Promise<Program> {
  const running = await (
    await rig.post('/v1/searches', {
      target: { base_url: 'http://127.0.0.1:8000/v1' },
      policy: 'chat',
    })
  ).text();
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/v1/searches') response.end(running);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const program = plimsoll(['search', ...QUESTION], `http://127.0.0.1:${port}`);
  await program.says(/\/searches\//);
  void program.ended.then(() => server.closeAllConnections());
  server.unref();
  return program;
}
