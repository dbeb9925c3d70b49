/** The report opened from a disk in a real browser, as whoever gets it by mail does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReportStyle } from '../../../src/service/http/reports/report-policy.ts';
import { renderHtml } from '../../../src/view/report/report-html.ts';
import { faultsOfAccess, HAS_BROWSER, screenshot, viewer } from '../../page/browser.ts';
import { hostileSource, plainSource } from './hostile-source.fixture.ts';

describe.skipIf(!HAS_BROWSER)('the report in Chromium', () => {
  const { open } = viewer();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-report-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ['plain', 'light', 1_200],
    ['plain', 'dark', 390],
    ['hostile', 'light', 390],
    ['hostile', 'dark', 1_200],
  ] as const)('%s, %s, %s wide', async (kind, colorScheme, width) => {
    const { text, policy } = readReportStyle();
    const file = join(folder, `${kind}.html`);
    const source = kind === 'plain' ? plainSource() : hostileSource();
    await writeFile(file, renderHtml(source, text, policy));
    const viewport = { width, height: 900 };
    const page = await open(pathToFileURL(file).href, { colorScheme, viewport });
    await screenshot(page, `report-${kind}-${colorScheme}-${width}`);
    // The style is in force, so the policy in the file allows it; the viewer fails on anything refused.
    const seen = await page.evaluate(
      '[getComputedStyle(document.querySelector(".card")).borderRadius, document.documentElement.scrollWidth <= innerWidth]',
    );
    expect(seen).toEqual(['8px', true]);
    // The other scheme of the same document can only differ in contrast.
    const rule = colorScheme === 'dark' ? 'color-contrast' : undefined;
    expect(await faultsOfAccess(page, rule)).toEqual([]);
    await page.context().close();
  });
});
