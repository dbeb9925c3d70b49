/** A service that asks for keys, and a person with a browser: no data without one, everything with one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Audit, NO_AUDIT } from '../../src/service/access/audit.ts';
import { createIdentifyCaller } from '../../src/service/access/identify-caller.ts';
import { hashKey, makeKey } from '../../src/service/access/key.ts';
import type { KillState } from '../../src/service/access/kill-switch.ts';
import { type KeyRule, NO_OPERATOR, type Operator } from '../../src/service/access/operator.ts';
import type { Scope } from '../../src/service/access/scope.ts';
import { createTokenVerifier } from '../../src/service/access/token.ts';
import { searchBody } from '../service/http/http-rig.ts';
import { HAS_BROWSER, screenshot, viewer } from './browser.ts';
import { type ServedRig, serveRig } from './served-rig.ts';

const RUN_KEY = makeKey();
const READ_KEY = makeKey();

function keyRule(caller: string, key: string, scopes: readonly Scope[]): KeyRule {
  return { caller, scopes, quotas: {}, ceilings: {}, hashes: [hashKey(key)] };
}

describe.runIf(HAS_BROWSER)('with keys', { timeout: 60_000 }, () => {
  const { open } = viewer();
  let rig: ServedRig;
  let ended: string;
  const refusals: string[] = [];
  let killed: KillState | undefined;

  beforeAll(async () => {
    const keys = [
      keyRule('person', RUN_KEY, ['read', 'run']),
      keyRule('looker', READ_KEY, ['read']),
    ];
    const operator: Operator = { ...NO_OPERATOR, keys };
    const audit: Audit = {
      ...NO_AUDIT,
      record: (entry) => {
        if (entry.outcome === 'refused') refusals.push(entry.code ?? String(entry.status));
      },
    };
    rig = await serveRig({
      access: {
        identify: createIdentifyCaller(() => operator, createTokenVerifier(), Date.now),
        operator: () => operator,
        killSwitch: {
          state: () => killed,
          engage: () => Promise.reject(new Error('not here')),
          release: () => Promise.resolve(),
        },
        audit,
      },
    });
    const answer = await fetch(`${rig.url}/v1/searches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${RUN_KEY}` },
      body: JSON.stringify(searchBody({ labels: { commit: 'secret-label' } })),
    });
    ended = Object(await answer.json()).id;
    await rig.ended(ended);
  });
  afterAll(() => rig.dispose());

  test('a page without a key holds no data, and a wrong key is refused and said', async () => {
    for (const path of ['/', `/searches/${ended}`, '/new']) {
      const html = await (await fetch(`${rig.url}${path}`)).text();
      expect(html, path).not.toMatch(/secret-label|127\.0\.0\.1:8000|chat/);
    }
    const page = await open(`${rig.url}/searches/${ended}`);
    await page.getByRole('heading', { name: 'This service asks for a key' }).waitFor();
    await screenshot(page, 'key-form');
    await page.getByLabel('Key', { exact: true }).fill(makeKey());
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('The service does not take this key.').waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('key');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(refusals).not.toEqual([]);
  });

  test('with a key: from the list to a search that it starts, follows and aborts', async () => {
    const page = await open(`${rig.url}/`);
    await page.getByLabel('Key', { exact: true }).fill(RUN_KEY);
    await page.keyboard.press('Enter');
    await page.getByText('secret-label').waitFor();
    expect(await page.evaluate('[document.cookie, localStorage.length]')).toEqual(['', 0]);

    const release = rig.holdAfter(2);
    await page.getByRole('link', { name: 'Start one' }).click();
    await page.getByLabel('Base URL').fill('http://127.0.0.1:8000/v1');
    await page.getByLabel('SLO').fill('p90(ttft) < 100 ms');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForURL('**/searches/*');
    await page.locator('#evidence tbody tr').nth(1).waitFor();
    await page.getByRole('button', { name: 'Abort this search' }).click();
    await page.getByRole('button', { name: 'Abort', exact: true }).click();
    await page.locator('h1', { hasText: /^Cancelled/ }).waitFor();
    release();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Summary' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/-summary\.json$/);

    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByRole('heading', { name: 'This service asks for a key' }).waitFor();
    expect(await page.content()).not.toContain('127.0.0.1:8000');
  });

  test('the kill switch is told to who may read, and to nobody else, until it is released', async () => {
    killed = { sinceMs: 0, by: 'night watch', reason: 'memory leak', survivesRestart: true };
    expect(await (await fetch(`${rig.url}/`)).text()).not.toContain('night watch');
    const page = await open(`${rig.url}/searches/${ended}`);
    await page.getByLabel('Key', { exact: true }).fill(READ_KEY);
    await page.keyboard.press('Enter');
    await page.getByText('by night watch: memory leak').waitFor();
    await screenshot(page, 'kill-switch');
    killed = undefined;
    await page.goto(`${rig.url}/`);
    await page.getByText('secret-label').waitFor();
    expect(await page.getByText('night watch').count()).toBe(0);
  });

  test('a key that may only read is told so when it wants to start', async () => {
    const page = await open(`${rig.url}/new`);
    await page.getByLabel('Key', { exact: true }).fill(READ_KEY);
    await page.keyboard.press('Enter');
    await page.getByLabel('Base URL').fill('http://127.0.0.1:8000/v1');
    await page.getByLabel('SLO').fill('p90(ttft) < 100 ms');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('#faults').getByText('This needs the scope `run`').waitFor();
  });
});
