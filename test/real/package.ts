/**
 * The package as a stranger gets it: packed from a copy of this tree, installed in an empty folder on Node 24
 * and on Node 22, and asked for a gate against the simulated server, without anything of the repository. Prints a
 * line for each check and `N passed, N failed`. About two minutes; needs npm's registry.
 * `npm run test:package`.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The oldest line that the package promises, beside the one that runs this. */
const OLDER_NODE = 22;
const STEP_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1_024 * 1_024;
const NPM_QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress'];

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell's view: this Node first, and no folder of the repository. */
function environment(nodeDir: string, home: string): NodeJS.ProcessEnv {
  const own = process.env['PATH']?.split(delimiter) ?? [];
  const others = own.filter((folder) => !folder.startsWith(ROOT));
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|PLIMSOLL_|NODE_)/.test(name),
  );
  const certificates = Object.entries(process.env).filter(
    ([name]) => name === 'NODE_EXTRA_CA_CERTS',
  );
  return {
    ...Object.fromEntries([...kept, ...certificates]),
    PATH: [nodeDir, ...others].join(delimiter),
    XDG_STATE_HOME: join(home, 'state'),
  };
}

function run(
  cwd: string,
  env: NodeJS.ProcessEnv,
  command: string,
  ...args: string[]
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: STEP_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

let passed = 0;
let failed = 0;
function check(name: string, holds: boolean, evidence: unknown = ''): void {
  if (holds) passed += 1;
  else failed += 1;
  process.stdout.write(`${holds ? 'ok' : 'FAILED'}: ${name}\n`);
  if (!holds)
    process.stdout.write(`${typeof evidence === 'string' ? evidence : JSON.stringify(evidence)}\n`);
}

/** Packs a copy, since packing makes `dist/` and others may be at work in this tree. */
async function pack(work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const copy = join(work, 'copy');
  const listed = await run(ROOT, env, 'git', 'ls-files', '-co', '--exclude-standard');
  for (const path of listed.stdout.split('\n').filter((line) => line !== '')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    try {
      copyFileSync(join(ROOT, path), join(copy, path));
    } catch (error) {
      // A file that git knows and somebody has just moved.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const packed = await run(copy, env, 'npm', 'pack', '--json', '--pack-destination', work);
  check('npm pack', packed.code === 0, packed.stderr);
  const listing = await run(work, env, 'tar', '-tzf', join(work, 'plimsoll-0.1.0.tgz'));
  const files = listing.stdout.split('\n');
  check(
    'it holds plain JavaScript and policies',
    ['package/dist/main.js', 'package/dist/cli/plimsoll.js', 'package/policies/chat.yaml'].every(
      (file) => files.includes(file),
    ),
    listing.stdout,
  );
  check(
    'and no TypeScript, test or data',
    !files.some((file) => /\.ts$|^package\/(src|test|data)\//.test(file)),
    listing.stdout,
  );
  return join(work, 'plimsoll-0.1.0.tgz');
}

async function olderNode(work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = join(work, 'node');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  const name = `node-linux-${process.arch}@${OLDER_NODE}`;
  const installed = await run(folder, env, 'npm', 'install', ...NPM_QUIET, name);
  if (installed.code !== 0) throw new Error(installed.stderr);
  return join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin');
}

async function tryOn(work: string, nodeDir: string, tarball: string): Promise<void> {
  const version = (await run(work, environment(nodeDir, work), 'node', '--version')).stdout.trim();
  const home = join(work, `empty-${version}`);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{}');
  const env = environment(nodeDir, home);
  const installed = await run(home, env, 'npm', 'install', ...NPM_QUIET, tarball);
  check(`${version}: npm install in an empty folder`, installed.code === 0, installed.stderr);
  const npx = (...args: string[]): Promise<Ended> => run(home, env, 'npx', 'plimsoll', ...args);
  const told = await npx('--version');
  check(`${version}: npx plimsoll --version`, told.stdout === '0.1.0\n', told);
  const sim = spawn('npx', ['plimsoll', 'sim', '--port', '0', '--server', 'fast'], {
    cwd: home,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    await askGates(version, npx, await addressIn(sim.stderr));
  } finally {
    // npx and the shell it runs are a group of their own.
    if (sim.pid !== undefined) process.kill(-sim.pid, 'SIGTERM');
  }
}

function addressIn(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(
      () => reject(new Error(`no simulated server: ${said}`)),
      START_TIMEOUT_MS,
    );
    stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
      const found = /listens on (\S+);/.exec(said);
      if (found?.[1] === undefined) return;
      clearTimeout(late);
      resolve(found[1]);
    });
  });
}

async function askGates(
  version: string,
  npx: (...args: string[]) => Promise<Ended>,
  target: string,
): Promise<void> {
  const question = [
    '--at-least',
    '4',
    '--input-tokens',
    '40',
    '--output-tokens',
    '64',
    '--budget-seconds',
    '30',
    '--json',
  ];
  const gate = (slo: string): Promise<Ended> => npx('gate', target, '--slo', slo, ...question);
  // No bound of a latency: on a busy machine the client is late, and every burst would be void for it.
  const good = await gate('error_rate < 50%');
  check(`${version}: a gate that passes ends with 0`, good.code === 0, good);
  if (good.code === 0) {
    const { summary, provenance } = JSON.parse(good.stdout);
    check(`${version}: verdict pass`, summary.verdict === 'pass', summary);
    check(`${version}: measured by this Node`, provenance.node_version === version, provenance);
  }
  const bad = await gate('goodput >= 1000 req/s');
  check(`${version}: a gate that fails ends with 1`, bad.code === 1, bad);
  const usage = await npx('gate', target, '--slo', 'p50(nonsense) < 1 ms', '--at-leats', '4');
  check(`${version}: a wrong line ends with 2`, usage.code === 2, usage);
}

const work = mkdtempSync(join(tmpdir(), 'plimsoll-package-'));
try {
  const here = dirname(process.execPath);
  const env = environment(here, work);
  const tarball = await pack(work, env);
  await tryOn(work, here, tarball);
  await tryOn(work, await olderNode(work, env), tarball);
} catch (error) {
  check('the run came to its end', false, String(error));
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
