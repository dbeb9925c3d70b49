/**
 * Runs what the README tells a person to type, in its order, against the real service and the simulated
 * server. Only ports and budgets are replaced, and every answer must be a success.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildService, startChild } from '../../src/cli/client/child-service.ts';
import { ROOT } from './source-tree.ts';

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
const commands = blocks.filter((block) => block.includes('curl'));

/** Long enough for a few bursts of each search; the shapes of the answers are what is tested here. */
const LOAD_SECONDS = 6;
const RUN_TIMEOUT_MS = 90_000;

describe('the README', () => {
  let work: string;
  const children: ChildService[] = [];
  const { signal } = new AbortController();

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'plimsoll-readme-'));
    const src = (path: string): URL => new URL(`../../src/${path}`, import.meta.url);
    children.push(
      await startChild({
        file: src('cli/plimsoll.ts'),
        args: ['sim', '--port', '0'],
        env: {},
        signal,
      }),
      await startChild({
        file: src('main.ts'),
        args: [],
        env: { PLIMSOLL_PORT: '0', PLIMSOLL_DATA_DIR: join(work, 'data') },
        signal,
      }),
    );
  });

  afterAll(async () => {
    await Promise.all(children.map((child) => child.stop()));
    await rm(work, { recursive: true, force: true });
  });

  test('its commands work as they stand', { timeout: RUN_TIMEOUT_MS }, async () => {
    const [sim, service] = children;
    expect(commands.length).toBeGreaterThanOrEqual(6);
    const script = commands
      .join('\n')
      .replaceAll('http://127.0.0.1:8000', sim?.url ?? '')
      .replaceAll('http://127.0.0.1:8080', service?.url ?? '')
      .replaceAll(/"load_seconds": \d+/g, `"load_seconds": ${LOAD_SECONDS}`)
      // A refusal is a failure of the command.
      .replaceAll('curl -s', 'curl -s --fail-with-body');
    const shell = ['-euo', 'pipefail', '-c', script];
    const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
    const { stdout } = await promisify(execFile)('bash', shell, {
      cwd: work,
      env: { ...process.env, PATH: path },
      timeout: RUN_TIMEOUT_MS,
    });
    const searches = await Promise.all(
      ['search.json', 'rate.json'].map(async (name) => {
        const found: unknown = JSON.parse(await readFile(join(work, name), 'utf8'));
        return found;
      }),
    );
    // A machine that is busy with other tests may not be able to measure: then it says just that.
    for (const search of searches) {
      expect(search).toMatchObject({
        state: expect.stringMatching(/^(done|failed)$/),
        summary: { done: true, kind: 'search' },
        reason: expect.toSatisfy((why: unknown) => why === null || why === 'client_limited'),
      });
    }
    expect(stdout).toContain('"ok":true');
    expect(stdout).toContain('"capacity_at_least"');
    expect(stdout).toContain('"points"');
    expect(stdout).toContain('"status"');
  });

  test('every npm command that it names exists', () => {
    const scripts = Object(manifest).scripts as Readonly<Record<string, string>>;
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?([a-z:]+)|(start|test))/g)].map(
      ([, run, own]) => run ?? own ?? '',
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('its settings are those that the program reads', async () => {
    const config = await readFile(join(ROOT, 'src/config.ts'), 'utf8');
    const real = new Set(config.match(/PLIMSOLL_[A-Z_]+(?=:)/g));
    const short = readme.match(/`_?(PLIMSOLL_)?(HOST|PORT|[A-Z]+_[A-Z_]+)`/g) ?? [];
    const told = new Set(
      short.map((name) => `PLIMSOLL_${name.replaceAll('`', '').replace(/^(PLIMSOLL)?_/, '')}`),
    );
    expect([...real].filter((name) => !told.has(name))).toEqual([]);
  });
});
