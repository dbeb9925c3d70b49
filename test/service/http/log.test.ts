/** The replay log over HTTP: the format holds whatever a real search keeps, and nothing else. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LoadLost } from '../../../src/load/port.ts';
import { logSchema } from '../../../src/service/http/schemas/log.ts';
import { probesSchema } from '../../../src/service/http/schemas/probe.ts';
import { searchSchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

async function jsonOf(path: string): Promise<unknown> {
  return (await rig.call(path)).json();
}

test('holds every key of what the controller was told and decided', async () => {
  const id = await idOf(await rig.post('/v1/searches', searchBody()));
  await rig.ended(id);
  const whole = searchSchema.parse(await jsonOf(`/v1/searches/${id}`));
  const given = await jsonOf(whole.links.log);
  const log = logSchema.parse(given);
  // Strict at every level: a key that the format does not know would have been a fault, one that it drops shows here.
  expect(log).toEqual(given);
  const stored = await rig.store.probes(id);
  expect(log.observations).toEqual(stored.map((probe) => probe.observation));
  expect(log.decisions).toEqual(stored.map((probe) => probe.decision));
  expect(log).toMatchObject({
    version: 1,
    id,
    state: 'done',
    plimsoll_version: '0.0.0',
    question: whole.question,
    result: whole.result,
  });
});

test('has what there is while the search runs: no answer yet, a probe decided and not observed', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const id = await idOf(await rig.post('/v1/searches', searchBody()));
  await expect.poll(() => rig.bursts.length).toBe(1);
  const log = logSchema.parse(await jsonOf(`/v1/searches/${id}/log`));
  expect(log).toMatchObject({ state: 'running', observations: [], result: null });
  expect(log.decisions).toHaveLength(1);
  resolve();
  await rig.ended(id);
});

test('voided bursts are in it, and a probe that was tried twice is decided once', async () => {
  let bursts = 0;
  rig.knobs.fate = () => {
    bursts += 1;
    if (bursts === 2) return { kind: 'busy_client' };
    return bursts === 4 ? { kind: 'throw', error: new LoadLost('the generator died') } : undefined;
  };
  const id = await idOf(await rig.post('/v1/searches', searchBody()));
  await rig.ended(id);
  const log = logSchema.parse(await jsonOf(`/v1/searches/${id}/log`));
  const { probes } = probesSchema.parse(await jsonOf(`/v1/searches/${id}/probes`));
  expect(log.observations.map((observation) => observation.end)).toContain('voided');
  expect(log.observations.map((observation) => observation.probe)).toEqual(
    probes.map((probe) => probe.probe),
  );
  expect(log.decisions).toHaveLength(log.observations.length);
  expect(probes.some((probe) => probe.attempt === 2)).toBe(true);
});
