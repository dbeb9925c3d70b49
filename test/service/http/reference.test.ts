/** `/docs` and what is beside it: pages from our own files, under a policy that lets no other script or style in. */
import { expect, test } from 'vitest';
import { createApp } from '../../../src/service/http/app.ts';
import { createHttpRig } from './http-rig.ts';

test.each([
  ['/docs', '/page/reference.css'],
  ['/docs/statistics', '/page/statistics.css'],
])('%s and its style come from here, and are not sent twice', async (path, style) => {
  const rig = await createHttpRig();
  // Not by `rig.call`: pages are no part of the contract that it holds answers against.
  const app = createApp(rig.parts);
  const call = async (path: string, init?: RequestInit): Promise<Response> =>
    app.request(`http://localhost${path}`, init);
  const page = await call(path);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("style-src 'self'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const text = await page.text();
  expect(text).not.toContain('<script');
  const styles = [...text.matchAll(/href="(\/page\/[^"]+\.css)"/g)].map(([, path]) => path ?? '');
  expect(styles).toContain(style);
  for (const sheet of styles) expect((await call(sheet)).status, sheet).toBe(200);
  const etag = page.headers.get('etag') ?? '';
  const again = await call(path, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  await rig.dispose();
});
