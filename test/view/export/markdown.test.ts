/** Markdown: tables whose lines agree, and nothing from outside that a renderer would act on. */
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../src/view/export/markdown.ts';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { hostileSource, plainSource } from '../report/hostile-source.fixture.ts';

/** What is left of a document without code: fenced blocks, then spans by their own fence. */
function outsideCode(markdown: string): string {
  return markdown
    .replaceAll(/^(`{3,})[a-z]*\n.*?\n\1$/gms, '')
    .replaceAll(/(?<![\\`])(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '');
}

/** Cells by row of every table; a bar that is escaped does not end a cell. */
function tables(markdown: string): string[][][] {
  return [...markdown.matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(1, -1).split(/(?<!\\)\|/)),
  );
}

function read(source: ReportSource): string {
  const markdown = renderMarkdown(source);
  for (const table of tables(markdown)) {
    expect(new Set(table.map((row) => row.length)).size).toBe(1);
  }
  expect(markdown).not.toMatch(/NaN|undefined|Infinity/);
  return markdown;
}

describe('Markdown', () => {
  test('the sentence first, then the tiers, then each objective of each probe', () => {
    const source = plainSource();
    const markdown = read(source);
    expect(markdown).toMatch(/^## Carries at least \d+ concurrent requests/);
    const [tiers, evidence] = tables(markdown);
    expect(tiers).toHaveLength(2 + 2);
    expect(evidence).toHaveLength(2 + 3 * source.probes.length);
    expect(tiers?.[2]?.[2]?.trim()).toBe(String(source.facts.result?.tiers[0]?.lower));
    expect(markdown).toContain('### How to repeat it');
  });

  test('a requirement has its verdict in front', () => {
    const { question, result } = plainSource().facts;
    const requiredAtLeast = result?.tiers[0]?.upper ?? 0;
    const missed = plainSource({ question: { ...question, requiredAtLeast } });
    expect(read(missed)).toMatch(/^## \*\*✕ fail\*\*: /);
  });

  test('says who counted the tokens and which files the load was made of', () => {
    const plain = plainSource();
    if (plain.provenance === undefined) throw new Error('no provenance');
    const file = {
      part: 'chat',
      path: 'trace.csv',
      format: 'azure_trace',
      bytes: 10_000,
      sha256: 'ab'.repeat(32),
      rows: 2_000,
      rowsUsed: 500,
      sampling: 'first',
    } as const;
    const tokenCounts = { input: 'estimate', output: 'usage' } as const;
    const provenance = { ...plain.provenance, tokenCounts, data: [file] };
    const markdown = read({ ...plain, provenance });
    expect(markdown).toContain(
      "- tokens counted: prompts by an estimate of one token a word, answers by the target's own count",
    );
    expect(markdown).toContain(
      '- data of chat: `trace.csv (azure_trace): the first 500 of 2,000 rows used, sha256 abababababab…`',
    );
  });

  test('hostile text is text', () => {
    const markdown = read(hostileSource());
    const rest = outsideCode(markdown);
    expect(rest).not.toMatch(/(?<!\\)</);
    expect(rest).not.toContain('@here');
    expect(rest).not.toMatch(/(?<!\\)\]\(/);
  });

  test('without a probe it says so', () => {
    const { result: _, ...facts } = plainSource().facts;
    const markdown = read({ ...plainSource(), facts: { ...facts, state: 'queued' }, probes: [] });
    expect(markdown).toContain('No probe has finished.');
  });
});
