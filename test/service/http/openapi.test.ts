/** `openapi.yaml`, the routes, the schemas, the examples and the error codes are one thing. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { PROBLEMS } from '../../../src/service/http/errors.ts';
import { EXAMPLES } from '../../../src/service/http/examples.ts';
import { openapiText } from '../../../src/service/http/openapi.ts';
import { methodsAt, ROUTES } from '../../../src/service/http/routes/table.ts';
import { eventSchema } from '../../../src/service/http/schemas/event.ts';
import { summarySchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, idOf } from './http-rig.ts';

const FILE = new URL('../../../openapi.yaml', import.meta.url);

/** Answered before a route is known, or by the socket before the app is asked. */
const WITHOUT_ROUTE = [
  'route_not_found',
  'method_not_allowed',
  'malformed_http',
  'request_timeout',
];

test('the committed file is what the routes say', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(openapiText(manifest.version));
});

test('every code is named at a route that can answer it', () => {
  const told = Object.values(ROUTES)
    .map((route) => JSON.stringify(route.responses))
    .join();
  const silent = Object.keys(PROBLEMS).filter((code) => !told.includes(`\`${code}\``));
  expect(silent.sort()).toEqual([...WITHOUT_ROUTE].sort());
});

test('every code is in the enumeration of the file', () => {
  const text = readFileSync(FILE, 'utf8');
  for (const code of Object.keys(PROBLEMS)) expect(text).toMatch(new RegExp(`- ${code}\\n`));
});

test.each(Object.entries(ROUTES))('%s is mounted', async (_name, route) => {
  const rig = await createHttpRig();
  const path = route.path
    .replace('{id}', 'nope')
    .replace('{name}', 'nope')
    .replace('{hook}', 'nope');
  expect(methodsAt(path)).toContain(route.method.toUpperCase());
  const response = await rig.call(path, { method: route.method.toUpperCase() });
  expect([405, 500]).not.toContain(response.status);
  expect((await response.text()).startsWith('{"type":"urn:plimsoll:problem:route_')).toBe(false);
  await rig.dispose();
});

test('the example of a search starts one', async () => {
  const rig = await createHttpRig();
  const response = await rig.post('/v1/searches', EXAMPLES.createBody);
  expect(response.status).toBe(202);
  const id = await idOf(response);
  await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
  await rig.dispose();
});

test('the other examples are what their schemas say', () => {
  expect(summarySchema.safeParse(EXAMPLES.summary).error).toBeUndefined();
  const data = EXAMPLES.eventStream.split('\n').find((line) => line.startsWith('data: '));
  expect(eventSchema.safeParse(JSON.parse(data?.slice(6) ?? '')).error).toBeUndefined();
  expect(JSON.parse(EXAMPLES.requestLine)).toMatchObject({ outcome: 'ok' });
});
