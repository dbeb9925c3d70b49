/**
 * One generator process as the service sees it: start, command, look, stop. Whatever ends it without
 * being asked makes every wait on it fail with `LoadLost`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LoadLost } from './port.ts';
import type { Command, LoadCommand, LookReply, OpenCommand, Reply } from './protocol.ts';

export interface GeneratorOptions {
  /**
   * Where compiled code is kept between starts (a cold start costs 180 ms, a warm one 80). A folder
   * that only this user can write to: what lies in it is run. Absent: nothing is kept.
   */
  readonly compileCacheDir?: string;
}

export interface GeneratorProcess {
  open(command: OpenCommand): Promise<void>;
  load(command: LoadCommand): void;
  pause(): void;
  look(last: boolean): Promise<LookReply>;
  /** All its load has stopped when it resolves. */
  close(): Promise<void>;
  kill(): void;
  readonly pid: number | undefined;
}

/** Small young generation: the longest GC pause is 1 to 3 ms instead of 4 to 12 (measured). */
const GENERATOR_SEMI_SPACE_MB = 4;
const OPEN_TIMEOUT_MS = 20_000;
const LOOK_TIMEOUT_MS = 5_000;
/** A kill switch stops all load within a second: what has not ended by itself is killed. */
const CLOSE_TIMEOUT_MS = 800;
const MAX_STDERR_CHARS = 2_000;
/** What a generator needs of the environment; secrets and NODE_OPTIONS stay with the service. */
const PASSED_ENV = ['PATH', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

export function startGenerator(options: GeneratorOptions = {}): GeneratorProcess {
  const child = fork(fileURLToPath(new URL('./generator/main.ts', import.meta.url)), [], {
    execArgv: [`--max-semi-space-size=${GENERATOR_SEMI_SPACE_MB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment(options),
  });
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr = (stderr + piece.toString('utf8')).slice(-MAX_STDERR_CHARS);
  });
  const lost = whenLost(child, () => stderr);
  // Nobody may be waiting when it dies; those who wait later still get the rejection.
  lost.catch(() => undefined);
  let lookId = 0;

  const send = (command: Command): void => {
    // A failure here shows as the loss of the process.
    if (child.connected) child.send(command, () => undefined);
  };
  const answer = <T extends Reply>(accept: (reply: Reply) => T | undefined, ms: number) =>
    Promise.race([lost, nextReply(child, accept, ms)]);

  return {
    async open(command) {
      send(command);
      await answer((reply) => (reply.kind === 'ready' ? reply : undefined), OPEN_TIMEOUT_MS);
    },
    load: send,
    pause: () => send({ kind: 'pause' }),
    look(last) {
      const id = lookId++;
      send({ kind: 'look', id, last });
      return answer(
        (reply) => (reply.kind === 'look' && reply.id === id ? reply : undefined),
        LOOK_TIMEOUT_MS,
      );
    },
    async close() {
      if (hasEnded(child)) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      send({ kind: 'close' });
      await ended;
      clearTimeout(timer);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    pid: child.pid,
  };
}

function environment(options: GeneratorOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  if (options.compileCacheDir !== undefined) env['NODE_COMPILE_CACHE'] = options.compileCacheDir;
  for (const name of PASSED_ENV) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function whenLost(child: ChildProcess, stderr: () => string): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once('error', (error) => reject(new LoadLost(`generator: ${error.message}`)));
    child.once('exit', (code, signal) => {
      const words = stderr().trim();
      reject(new LoadLost(`generator ended (${signal ?? `code ${code}`})${words && `: ${words}`}`));
    });
  });
}

function nextReply<T extends Reply>(
  child: ChildProcess,
  accept: (reply: Reply) => T | undefined,
  timeoutMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', done);
    };
    // The type of what our own generator sends; both sides are the same version by construction.
    const onMessage = (message: unknown): void => {
      const reply = message as Reply;
      const accepted = accept(reply);
      if (accepted !== undefined) resolve(accepted);
      else if (reply.kind === 'fault') reject(new LoadLost(`generator: ${reply.message}`));
      else return;
      done();
    };
    const timer = setTimeout(() => {
      done();
      reject(new LoadLost(`generator did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    child.on('message', onMessage);
    child.once('exit', done);
  });
}
