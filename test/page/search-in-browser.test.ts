/**
 * A person at a real browser, against the service and the simulated server as real processes: from the
 * form to the report over a cut line and a killed service, and an abort with the keyboard alone.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchSchema } from '../../src/service/http/schemas/search.ts';
import {
  type Folder,
  type Program,
  startService,
  startSim,
  temporaryFolder,
} from '../main/processes.ts';
import { faultsOfAccess, HAS_BROWSER, screenshot, viewer } from './browser.ts';
import { type Line, layLine } from './line.ts';

/** Load of the search that is watched to its end: long enough to be cut twice. */
const LOAD_SECONDS = 14;

/** In the controller's words; before its first look none are there. */
const TOLD_NEEDS = /^(?!not told yet)/;

describe.runIf(HAS_BROWSER)('in a real browser', () => {
  const { open } = viewer();
  let folder: Folder;
  let simUrl: string;
  let service: Program;
  let line: Line;
  const programs: Program[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    const [sim, first] = await Promise.all([startSim(), startService(folder)]);
    simUrl = `${sim.url}/v1`;
    service = first.program;
    programs.push(sim.program, service);
    line = await layLine(first.url);
  });
  afterAll(async () => {
    await line.close();
    for (const { child } of programs) child.kill('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
    folder.remove();
  });

  async function killAndStartAgain(): Promise<void> {
    service.child.kill('SIGKILL');
    await service.ended;
    const again = await startService(folder);
    service = again.program;
    programs.push(service);
    line.lead(again.url);
  }

  test('from the form to the report, over a cut line and a killed service', {
    timeout: 180_000,
  }, async () => {
    const page = await open(`${line.url}/`);
    await page.getByRole('link', { name: 'Start one' }).click();
    await expectFaults(page);
    await fillIn(page, simUrl, LOAD_SECONDS);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('heading', { name: 'It can start' }).waitFor();
    const resumedFrom: string[] = [];
    page.on('request', (request) => {
      const id = request.headers()['last-event-id'];
      if (id !== undefined) resumedFrom.push(id);
    });
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForURL('**/searches/*');
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    await recordNeeds(page);
    // The time of the burst goes on; what it needs and what it found comes with the events, after a cut, too.
    await page
      .locator('[data-live="elapsed"]')
      .getByText(/^[1-9]/)
      .waitFor();
    line.cut();
    const lost = page.locator('#connection');
    await lost.getByText('Connection lost, trying again').waitFor();
    line.mend();
    await lost.waitFor({ state: 'hidden' });
    await page.locator('#evidence tbody tr').first().waitFor();
    expect(await page.locator('#figure-latency svg:visible').count()).toBe(1);

    await killAndStartAgain();
    await lost.waitFor({ state: 'hidden', timeout: 20_000 });
    await page.locator('#search[data-ended="true"]').waitFor({ timeout: 90_000 });

    const answer = await fetch(`${line.url}/v1/searches/${id}`);
    const { summary, probes } = searchSchema.parse(await answer.json());
    await expect.poll(() => page.locator('h1').textContent()).toBe(summary.sentence);
    expect(await page.locator('#evidence > .scroll tbody tr').count()).toBe(probes.length);
    expect(await page.getByRole('button', { name: 'Abort' }).count()).toBe(0);
    // Recorded in the page that was opened first: it was never loaded again.
    expect(await recordedNeeds(page)).toContainEqual(expect.stringMatching(TOLD_NEEDS));
    // Each connection went on after what the page had seen, and none began again.
    const asked = resumedFrom.map(Number);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
    expect(asked.at(-1)).toBeGreaterThan(asked[0] ?? 0);
    await screenshot(page, 'done-real');
    await expectReport(page, summary.sentence, probes.length);
  });

  test('aborted with the keyboard alone; what is known stays', async () => {
    const page = await open(`${line.url}/new`);
    await fillIn(page, simUrl, 300);
    await page.getByLabel('SLO').focus();
    await pressUntil(page, 'Tab', 'Start');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/searches/*');
    await page.locator('#now dt').first().waitFor();
    await screenshot(page, 'running-real');

    await pressUntil(page, 'Tab', 'Abort this search');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Abort it?' });
    await dialog.waitFor();
    // The harmless answer has the focus, Escape means the same, and the focus comes back.
    expect(await focusedText(page)).toBe('Let it run');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await focusedText(page)).toBe('Abort this search');
    await page.keyboard.press('Enter');
    await pressUntil(page, 'Tab', 'Abort');
    await page.keyboard.press('Enter');
    await page.locator('#search[data-ended="true"]').waitFor();
    await expect.poll(() => page.locator('h1').textContent()).toMatch(/^Cancelled/);
    expect(await page.locator('#announcer').textContent()).not.toBe('');
  });
});

/** What is wrong is told at its field, all at once, and nothing has started. */
async function expectFaults(page: Page): Promise<void> {
  await page.getByLabel('Base URL').fill('not an address');
  await page.getByLabel('SLO').fill('p99(ttft) < 500');
  await page.getByLabel('To', { exact: true }).fill('many');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const list = page.locator('#faults');
  await list.waitFor();
  expect(await list.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(
    true,
  );
  for (const label of ['Base URL', 'SLO', 'To']) {
    const field = page.getByLabel(label, { exact: true });
    expect(await field.getAttribute('aria-invalid'), label).toBe('true');
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    const fault = page.locator(`#${described.split(' ').at(-1)}`);
    expect(await fault.textContent(), label).toMatch(/^Expected .+; got .+/);
  }
  expect(await list.locator('li').count()).toBeGreaterThanOrEqual(3);
  await screenshot(page, 'form-faults');
  await list.getByRole('link', { name: 'SLO' }).first().click();
  expect(await focusedLabel(page)).toBe('SLO');
}

/** The report that the button leads to says the same as the page did, and is fit to be handed on. */
async function expectReport(page: Page, sentence: string, probes: number): Promise<void> {
  await page.getByRole('link', { name: 'Open the report' }).click();
  await page.waitForURL('**/report?format=html');
  expect(await page.locator('h1').textContent()).toBe(sentence);
  expect(await page.locator('#evidence > .scroll tbody tr').count()).toBe(probes);
  expect(await page.locator('script').count()).toBe(0);
  for (const plot of ['latency', 'goodput', 'tail', 'timeline', 'frontier']) {
    expect(await page.locator(`#figure-${plot}-0 svg:visible`).count(), plot).toBe(1);
  }
  const latency = page.locator('#figure-latency-0 svg:visible');
  expect(await latency.locator('.slo-text').textContent()).toContain('p90(ttft) <');
  expect(await page.locator('pre').first().textContent()).toContain('/v1/searches');
  await screenshot(page, 'report-real');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await faultsOfAccess(page, 'color-contrast')).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  // The picture drawn for a phone is there instead: its letters are not scaled away.
  expect(await latency.getAttribute('viewBox')).toMatch(/^0 0 340 /);
  await screenshot(page, 'report-real-phone');
}

async function fillIn(page: Page, target: string, loadSeconds: number): Promise<void> {
  await page.getByLabel('Base URL').fill(target);
  await page.getByLabel('SLO').fill('p90(ttft) < 300 ms');
  await page.getByLabel('To', { exact: true }).fill('64');
  await page.getByText('Workload', { exact: true }).click();
  await page.getByLabel('Prompt length').fill('64');
  await page.getByLabel('Answer length').fill('8');
  await page.getByText('Budget and certainty').click();
  await page.getByLabel('Seconds of load').fill(String(loadSeconds));
  await page.getByLabel('Resolution').fill('0.5');
  const shown: unknown = JSON.parse(
    ((await page.locator('#json').textContent()) ?? '').replace('POST /v1/searches\n', ''),
  );
  expect(shown).toMatchObject({ load: { max: 64 }, budget: { load_seconds: loadSeconds } });
}

async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').trim();
}

async function focusedText(page: Page): Promise<string> {
  return textOf(page.locator(':focus'));
}

async function focusedLabel(page: Page): Promise<string> {
  const id = await page.locator(':focus').getAttribute('id');
  return textOf(page.locator(`label[for="${id}"]`));
}

/** As a person does who cannot use a mouse; more presses than the page has stops means it cannot be reached. */
async function pressUntil(page: Page, key: string, text: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    const focused = page.locator(':focus');
    if ((await focused.count()) === 1 && (await textOf(focused)) === text) return;
  }
  throw new Error(`the keyboard does not reach "${text}"`);
}

/** Everything that the line "It still needs" ever says, kept in the page. */
async function recordNeeds(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.recordedNeeds = [];
    new MutationObserver(() => {
      recordedNeeds.push(document.querySelector('[data-live="needs"]')?.textContent);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  `);
}

async function recordedNeeds(page: Page): Promise<unknown> {
  return page.evaluate('recordedNeeds');
}
