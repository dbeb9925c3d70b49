/** The page on statistics in a real browser: reached from every page, readable wherever it is read. */
import { describe, expect, test } from 'vitest';
import { faultsOfAccess, HAS_BROWSER, screenshot, viewer } from './browser.ts';
import { serveRig } from './served-rig.ts';

describe.runIf(HAS_BROWSER)('how sure the numbers are', { timeout: 60_000 }, () => {
  const { open } = viewer();

  test('from the footer, in both schemes, on a phone, without script', async () => {
    const rig = await serveRig();
    const page = await open(`${rig.url}/`, { javaScriptEnabled: false });
    await page.locator('footer a').click();
    expect(new URL(page.url()).pathname).toBe('/docs/statistics');
    expect(await page.locator('h1').textContent()).toBe('How sure the numbers are');
    expect(await page.locator('nav [aria-current]').count()).toBe(1);
    await page.locator('summary').click();
    expect(await page.locator('figure table').isVisible()).toBe(true);

    const looked = await open(page.url());
    for (const colorScheme of ['light', 'dark'] as const) {
      await looked.emulateMedia({ colorScheme });
      expect(await faultsOfAccess(looked)).toEqual([]);
      await screenshot(looked, `statistics-${colorScheme}`);
    }
    await looked.setViewportSize({ width: 390, height: 844 });
    const width = await looked.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
    await screenshot(looked, 'statistics-phone');
    await rig.dispose();
  });
});
