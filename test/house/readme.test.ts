/**
 * Runs what the README tells a person to type, in its order, against the real service and the simulated
 * server. Only ports and budgets are replaced, and every answer must be a success. Blocks with a name are
 * run by the tests that ask for it; here it is held that somebody does.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOptions } from '../../src/cli/args/read-options.ts';
import { type ChildService, startChild } from '../../src/cli/client/child-service.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { readmeBlocks } from './readme-blocks.ts';
import { pathsUnder, ROOT } from './source-tree.ts';

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const blocks = readmeBlocks();
const commands = blocks.filter(({ language, name }) => language === 'sh' && name === '');
/** Blocks that no test of this suite can run as they stand: where they are run, and the words that do it. */
const RUN_ELSEWHERE: Readonly<Record<string, { readonly file: string; readonly words: string }>> = {
  demo: { file: 'test/real/demo.ts', words: "['run', '--silent', 'demo']" },
  tests: { file: '.ci/run', words: 'npm test' },
};

/** Long enough for a few bursts of each search; the shapes of the answers are what is tested here. */
const LOAD_SECONDS = 6;
/** What a person sees at once. */
const SCREEN_LINES = 50;
const RUN_TIMEOUT_MS = 180_000;

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
      .map((block) => block.text)
      .join('\n')
      .replaceAll('http://127.0.0.1:8000', sim?.url ?? '')
      .replaceAll('http://127.0.0.1:8080', service?.url ?? '')
      .replaceAll(/"load_seconds": \d+/g, `"load_seconds": ${LOAD_SECONDS}`)
      .replaceAll(/--budget-seconds \d+/g, `--budget-seconds ${LOAD_SECONDS}`)
      // A refusal is a failure of the command.
      .replaceAll('curl -s', 'curl -s --fail-with-body');
    const shell = ['-euo', 'pipefail', '-c', script];
    const path = [await programFolder(work), dirname(process.execPath), process.env['PATH']].join(
      delimiter,
    );
    const { stdout } = await promisify(execFile)('bash', shell, {
      cwd: work,
      env: { ...process.env, PATH: path, PLIMSOLL_URL: service?.url },
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
    // Of the answer and of the report.
    expect(stdout).toMatch(/"verdict": "\w+"[\s\S]*^## /m);
    expect(stdout).toContain('"ok":true');
    expect(stdout).toContain('"capacity_at_least"');
    expect(stdout).toContain('"points"');
    expect(stdout).toMatch(/^event: search\.done$/m);
    expect(stdout).toContain('begin -> ');
    expect(stdout).toContain('"status"');
  });

  test('somebody runs every named block, and every block is a command, an answer or an example', () => {
    const tests = pathsUnder('test')
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    const orphans = blocks
      .filter(({ name }) => name !== '')
      .filter(({ name }) => {
        const elsewhere = RUN_ELSEWHERE[name];
        if (elsewhere === undefined)
          return !new RegExp(`\\b(text|yaml|readmeBlock)\\(\\s*'${name}'`).test(tests);
        return !readFileSync(join(ROOT, elsewhere.file), 'utf8').includes(elsewhere.words);
      });
    expect(orphans.map(({ name, line }) => `line ${line}: ${name}`)).toEqual([]);
    const unnamed = blocks.filter(({ language, name }) => name === '' && language !== 'sh');
    expect(unnamed.map(({ language, line }) => `line ${line}: ${language}`)).toEqual([]);
  });

  test('every plimsoll command in its text is one that the program takes', async () => {
    const named = [...readme.matchAll(/`plimsoll ([a-z]+)([^`]*)`/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [whole, name = '', rest = ''] of named) {
      const loaded = await COMMANDS[name]?.load();
      expect(loaded, whole).toBeDefined();
      if (loaded === undefined) continue;
      const args = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(
        (match) => match[1] ?? match[2] ?? '',
      );
      const read = readOptions(loaded.command, args);
      // `plimsoll report` names the command; a whole line is read as one.
      if (args.length > 0) expect(read, whole).toMatchObject({ ok: true });
    }
  });

  test('each section is under a screen; what is folded away counts on its own', () => {
    const FOLDED = /<details>[\s\S]*?<\/details>\n*/g;
    const sections = readme.split(/^## /m).map((text) => text.replaceAll(FOLDED, ''));
    const long = [...sections, ...(readme.match(FOLDED) ?? [])].filter(
      (text) => text.trimEnd().split('\n').length > SCREEN_LINES,
    );
    expect(long.map((text) => text.slice(0, 60))).toEqual([]);
  });

  test('its links within the page lead to a section', () => {
    const anchors = [...readme.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
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

/** `plimsoll` as an installed package has it; inconclusive (3) on so small a budget is an answer all the same. */
async function programFolder(work: string): Promise<string> {
  const bin = join(work, 'bin');
  await mkdir(bin);
  const program = join(bin, 'plimsoll');
  const command = `'${process.execPath}' '${join(ROOT, 'src/cli/plimsoll.ts')}' "$@"`;
  await writeFile(program, `#!/bin/sh\n${command}\ncode=$?\n[ $code -ge 3 ] || exit $code\n`);
  await chmod(program, 0o755);
  return bin;
}
