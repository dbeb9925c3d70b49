/** A program of ours as a process of its own, that says over IPC where it listens. */
import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';
import { CommandError, EXIT, messageOf } from '../exit.ts';

const listeningSchema = z.object({ kind: z.literal('listening'), url: z.url() });

/** A cold start with type stripping takes well under a second. */
const START_TIMEOUT_MS = 20_000;
/** Longer than a graceful stop of the service may take. */
const STOP_TIMEOUT_MS = 6_000;
/** Of what a process that did not start had to say. */
const MAX_STDERR_CHARS = 4_000;

export interface ChildService {
  readonly url: string;
  /** The last of what it had to say beyond its answers; nothing when all is well. */
  lastWords(): string | undefined;
  stop(): Promise<void>;
}

export interface ChildPlan {
  readonly file: URL;
  readonly args: readonly string[];
  /** All that it gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The child takes itself along when this process goes, however it goes: its IPC channel closes. */
export async function startChild(plan: ChildPlan): Promise<ChildService> {
  const child = fork(plan.file, [...plan.args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: plan.env,
    // A ctrl-C goes to the whole group; the parent stops its children in order instead.
    detached: true,
  });
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr = (stderr + piece.toString('utf8')).slice(-MAX_STDERR_CHARS);
  });
  try {
    const url = await listeningUrl(child, plan.signal);
    return { url, lastWords: () => lastWords(stderr), stop: () => stopChild(child) };
  } catch (error) {
    await stopChild(child);
    plan.signal.throwIfAborted();
    const why = lastWords(stderr) ?? messageOf(error);
    throw new CommandError(`it did not start: ${why}`, EXIT.targetOrService);
  }
}

function listeningUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(START_TIMEOUT_MS);
    const stop = AbortSignal.any([signal, late]);
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    if (stop.aborted) reject(stop.reason);
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)));
    child.on('message', (message) => {
      const parsed = listeningSchema.safeParse(message);
      if (parsed.success) resolve(parsed.data.url);
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(kill);
}

const logLineSchema = z.object({
  msg: z.string(),
  err: z.object({ message: z.string() }).optional(),
});

/** The last thing that it wrote: a line of its log, or what Node says of a crash. */
function lastWords(stderr: string): string | undefined {
  const said = stderr.trim();
  if (said === '') return undefined;
  try {
    const line = logLineSchema.parse(JSON.parse(said.split('\n').at(-1) ?? ''));
    return line.err === undefined ? line.msg : `${line.msg}: ${line.err.message}`;
  } catch {
    return said;
  }
}
