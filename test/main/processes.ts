/** Programs of ours as real processes, for tests of what only shows there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Its stderr so far. */
  said(): string;
  /** Resolves with the first match of its stderr; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

export function run(
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Program {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: {
      ...(PATH !== undefined && { PATH }),
      ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    said: () => stderr,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(stderr);
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without saying ${pattern}: ${stderr}`)));
      }),
  };
}

export interface Folder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The service on a free port over a folder of its own. */
export async function startService(
  folder: Folder,
  env: Record<string, string> = {},
): Promise<{ readonly program: Program; readonly url: string }> {
  const program = run('src/main.ts', [], {
    PLIMSOLL_PORT: '0',
    PLIMSOLL_DATA_DIR: folder.path,
    ...env,
  });
  const [, url = ''] = await program.says(/"url":"(http:[^"]+)"/);
  return { program, url };
}

export async function startSim(
  args: readonly string[] = [],
): Promise<{ readonly program: Program; readonly url: string }> {
  const program = run('src/cli/plimsoll.ts', ['sim', '--port', '0', ...args]);
  const [, url = ''] = await program.says(/listens on (http:\S+)\/v1/);
  return { program, url };
}

export interface Stage {
  /** Fresh for each test. */
  readonly folder: Folder;
  /** Killed after the test, whatever becomes of it. */
  keep<T extends { readonly program: Program }>(started: T): T;
}

/** A folder and programs for each test of a file, gone after it. */
export function stage(): Stage {
  let folder: Folder | undefined;
  let programs: Program[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
    programs = [];
  });
  afterEach(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
    folder?.remove();
  });
  return {
    get folder() {
      if (folder === undefined) throw new Error('a folder is there while a test runs');
      return folder;
    },
    keep: (started) => {
      programs.push(started.program);
      return started;
    },
  };
}
