/** `/docs`: one page from our own files, under a policy that lets no other script or style in. */
import { expect, test } from 'vitest';
import { createApp } from '../../../src/service/http/app.ts';
import { createHttpRig } from './http-rig.ts';

test('the reference and its style come from here, and are not sent twice', async () => {
  const rig = await createHttpRig();
  // Not by `rig.call`: pages are no part of the contract that it holds answers against.
  const app = createApp(rig.parts);
  const call = async (path: string, init?: RequestInit): Promise<Response> =>
    app.request(`http://localhost${path}`, init);
  const page = await call('/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const text = await page.text();
  expect(text).not.toContain('<script');
  const styles = [...text.matchAll(/href="(\/page\/[^"]+\.css)"/g)].map(([, path]) => path ?? '');
  expect(styles).toContain('/page/reference.css');
  for (const path of styles) expect((await call(path)).status, path).toBe(200);
  const etag = page.headers.get('etag') ?? '';
  const again = await call('/docs', { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  await rig.dispose();
});
