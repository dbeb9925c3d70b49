/**
 * What a pipeline finds in production, small: the service on a socket with its load in virtual time, the
 * `plimsoll` command on the PATH, an empty folder to work in, and the README's examples with their addresses
 * and their 64 replaced. `prepare` sets the stage for each of the three outcomes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Folder, temporaryFolder } from '../../main/processes.ts';
import { type ServedRig, serveRig } from '../../page/served-rig.ts';
import { readmeBlock } from '../readme-blocks.ts';
import { ROOT } from '../source-tree.ts';

export const OUTCOMES = ['pass', 'fail', 'inconclusive'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The rig's server has 12 slots. Too little budget to tell is what inconclusive looks like. */
const STAGES = {
  pass: { atLeast: 4, budget: undefined },
  fail: { atLeast: 40, budget: undefined },
  inconclusive: { atLeast: 4, budget: { load_seconds: 3 } },
} as const;

export interface Stage {
  readonly atLeast: number;
  readonly budget: { readonly load_seconds: number } | undefined;
  /** Where the caller works; a `plimsoll.yaml` in it carries the budget. */
  readonly cwd: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Step {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when its stderr has it. */
  says(words: RegExp): Promise<void>;
}

export interface PipelineRig {
  readonly served: ServedRig;
  prepare(outcome: Outcome): Stage;
  /** A README example for this stage, as text or parsed. */
  text(name: string, stage: Stage): string;
  yaml(name: string, stage: Stage): unknown;
  /** A command of a step: its words, where, and what the CI system adds to the environment. */
  start(words: readonly string[], stage: Stage, env?: Readonly<Record<string, string>>): Step;
  /** Bursts wait until the returned function is called. */
  hold(): () => void;
  /** Sessions under load so far: what a repeated call must not add to. */
  loads(): number;
  dispose(): Promise<void>;
}

export async function createPipelineRig(): Promise<PipelineRig> {
  const served = await serveRig();
  const folder = temporaryFolder();
  const bin = commandFolder(folder);
  const replaced = (text: string, stage: Stage): string =>
    text
      .replaceAll('http://plimsoll:8080', served.url)
      .replaceAll('http://llm-canary:8000/v1', 'http://127.0.0.1:8000/v1')
      .replaceAll(/\b64\b/g, String(stage.atLeast));
  return {
    served,
    prepare(outcome) {
      const { atLeast, budget } = STAGES[outcome];
      const cwd = mkdtempSync(join(folder.path, 'step-'));
      if (budget !== undefined) {
        writeFileSync(join(cwd, 'plimsoll.yaml'), `budget: ${JSON.stringify(budget)}\n`);
      }
      return { atLeast, budget, cwd };
    },
    text: (name, stage) => replaced(readmeBlock(name).text, stage),
    yaml: (name, stage) => parse(replaced(readmeBlock(name).text, stage)),
    start: (words, stage, env = {}) =>
      startStep(words, stage.cwd, { ...stepEnv(bin, folder), ...env }),
    hold() {
      let open = (): void => undefined;
      served.knobs.hold = new Promise((resolve) => {
        open = () => {
          served.knobs.hold = undefined;
          resolve();
        };
      });
      return open;
    },
    loads: () => served.sessions.length,
    async dispose() {
      await served.dispose();
      folder.remove();
    },
  };
}

/** `plimsoll` as an image or an installed package has it. */
function commandFolder(folder: Folder): string {
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'plimsoll');
  const words = [process.execPath, join(ROOT, 'src/cli/plimsoll.ts')];
  writeFileSync(program, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
  return bin;
}

function stepEnv(bin: string, folder: Folder): Record<string, string> {
  const system = process.env['PATH'] ?? '';
  return {
    PATH: [bin, dirname(process.execPath), system].join(delimiter),
    HOME: folder.path,
    // Two dozen starts of one program: compiled once.
    NODE_COMPILE_CACHE: join(folder.path, 'compiled'),
    PLIMSOLL_TOKEN: 'none-is-asked-for',
  };
}

function startStep(
  [command = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Step {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const looks = new Set<() => void>();
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
    for (const look of looks) look();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    says: (words) =>
      new Promise((resolve, reject) => {
        looks.add(() => words.test(stderr) && resolve());
        if (words.test(stderr)) resolve();
        void ended.then(() => reject(new Error(`it ended without saying ${words}: ${stderr}`)));
      }),
  };
}
