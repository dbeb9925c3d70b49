/** The README's Flagger example: three outcomes from two hooks that know status codes only, and one load. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  const expected = {
    pass: { end: 'advanced', traffic: [200], rollback: [409, 412] },
    fail: { end: 'rolled back', traffic: [409, 412], rollback: [200] },
    inconclusive: { end: 'waiting', traffic: [424], rollback: [424] },
  }[outcome];
  const rollout = await runCanary(await canaryOf(stage), `checksum-${outcome}`, {
    // An inconclusive gate waits for ever: looked at until it has ended, and then a few intervals more.
    patience: 500,
    interval: (n) => {
      if (n === 3) open();
    },
    isOver: ({ rollback }) => rollback.filter((status) => status === 424).length > 3,
  });
  expect(rollout.end).toBe(expected.end);
  const { rollback, 'confirm-traffic-increase': traffic } = rollout.got;
  // Asked again and again while it was pending, and never let through by that.
  expect(traffic.slice(0, 2)).toEqual([409, 409]);
  expect(rollback.slice(0, 2)).toEqual([409, 409]);
  // The gate may end between the two calls of the last interval.
  expect(expected.traffic).toContain(traffic.at(-1));
  expect(expected.rollback).toContain(rollback.at(-1));
  expect(rig.loads() - before).toBe(1);
});

test('answers that are lost on the way: asked again, one load', async () => {
  const before = rig.loads();
  const stage = rig.prepare('pass');
  let toLose = 4;
  const line = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(`${rig.served.url}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    });
    toLose -= 1;
    if (toLose >= 0) request.socket.destroy();
    else response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const { port } = line.address() as AddressInfo;
  const canary = JSON.parse(
    JSON.stringify(await canaryOf(stage)).replaceAll(rig.served.url, `http://127.0.0.1:${port}`),
  );
  const rollout = await runCanary(canary, 'checksum-lost', { patience: 500 });
  line.close();
  line.closeAllConnections();
  expect(rollout.end).toBe('advanced');
  expect(rollout.got['rollback'].slice(0, 2)).toEqual(['lost', 'lost']);
  expect(rig.loads() - before).toBe(1);
});

test('two hooks of one canary with other metadata would be two gates: the example has the same', async () => {
  const stage = rig.prepare('pass');
  const { analysis } = Object(await canaryOf(stage));
  const [first, second] = analysis.webhooks;
  expect(first.metadata).toEqual(second.metadata);
});
