/** A store that cannot be written is an answer of its own: refused for now, with when to try again. */
import { expect, test } from 'vitest';
import { createHttpRig, idOf, searchBody } from './http-rig.ts';

test('a full disk: 503 with Retry-After, nothing started, and the same call works later', async () => {
  const rig = await createHttpRig();
  rig.knobs.hold = new Promise(() => {});
  const running = await idOf(await rig.post('/v1/searches', searchBody()));
  const key = { 'idempotency-key': 'once' };
  rig.knobs.diskFull = true;
  for (const refused of [
    await rig.post('/v1/searches', searchBody({ seed: 8 }), key),
    await rig.call(`/v1/searches/${running}/cancel`, { method: 'POST' }),
  ]) {
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ code: 'not_ready' });
  }
  expect((await rig.call('/readyz')).status).toBe(503);
  rig.knobs.diskFull = false;
  expect((await rig.post('/v1/searches', searchBody({ seed: 8 }), key)).status).toBe(202);
  expect((await rig.call('/readyz')).status).toBe(200);
  await rig.dispose();
});
