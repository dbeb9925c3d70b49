/** The page on statistics says what the program does: its figures are those of the search and of the bench. */
import { readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, test } from 'vitest';
import { lowerThreshold } from '../../../src/core/search/certify/thresholds.ts';
import { EXAMPLE_BRACKET, EXAMPLE_LOADS } from '../../../src/view/statistics/example.ts';
import { PRICES } from '../../../src/view/statistics/prices.ts';
import { statisticsMain } from '../../../src/view/statistics/statistics-page.ts';

let document: ReturnType<typeof parseHTML>['document'];
let words: string;
beforeAll(async () => {
  document = parseHTML(
    `<!doctype html><html><body>${await statisticsMain()}</body></html>`,
  ).document;
  words = (document.body.textContent ?? '').replaceAll(/\s+/g, ' ');
});

describe('its figures', () => {
  test('the example shows each thing that can be shown, in the order of the load', () => {
    expect(EXAMPLE_LOADS.map(({ shown }) => shown)).toEqual([
      'pass',
      'not yet',
      'pass',
      'fail',
      'fail',
    ]);
    expect(EXAMPLE_BRACKET).toEqual({ lower: 96, upper: 104 });
    for (const { ratio, shown } of EXAMPLE_LOADS) {
      // Whoever reads the intervals comes to no other verdict.
      if (shown === 'pass') expect(ratio.high).toBeLessThan(0.01);
      if (shown === 'fail') expect(ratio.low).toBeGreaterThan(0.01);
      if (shown === 'not yet') expect(ratio.high).toBeGreaterThan(0.01);
    }
  });

  test('what its words say of odds, widths and confidence is so', () => {
    expect(words).toContain('40 times better');
    expect(Math.exp(lowerThreshold(0.95))).toBeCloseTo(40);
    expect(Math.exp(lowerThreshold(0.99))).toBeCloseTo(200);
    expect(lowerThreshold(0.99) / lowerThreshold(0.95)).toBeCloseTo(1.4, 1);
    const [p90, , p99, p999] = PRICES;
    expect((p999?.toPass ?? 0) / (p99?.toPass ?? 1)).toBeCloseTo(10, 1);
    expect((p90?.toPass ?? 0) / (p99?.toPass ?? 1)).toBeCloseTo(0.1, 1);
    const [narrow = 0, middle = 1, wide = 1] = p99?.bothEnds ?? [];
    expect(narrow / middle).toBeGreaterThan(4);
    expect(middle / wide).toBeGreaterThan(2.5);
    expect(words).toContain(`${Math.round(narrow / 20 / 60)} min`);
  });

  test('wrong lower ends are no more than the bench has counted', () => {
    const bench = readFileSync(new URL('../../bench/README.md', import.meta.url), 'utf8');
    const rows = [...bench.matchAll(/^\| (?:[A-T]|demo) \|(.*)\|$/gm)].map(([, row = '']) =>
      row.split('|').map((cell) => cell.trim()),
    );
    const wrong = rows.map((cells) => Number.parseFloat(cells[1] ?? ''));
    expect(words).toContain(`on each of ${rows.length} servers at most ${Math.max(...wrong)} %`);
  });
});

describe('its markup', () => {
  test('every link inside leads somewhere, and no id is given twice', () => {
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...document.querySelectorAll('a')].map(
      (link) => link.getAttribute('href') ?? '',
    );
    expect(links.length).toBeGreaterThan(6);
    expect(links.filter((href) => !ids.includes(href.replace(/^#/, '')))).toEqual([]);
  });

  test('no script, no style of its own, nothing from elsewhere; no number that is none', () => {
    const own = document.querySelectorAll('script, style, [style], [onclick], img, iframe');
    expect(own.length).toBe(0);
    expect(document.body.innerHTML).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });
});
