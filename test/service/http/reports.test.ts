/** The report over HTTP: which format is answered, with which headers, and what is refused. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../../src/core/policy/policy-file.ts';
import { preferredType } from '../../../src/service/http/reports/negotiate.ts';
import { problemSchema } from '../../../src/service/http/schemas/problem.ts';
import { summarySchema } from '../../../src/service/http/schemas/search.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

let rig: HttpRig;
let search: string;
let gate: string;

beforeAll(async () => {
  rig = await createHttpRig();
  const id = await idOf(await rig.post('/v1/searches', searchBody()));
  await rig.ended(id);
  search = `/v1/searches/${id}`;
  const { load: _, ...asked } = searchBody();
  const gateId = await idOf(await rig.post('/v1/gates', { ...asked, at_least: 2 }));
  await rig.ended(gateId);
  gate = `/v1/gates/${gateId}`;
});
afterAll(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

const report = (query = '', headers: Record<string, string> = {}, of = search): Promise<Response> =>
  rig.call(`${of}/report${query}`, { headers });

describe('the format', () => {
  test.each([
    ['html', 'text/html'],
    ['markdown', 'text/markdown'],
    ['junit', 'application/xml'],
    ['csv', 'text/csv'],
    ['openmetrics', 'application/openmetrics-text'],
    ['github-benchmark', 'application/json'],
    ['bmf', 'application/json'],
    ['benchmark-report', 'application/json'],
  ])('%s of a search and of a gate', async (format, type) => {
    for (const of of [search, gate]) {
      const response = await report(`?format=${format}`, {}, of);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(new RegExp(`^${type}(;|$)`));
      expect(response.headers.get('content-disposition')).toMatch(/^inline; filename="plimsoll-/);
      expect((await response.text()).length).toBeGreaterThan(2);
    }
  });

  test.each([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/markdown', 'text/markdown'],
    ['text/csv;q=0.5, application/xml', 'application/xml'],
    ['application/openmetrics-text; version=1.0.0', 'application/openmetrics-text'],
    ['text/*, text/html;q=0', 'text/markdown'],
  ])('by Accept: %s', async (accept, type) => {
    const response = await report('', accept === undefined ? {} : { accept });
    expect(response.headers.get('content-type')?.split(';')[0]).toBe(type);
    expect(response.headers.get('vary')).toBe('Accept');
  });

  test('the query goes before Accept', async () => {
    const response = await report('?format=csv', { accept: 'text/html' });
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
  });

  test.each(['application/json', 'application/pdf', 'text/html;q=0'])('406: %s', async (accept) => {
    const response = await report('', { accept });
    expect(response.status).toBe(406);
    const problem = problemSchema.parse(await response.json());
    expect(problem.code).toBe('not_acceptable');
    expect(problem.detail).toContain('benchmark-report');
  });

  test('all that is wrong with the query at once', async () => {
    const response = await report('?format=pdf&colour=red&probe=x');
    expect(response.status).toBe(400);
    const { errors = [] } = problemSchema.parse(await response.json());
    expect(errors.map((fault) => fault.pointer).sort()).toEqual([
      'query:colour',
      'query:format',
      'query:probe',
    ]);
  });

  test.each([
    '?format=csv&inconclusive=skipped',
    '?format=junit&probe=0',
    '?format=benchmark-report&probe=999',
  ])('400: %s', async (query) => {
    expect((await report(query)).status).toBe(400);
  });

  test('404 under the name of the other kind, 405 for what it does not do', async () => {
    const wrong = search.replace('/searches/', '/gates/');
    expect((await report('', {}, wrong)).status).toBe(404);
    expect((await rig.call(`${search}/report`, { method: 'POST' })).status).toBe(405);
  });
});

describe('the HTML', () => {
  test('has a style that its policy allows by hash, on the line and in the file', async () => {
    const response = await report();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('script-src');
    const text = await response.text();
    const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style.length).toBeGreaterThan(1_000);
    expect(policy).toContain(`'sha256-${hash}'`);
    const meta = /Content-Security-Policy" content="([^"]*)"/
      .exec(text)?.[1]
      ?.replaceAll('&#39;', "'");
    expect(meta).toContain(`style-src 'sha256-${hash}'`);
  });

  test('draws the tails from the raw requests', async () => {
    const text = await (await report()).text();
    expect(text).toMatch(/<path[^>]*class="lower"|class="lower"/);
    expect(text).not.toContain('are not kept any more');
  });

  test('of a gate it has the evidence of the verdict', async () => {
    const text = await (await report('', {}, gate)).text();
    expect(text).toMatch(/<h1>(Sustains|Does not sustain) 2 concurrent requests/);
    expect(text).toMatch(/E-value for a pass.*p90\(ttft\)/s);
  });
});

test('a reader that has it gets 304; each format has its own tag', async () => {
  const first = await report('?format=csv');
  const etag = first.headers.get('etag') ?? '';
  expect((await report('?format=csv', { 'if-none-match': etag })).status).toBe(304);
  expect((await report('?format=junit', { 'if-none-match': etag })).status).toBe(200);
});

test('the policy in the report is one, and the summary names the report', async () => {
  const markdown = await (await report('?format=markdown')).text();
  const yaml = /```yaml\n(.*?)\n```/s.exec(markdown)?.[1] ?? '';
  expect(parsePolicyFile(yaml)).toMatchObject({ ok: true });
  const gateText = await (await report('?format=markdown', {}, gate)).text();
  const gateYaml = /```yaml\n(.*?)\n```/s.exec(gateText)?.[1] ?? '';
  expect(parsePolicyFile(gateYaml)).toMatchObject({ ok: true });
  for (const of of [search, gate]) {
    const summary = summarySchema.parse(await (await rig.call(`${of}/summary`)).json());
    expect((await rig.call(summary.report_url)).status).toBe(200);
  }
});

test('the question in the report asks the same again', async () => {
  const markdown = await (await report('?format=markdown')).text();
  const body = /-d '(\{.*?\n\})'\n```/s.exec(markdown)?.[1] ?? '';
  const response = await rig.post('/v1/policies/check', body);
  expect(await response.json()).toMatchObject({ ok: true, question: JSON.parse(body) });
});

test('of a search that still runs it says so', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const id = await idOf(await rig.post('/v1/searches', searchBody({ seed: 8 })));
  try {
    const text = await (await report('', {}, `/v1/searches/${id}`)).text();
    expect(text).toMatch(/<h1>(Queued|Still running)/);
    const junit = await (await report('?format=junit', {}, `/v1/searches/${id}`)).text();
    expect(junit).toContain('type="inconclusive"');
    const held = report('?format=junit', { prefer: 'wait=55' }, `/v1/searches/${id}`);
    rig.knobs.hold = undefined;
    resolve();
    const response = await held;
    expect(response.headers.get('preference-applied')).toBe('wait=55');
    expect(await response.text()).toContain('errors="0"');
  } finally {
    rig.knobs.hold = undefined;
    resolve();
    await rig.ended(id);
  }
});

test('weights choose, and no offer is chosen that is refused', () => {
  const offered = ['text/html', 'text/csv'];
  expect(preferredType('text/csv;q=0.9, text/html;q=0.1', offered)).toBe('text/csv');
  expect(preferredType('text/*;q=0.5', offered)).toBe('text/html');
  expect(preferredType('*/*, text/html;q=0', offered)).toBe('text/csv');
  expect(preferredType('image/png', offered)).toBeUndefined();
  expect(preferredType('nonsense', offered)).toBeUndefined();
});
