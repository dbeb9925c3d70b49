/**
 * Every page in every state that a person may meet, in a real browser over the real service with load in
 * virtual time: readable in both schemes and on a phone, without script, on a slow line, with hostile text
 * in every place that a stranger can write to; and a picture of each for whoever wants to look.
 */
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { idOf, searchBody } from '../service/http/http-rig.ts';
import { faultsOfAccess, HAS_BROWSER, screenshot, viewer } from './browser.ts';
import { type ServedRig, serveRig } from './served-rig.ts';

const HOSTILE = `"'><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1_200, height: 900 };

describe.runIf(HAS_BROWSER)('pages', { timeout: 60_000 }, () => {
  const { open, takeWrong } = viewer();
  let rig: ServedRig;
  beforeEach(async () => {
    rig = await serveRig();
  });
  afterEach(() => rig.dispose());

  async function begin(
    change: Record<string, unknown> = {},
    path = '/v1/searches',
  ): Promise<string> {
    return idOf(await rig.post(path, searchBody(change)));
  }

  /** In both schemes without a fault of access, on a phone without a page wider than the screen. */
  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const rule = colorScheme === 'dark' ? 'color-contrast' : undefined;
      expect(await faultsOfAccess(page, rule), `${name}, ${colorScheme}`).toEqual([]);
      await screenshot(page, `${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(PHONE);
    await page.reload();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    // Each plot is there once, drawn for this width.
    const plots = await page
      .locator('figure svg:visible')
      .evaluateAll((all) => all.map((svg) => svg.getAttribute('viewBox')));
    expect(plots.filter((box) => !/^0 0 340 /.test(box ?? ''))).toEqual([]);
    expect(width, `${name}: wider than a phone`).toBeLessThanOrEqual(PHONE.width);
    await screenshot(page, `${name}-phone`);
    await page.setViewportSize(DESKTOP);
  }

  test('axe-core would tell: a text without contrast and a field without a name are seen', async () => {
    const page = await open(`${rig.url}/new`);
    await page.evaluate(`
      document.querySelector('h1').style.color = '#eee';
      document.querySelector('label[for="field-slo"]').remove();
    `);
    const faults = (await faultsOfAccess(page)).join('\n');
    expect(faults).toMatch(/^color-contrast at h1/m);
    expect(faults).toMatch(/^label at #field-slo/m);
  });

  test('empty list, form, running, done, failed and list: readable in both schemes and on a phone', async () => {
    const page = await open(`${rig.url}/`);
    await look(page, 'list-empty');
    await page.goto(`${rig.url}/new`);
    await look(page, 'form');

    const tiers = [
      { name: 'gold', objectives: 'p90(ttft) < 100 ms and error_rate < 5%' },
      { name: 'silver', objectives: 'p90(ttft) < 400 ms' },
    ];
    const done = await begin({ slo: tiers, labels: { commit: 'abc123' } });
    await rig.ended(done);
    await page.goto(`${rig.url}/searches/${done}`);
    await look(page, 'done');

    rig.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_unauthorized', detail: 'the target answered 401: no key' },
    });
    await rig.ended(await begin({ seed: 2 }));
    delete rig.knobs.check;

    const release = rig.holdAfter(4);
    const running = await begin({ seed: 3 });
    await page.goto(`${rig.url}/searches/${running}`);
    await page.locator('#evidence tbody tr').nth(3).waitFor();
    await page.locator('#now dt', { hasText: 'This burst' }).waitFor();
    await look(page, 'running');
    await page.goto(`${rig.url}/`);
    await look(page, 'list');
    release();
  });

  test('an update leaves what a person is doing as it is', async () => {
    const release = rig.holdAfter(3);
    const page = await open(`${rig.url}/searches/${await begin()}`);
    const details = page.locator('#table-latency');
    await details.locator('summary').click();
    await details.locator('tbody tr').nth(2).waitFor();
    release();
    await page.locator('#search[data-ended="true"]').waitFor();
    await expect.poll(() => details.locator('tbody tr').count()).toBeGreaterThan(3);
    expect(await details.getAttribute('open')).toBe('');
    expect(await page.locator(':focus').textContent()).toBe('The same as a table');
  });

  test('without script the answer, the plots and the evidence are there', async () => {
    const id = await begin();
    const record = await rig.ended(id);
    const page = await open(`${rig.url}/searches/${id}`, { javaScriptEnabled: false });
    expect(await page.locator('h1').textContent()).toMatch(/^Carries at least \d+/);
    expect(await page.locator('figure svg:visible').count()).toBe(4);
    const rows = page.locator('#evidence > .scroll tbody tr');
    expect(await rows.count()).toBe(record.result?.probes);
  });

  test('on a slow line the page comes, and then its updates', async () => {
    const release = rig.holdAfter(3);
    const id = await begin();
    const page = await open(`${rig.url}/page/icon.svg`);
    const line = await page.context().newCDPSession(page);
    await line.send('Network.enable');
    // An old mobile network: 50 kilobytes and a third of a second there and back.
    const slow = {
      offline: false,
      latency: 300,
      downloadThroughput: 50_000,
      uploadThroughput: 20_000,
    };
    await line.send('Network.emulateNetworkConditions', slow);
    await page.goto(`${rig.url}/searches/${id}`, { waitUntil: 'commit' });
    await page.locator('h1', { hasText: 'Still running' }).waitFor();
    release();
    await page.locator('#search[data-ended="true"]').waitFor();
    expect(await page.locator('h1').textContent()).toMatch(/^Carries at least \d+/);
  });

  test('the list tells by itself what has begun and ended', async () => {
    const release = rig.holdAfter(1);
    const page = await open('about:blank');
    await page.clock.install();
    await page.goto(`${rig.url}/`);
    const id = await begin({ labels: { night: '7' } });
    await page.clock.fastForward(5_000);
    const item = page.locator('li', { has: page.locator(`#to-${id}`) });
    await item.locator('.mark', { hasText: 'running' }).waitFor();
    release();
    await rig.ended(id);
    await page.clock.fastForward(5_000);
    await item.locator('.mark', { hasText: 'done' }).waitFor();
    await item.getByRole('link').click();
    expect(await page.locator('h1').textContent()).toMatch(/^Carries at least \d+/);
  });

  test('a gate says its verdict as a word', async () => {
    const body = { ...searchBody(), at_least: 8, load: { axis: 'concurrency' } };
    const id = await idOf(await rig.post('/v1/gates', body));
    await rig.ended(id);
    const page = await open(`${rig.url}/gates/${id}`);
    expect(await page.locator('#answer .mark').allTextContents()).toEqual(['■ done', '✓ pass']);
    expect(await page.locator('h1').textContent()).toMatch(/^Sustains 8 concurrent requests/);
    await page.getByRole('link', { name: 'Start with the same question' }).click();
    await expect.poll(() => page.getByLabel('Load that it must carry').inputValue()).toBe('8');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('heading', { name: 'It can start' }).waitFor();
    await page.getByLabel('Load that it must carry').fill('0');
    await page.getByRole('button', { name: 'Check' }).click();
    await expect
      .poll(() => page.locator('#field-at-least-fault').textContent())
      .toMatch(/^Expected .+; got 0/);
    // The same id at the other kind's address leads here.
    await page.goto(`${rig.url}/searches/${id}`);
    expect(new URL(page.url()).pathname).toBe(`/gates/${id}`);
  });

  test('an unknown id is said in the same frame, with a way back', async () => {
    const page = await open(`${rig.url}/searches/${encodeURIComponent(HOSTILE)}`);
    expect(await page.locator('main code').textContent()).toBe(HOSTILE);
    await page.getByRole('link', { name: 'All searches and gates' }).click();
    await page.getByRole('heading', { name: 'Searches and gates' }).waitFor();
    expect(await page.title()).not.toBe('taken');
  });

  test('hostile text is text, wherever a stranger can write', async () => {
    rig.knobs.check = async () => ({
      ok: true,
      value: { model: HOSTILE, dialect: 'vllm', info: { [HOSTILE]: HOSTILE, server: HOSTILE } },
    });
    const own = { base_url: 'http://127.0.0.1:8000/v1', model: HOSTILE };
    const done = await begin({ target: own, labels: { note: HOSTILE } });
    await rig.ended(done);
    rig.knobs.check = async () => ({
      ok: false,
      error: { reason: 'target_unauthorized', detail: HOSTILE },
    });
    const failed = await begin({ seed: 2, labels: { note: HOSTILE } });
    await rig.ended(failed);

    const places: Record<string, number> = { [`/searches/${done}`]: 6 };
    const page = await open(`${rig.url}/`);
    for (const path of ['/', `/searches/${done}`, `/searches/${failed}`, `/new?from=${done}`]) {
      await page.goto(`${rig.url}${path}`);
      if (path.startsWith('/new')) {
        await expect.poll(() => page.getByLabel('Model').inputValue()).toBe(HOSTILE);
        await page.getByLabel('SLO').fill(HOSTILE);
        await page.getByRole('button', { name: 'Check' }).click();
        await page.locator('#faults li').first().waitFor();
      } else {
        const shown = (await page.locator('main').textContent()) ?? '';
        // Label and model, and on their own pages the server's answers, too.
        expect(shown.split(HOSTILE).length - 1, path).toBeGreaterThanOrEqual(places[path] ?? 2);
      }
      expect(await page.locator('img').count(), path).toBe(0);
      expect(await page.locator('script:not([src^="/page/"])').count(), path).toBe(0);
      expect(await page.title(), path).not.toBe('taken');
    }
    // And if a template ever forgot to escape: the page's own policy lets nothing of it run.
    const forgot = `document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(HOSTILE)})`;
    await expect(page.evaluate(forgot)).rejects.toThrow('TrustedHTML');
    expect(takeWrong().join()).toContain('TrustedHTML');
  });
});
