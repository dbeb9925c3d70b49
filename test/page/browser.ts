/**
 * A real Chromium (Debian's package) for tests of the pages. Where it is not installed these tests are
 * skipped and named in the closing line; in CI they are required, and `.ci/run` installs it.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
/** A browser that is not there fails the test in CI instead of passing it by. */
export const HAS_BROWSER = existsSync(CHROMIUM) || process.env['CI'] === 'true';

/** Ignored by git; somebody looks at them. */
const SCREENSHOTS = new URL('./screenshots', import.meta.url).pathname;

export interface Viewer {
  /** A page in a profile of its own; whatever goes wrong in it fails the test at its end. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** What went wrong in the pages so far; taken off the list, so that a test may expect it. */
  takeWrong(): string[];
}

/** One browser for the tests of a file. */
export function viewer(): Viewer {
  let browser: Browser;
  const wrong: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      // Tests may run as root in a container without user namespaces; only our own pages are opened.
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    expect(wrong).toEqual([]);
  });
  return {
    async open(url, options) {
      const context = await browser.newContext({
        viewport: { width: 1_200, height: 900 },
        ...options,
      });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      page.on('pageerror', (error) => wrong.push(`${url}: ${error.message}`));
      // What the page's policy forbade is told there, too; a refused call or a cut line is not a fault.
      page.on('console', (message) => {
        if (message.type() !== 'error' || /Failed to load resource/.test(message.text())) return;
        wrong.push(`${url}: ${message.text()}`);
      });
      await page.goto(url);
      return page;
    },
    takeWrong: () => wrong.splice(0),
  };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/**
 * What axe-core finds against WCAG 2.2 AA and its own good practice, a line each; of one rule when named:
 * another scheme of the same page can only differ in contrast.
 */
export async function faultsOfAccess(page: Page, rule?: 'color-contrast'): Promise<string[]> {
  // In the browser's own debugging world: the page's policy allows no script but its own.
  await page.evaluate(axe.source);
  const options = rule === undefined ? {} : { runOnly: [rule] };
  const found: unknown = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then((result) => result.violations)`,
  );
  if (!Array.isArray(found)) throw new Error('axe-core gave no list');
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }: { target: string[]; failureSummary: string }) =>
        `${id} at ${target.join(' ')}: ${failureSummary.replaceAll('\n', ' ')}`,
    ),
  );
}
