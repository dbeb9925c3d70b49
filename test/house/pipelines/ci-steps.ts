/** Steps of CI systems: how each runs a script, what it adds to the environment, and what an end means to it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { z } from 'zod';
import type { Ended, PipelineRig, Stage, Step } from './pipeline-rig.ts';

const githubSchema = z.object({
  id: z.string(),
  env: z.record(z.string(), z.string()),
  run: z.string(),
});

export interface GithubStep {
  readonly step: Step;
  readonly outputs: () => Readonly<Record<string, string>>;
  readonly summary: () => string;
}

/** `bash -e` on the script; outputs and summary are files that the step appends to. */
export function startGithubStep(rig: PipelineRig, given: unknown, stage: Stage): GithubStep {
  const { env, run } = githubSchema.parse(given);
  const files = {
    GITHUB_OUTPUT: join(stage.cwd, 'outputs'),
    GITHUB_STEP_SUMMARY: join(stage.cwd, 'summary.md'),
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const resolved = Object.entries(env).map(([name, value]) => {
    const url = value.replace(/\$\{\{ vars\.PLIMSOLL_URL \}\}/, rig.served.url);
    return [name, url.replace(/\$\{\{ secrets\.\w+ \}\}/, 'secret')];
  });
  const step = rig.start(['bash', '-e', '-c', run], stage, {
    ...Object.fromEntries(resolved),
    ...files,
    GITHUB_RUN_ID: stage.cwd.slice(-6),
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'deploy',
  });
  return {
    step,
    outputs: () =>
      Object.fromEntries(
        readFileSync(files.GITHUB_OUTPUT, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    summary: () => readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

const gitlabSchema = z.object({
  variables: z.record(z.string(), z.string()),
  script: z.array(z.string()),
  allow_failure: z.object({ exit_codes: z.array(z.number()) }),
  retry: z.object({ max: z.number(), exit_codes: z.array(z.number()) }),
  artifacts: z.object({ when: z.literal('always'), reports: z.record(z.string(), z.string()) }),
});

export interface GitlabEnd {
  readonly status: 'success' | 'failed' | 'warning';
  readonly tries: number;
  /** Report kind: its text. */
  readonly reports: Readonly<Record<string, string>>;
}

export async function runGitlabJob(
  rig: PipelineRig,
  given: unknown,
  stage: Stage,
): Promise<GitlabEnd> {
  const { variables, script, allow_failure, retry, artifacts } = gitlabSchema.parse(
    Object.values(Object(given))[0],
  );
  for (let tries = 1; ; tries++) {
    const env = { ...variables, CI_JOB_ID: `${stage.cwd.slice(-6)}-${tries}` };
    const { code } = await rig.start(['sh', '-e', '-c', script.join('\n')], stage, env).ended;
    if (retry.exit_codes.includes(code ?? -1) && tries <= retry.max) continue;
    const allowed = allow_failure.exit_codes.includes(code ?? -1);
    const reports = Object.entries(artifacts.reports).map(([kind, file]) => [
      kind,
      readFileSync(join(stage.cwd, file), 'utf8'),
    ]);
    return {
      status: code === 0 ? 'success' : allowed ? 'warning' : 'failed',
      tries,
      reports: Object.fromEntries(reports),
    };
  }
}

const tektonSchema = z.object({
  spec: z.object({
    results: z.array(z.object({ name: z.string() })),
    steps: z
      .array(
        z.object({
          onError: z.literal('continue'),
          env: z.array(z.object({ name: z.string(), value: z.string() })),
          command: z.array(z.string()),
          args: z.array(z.string()),
        }),
      )
      .length(1),
  }),
});

/** All results of a task share the termination message. */
const TEKTON_RESULT_BYTES = 4_096;

export async function runTektonTask(
  rig: PipelineRig,
  given: unknown,
  stage: Stage,
  params: Readonly<Record<string, string>>,
): Promise<{ readonly ended: Ended; readonly results: Readonly<Record<string, string>> }> {
  const { results, steps } = tektonSchema.parse(given).spec;
  const [step] = steps;
  if (step === undefined) throw new Error('no step');
  const known: Record<string, string> = { 'context.taskRun.uid': `run-${stage.cwd.slice(-6)}` };
  for (const [name, value] of Object.entries(params)) known[`params.${name}`] = value;
  for (const { name } of results) known[`results.${name}.path`] = join(stage.cwd, `result-${name}`);
  const words = [...step.command, ...step.args].map((word) =>
    word.replaceAll(/\$\(([\w.]+)\)/g, (whole, name: string) => known[name] ?? whole),
  );
  const env = Object.fromEntries(step.env.map(({ name, value }) => [name, value]));
  const ended = await rig.start(words, stage, env).ended;
  const read = results.map(({ name }) => {
    const text = readFileSync(join(stage.cwd, `result-${name}`), 'utf8');
    if (Buffer.byteLength(text) > TEKTON_RESULT_BYTES)
      throw new Error(`result ${name} is too large`);
    return [name, text];
  });
  return { ended, results: Object.fromEntries(read) };
}

export interface JenkinsEnd {
  readonly result: 'SUCCESS' | 'UNSTABLE' | 'FAILURE';
  readonly junit: string;
}

/**
 * The script's own lines, run: of Groovy it uses what JavaScript also has, but for `def` and calls without
 * brackets. `junit` makes a build unstable when a case failed or broke, `error` ends it.
 */
export async function runJenkinsScript(
  rig: PipelineRig,
  groovy: string,
  stage: Stage,
  env: Readonly<Record<string, string>>,
): Promise<JenkinsEnd> {
  let unstable = false;
  let junit = '';
  const steps = {
    sh: async ({ script }: { script: string }) =>
      (await rig.start(['sh', '-xe', '-c', script], stage, env).ended).code,
    junit(file: string) {
      junit = readFileSync(join(stage.cwd, file), 'utf8');
      if (/<(failure|error)\b/.test(junit)) unstable = true;
    },
    unstable() {
      unstable = true;
    },
    error(message: string) {
      throw new Error(message);
    },
  };
  const script = groovy
    .replaceAll(/^def /gm, 'const ')
    .replaceAll(/\bsh\(([^\n]*)\)$/gm, 'await sh({$1})')
    .replaceAll(/^(\w+) ('[^']*')$/gm, '$1($2)')
    .replaceAll(/"([^"\n]*)\$(\w+)"\)$/gm, '`$1$${$2}`)');
  try {
    await runInContext(`(async () => {\n${script}\n})()`, createContext(steps));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { result: 'FAILURE', junit };
  }
  return { result: unstable ? 'UNSTABLE' : 'SUCCESS', junit };
}
