/** The README's Flagger example: three outcomes from two hooks that know status codes only, and one load. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newHookSchema } from '../../../src/service/http/schemas/hook.ts';
import { runCanary } from './flagger.ts';
import { createPipelineRig, OUTCOMES, type PipelineRig, type Stage } from './pipeline-rig.ts';

let rig: PipelineRig;
beforeAll(async () => {
  rig = await createPipelineRig();
});
afterAll(() => rig.dispose());

/** The example with the token of a hook that is bound to it. */
async function canaryOf(stage: Stage): Promise<unknown> {
  const response = await fetch(`${rig.served.url}/v1/hooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'flagger',
      policies: ['chat'],
      slo: 'p99(ttft) < 500 ms',
      targets: [{ base_url: 'http://127.0.0.1:8000/v1' }],
      at_least: [stage.atLeast],
      ...(stage.budget && { budget: stage.budget }),
    }),
  });
  const { token } = newHookSchema.parse(await response.json());
  const text = JSON.stringify(rig.yaml('flagger', stage)).replaceAll('TOKEN', token);
  return JSON.parse(text);
}

test.each(OUTCOMES)('%s', async (outcome) => {
  const before = rig.loads();
  const stage = rig.prepare(outcome);
  const open = rig.hold();
  const ends = { pass: 'advanced', fail: 'rolled back', inconclusive: 'waiting' } as const;
  const rollout = await runCanary(await canaryOf(stage), `checksum-${outcome}`, {
    patience: outcome === 'inconclusive' ? 60 : 500,
    interval: (n) => {
      if (n === 3) open();
    },
  });
  expect(rollout.end).toBe(ends[outcome]);
  // Asked again and again while it was pending, and never let through by that.
  expect(rollout.intervals).toBeGreaterThanOrEqual(3);
  expect(rig.loads() - before).toBe(1);
});

test('two hooks of one canary with other metadata would be two gates: the example has the same', async () => {
  const stage = rig.prepare('pass');
  const { analysis } = Object(await canaryOf(stage));
  const [first, second] = analysis.webhooks;
  expect(first.metadata).toEqual(second.metadata);
});
