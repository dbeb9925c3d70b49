/**
 * The README's pipeline examples, run as their systems would run them: three outcomes arrive as three, and
 * a call that is repeated, cut off or made again by a replaced pod never starts a second load.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAnalysis } from './argo-rollouts.ts';
import { runGitlabJob, runJenkinsScript, runTektonTask, startGithubStep } from './ci-steps.ts';
import { runJob } from './kubernetes-job.ts';
import { createPipelineRig, OUTCOMES, type PipelineRig } from './pipeline-rig.ts';

const CANARY = 'http://127.0.0.1:8000/v1';

let rig: PipelineRig;
let loadsBefore: number;
beforeAll(async () => {
  rig = await createPipelineRig();
});
afterAll(() => rig.dispose());

const mark = (): void => {
  loadsBefore = rig.loads();
};
const loads = (): number => rig.loads() - loadsBefore;

describe('Argo Rollouts', () => {
  const phases = { pass: 'Successful', fail: 'Failed', inconclusive: 'Inconclusive' } as const;

  test.each(OUTCOMES)(
    '%s: pending is an Error that is asked again, then the phase',
    async (outcome) => {
      mark();
      const stage = rig.prepare(outcome);
      const open = rig.hold();
      const analysis = await runAnalysis(rig.yaml('argo-rollouts', stage), argsOf(outcome), {
        change: ({ provider: { web } }) =>
          Object.assign(Object(web.jsonBody), stage.budget && { budget: stage.budget }),
        measured: open,
      });
      expect(analysis.phase).toBe(phases[outcome]);
      const before = analysis.measured.slice(0, -1);
      expect(before.length).toBeGreaterThan(0);
      expect(before.every((phase) => phase === 'Error')).toBe(true);
      expect(loads()).toBe(1);
    },
  );

  test('with 10 s where the service holds for 55: cut off and repeated, one load', async () => {
    mark();
    const stage = rig.prepare('pass');
    const open = rig.hold();
    let asked = 0;
    const analysis = await runAnalysis(rig.yaml('argo-rollouts', stage), argsOf('ten-seconds'), {
      change: ({ provider: { web } }) => {
        web.timeoutSeconds = 10;
      },
      measured: () => {
        asked += 1;
        if (asked === 3) open();
      },
    });
    expect(analysis.phase).toBe('Successful');
    expect(analysis.measured.slice(0, 3)).toEqual(['Error', 'Error', 'Error']);
    expect(loads()).toBe(1);
  });

  test('errors that do not end are an Error, not a pass', async () => {
    mark();
    const open = rig.hold();
    const stage = rig.prepare('pass');
    const analysis = await runAnalysis(rig.yaml('argo-rollouts', stage), argsOf('never'), {
      change: (metric) => {
        metric.consecutiveErrorLimit = 1;
      },
      measured: () => undefined,
    });
    open();
    expect(analysis).toEqual({ phase: 'Error', measured: ['Error', 'Error'] });
    expect(loads()).toBe(1);
  });

  function argsOf(hash: string): Readonly<Record<string, string>> {
    return { url: CANARY, hash, token: 'none' };
  }
});

describe('a Kubernetes Job', () => {
  const codes = { pass: 0, fail: 1, inconclusive: 3 } as const;

  test.each(OUTCOMES)('%s: one pod, its exit code, no retry', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const job = await runJob(rig, rig.yaml('kubernetes-job', stage), stage);
    expect(job.condition).toBe(outcome === 'pass' ? 'Complete' : 'Failed');
    expect(job.pods.map((pod) => pod.code)).toEqual([codes[outcome]]);
    expect(JSON.parse(job.pods[0]?.stdout ?? '').summary.verdict).toBe(outcome);
    expect(loads()).toBe(1);
  });

  test('a pod that is taken away: the next one joins its gate', async () => {
    mark();
    const stage = rig.prepare('pass');
    const open = rig.hold();
    const job = await runJob(rig, rig.yaml('kubernetes-job', stage), stage, (pod, index) => {
      if (index === 1) open();
      else void pod.says(/\/gates\//).then(() => pod.child.kill('SIGTERM'));
    });
    expect(job.pods.map((pod) => pod.code)).toEqual([143, 0]);
    expect(loads()).toBe(1);
  });
});

describe('GitHub Actions', () => {
  test.each(OUTCOMES)('%s: outputs, summary, annotation', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const { step, outputs, summary } = startGithubStep(rig, onlyStep(stage), stage);
    const ended = await step.ended;
    expect(ended.code).toBe({ pass: 0, fail: 1, inconclusive: 3 }[outcome]);
    expect(outputs()).toMatchObject({ verdict: outcome, 'exit-code': String(ended.code) });
    expect(outputs()['capacity-at-least']).toMatch(/^\d+$/);
    expect(summary()).toMatch(
      { pass: /^## \*\*✓/, fail: /^## \*\*✕/, inconclusive: /^## \*\*\?/ }[outcome],
    );
    const commands = ended.stdout.split('\n').filter((line) => line.startsWith('::'));
    expect(commands).toHaveLength(outcome === 'pass' ? 0 : 1);
    expect(commands.join('')).toMatch(outcome === 'fail' ? /^::error / : /^(::warning .*)?$/);
    expect(loads()).toBe(1);
  });

  test('a cancelled job cancels the gate before it is killed', async () => {
    const stage = rig.prepare('pass');
    const open = rig.hold();
    const { step, outputs } = startGithubStep(rig, onlyStep(stage), stage);
    await step.says(/\/gates\//);
    step.child.kill('SIGINT');
    expect((await step.ended).code).toBe(130);
    open();
    expect(outputs()).toMatchObject({ state: 'cancelled', verdict: 'inconclusive' });
  });

  function onlyStep(stage: ReturnType<PipelineRig['prepare']>): unknown {
    const steps = rig.yaml('github-actions', stage);
    return Array.isArray(steps) ? steps[0] : undefined;
  }
});

describe('GitLab CI', () => {
  const statuses = { pass: 'success', fail: 'failed', inconclusive: 'warning' } as const;

  test.each(OUTCOMES)('%s: status, reports on every end', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const job = await runGitlabJob(rig, rig.yaml('gitlab-ci', stage), stage);
    expect(job).toMatchObject({ status: statuses[outcome], tries: 1 });
    expect(job.reports['junit']).toMatch(
      { pass: /failures="0"/, fail: /<failure/, inconclusive: /<error/ }[outcome],
    );
    expect(job.reports['metrics']).toMatch(/^plimsoll_\w+(\{.*\})? \S+$/m);
    expect(loads()).toBe(1);
  });

  test('a target that is lost is tried once more, with a key of its own', async () => {
    const stage = rig.prepare('pass');
    rig.served.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_unreachable', detail: 'connection refused' },
    });
    const job = await runGitlabJob(rig, rig.yaml('gitlab-ci', stage), stage);
    delete rig.served.knobs.check;
    expect(job).toMatchObject({ status: 'failed', tries: 2 });
    expect(job.reports['junit']).toMatch(/<error/);
  });
});

describe('Tekton', () => {
  test.each(OUTCOMES)('%s is the result that later tasks read', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const { results } = await runTektonTask(rig, rig.yaml('tekton', stage), stage, { url: CANARY });
    expect(results).toEqual({ verdict: outcome });
    expect(loads()).toBe(1);
  });
});

describe('Jenkins', () => {
  const results = { pass: 'SUCCESS', fail: 'FAILURE', inconclusive: 'UNSTABLE' } as const;

  test.each(OUTCOMES)('%s', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const env = { CANARY, PLIMSOLL_URL: rig.served.url, BUILD_TAG: `jenkins-${outcome}` };
    const end = await runJenkinsScript(rig, rig.text('jenkins', stage), stage, env);
    expect(end.result).toBe(results[outcome]);
    expect(end.junit).toContain('<testsuite');
    expect(loads()).toBe(1);
  });
});

describe('plain curl', () => {
  test.each(OUTCOMES)('%s: waits through 202 and ends with the exit code', async (outcome) => {
    mark();
    const stage = rig.prepare(outcome);
    const open = rig.hold();
    const step = startCurl(stage, rig.served.url, outcome);
    await expect.poll(loads).toBe(1);
    open();
    expect((await step.ended).code).toBe({ pass: 0, fail: 1, inconclusive: 3 }[outcome]);
    expect(loads()).toBe(1);
  });

  test('a service that is away for a while is asked again; a refusal is not', async () => {
    const stage = rig.prepare('pass');
    const away = startCurl(stage, 'http://127.0.0.1:9', 'away');
    await away.says(/curl: \(7\)[\s\S]*curl: \(7\)/);
    away.child.kill();
    await away.ended;
    const refused = startCurl(stage, rig.served.url, 'refused', { at_least: -1 });
    const ended = await refused.ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('"pointer":"/at_least"');
  });

  function startCurl(
    stage: ReturnType<PipelineRig['prepare']>,
    url: string,
    key: string,
    over: object = {},
  ): ReturnType<PipelineRig['start']> {
    const script = rig.text('curl-gate', stage);
    const told = /^# question\.json: (.*)$/m.exec(script)?.[1] ?? '';
    const question = {
      ...JSON.parse(told),
      ...(stage.budget && { budget: stage.budget }),
      ...over,
    };
    writeFileSync(join(stage.cwd, 'question.json'), JSON.stringify(question));
    rmSync(join(stage.cwd, 'plimsoll.yaml'), { force: true });
    const env = { PLIMSOLL_URL: url, KEY: `curl-${key}`, PAUSE: '0.05' };
    return rig.start(['bash', '-e', '-c', script.replaceAll('wait=55', 'wait=1')], stage, env);
  }
});
