/** The HTML report: valid, self-contained, under its size, and inert whatever the names in it hold. */
import { HtmlValidate } from 'html-validate';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { WORKLOADS } from '../../../src/sim/workloads.ts';
import { PLOT_STYLE } from '../../../src/view/plots/plots.ts';
import { MAX_REPORT_BYTES, renderHtml } from '../../../src/view/report/report-html.ts';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { sentenceOf } from '../../../src/view/sentence.ts';
import { measure } from '../measured-search.fixture.ts';
import { PLOT_STATES } from '../plots/plot-states.fixture.ts';
import { HOSTILE, hostileSource, plainSource } from './hostile-source.fixture.ts';

type Parsed = ReturnType<typeof parseHTML>['document'];

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Style of writing, not validity: the document is made by a program.
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'doctype-style': 'off',
    // SVG has its own names.
    'element-case': 'off',
    'attr-case': 'off',
    // A region that scrolls needs the keyboard.
    'prefer-native-element': 'off',
  },
});

async function read(source: ReportSource): Promise<{ text: string; document: Parsed }> {
  const text = renderHtml(source, PLOT_STYLE, "default-src 'none'");
  const report = await validator.validateString(text);
  const messages = report.results.flatMap((result) =>
    result.messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
  );
  expect(messages).toEqual([]);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_REPORT_BYTES);
  const { document } = parseHTML(text);
  return { text, document };
}

describe('the HTML report', () => {
  test('has the sentence, five plots with words and table, the evidence and how to repeat it', async () => {
    const source = plainSource();
    const { document } = await read(source);
    expect(document.querySelector('h1')?.textContent).toBe(sentenceOf(source.facts));
    const first = [...document.querySelectorAll('figure svg')].slice(0, 5);
    expect(first).toHaveLength(5);
    for (const figure of document.querySelectorAll('figure')) {
      expect(figure.querySelector('figcaption p')?.textContent).not.toBe('');
      expect(figure.querySelectorAll('details table tbody tr').length).toBeGreaterThan(0);
    }
    const heads = [...document.querySelectorAll('h2')].map((head) => head.textContent);
    expect(heads).toEqual(
      expect.arrayContaining(['Probes', 'What was measured against what', 'How to repeat it']),
    );
    const code = [...document.querySelectorAll('pre')].map((pre) => pre.textContent);
    expect(code.join()).toContain('curl -sS "$PLIMSOLL_URL/v1/searches"');
  });

  test('of a mix it has the numbers of each part, at a load that it names', async () => {
    const request = WORKLOADS.demo;
    const workload = {
      kind: 'mix',
      arrivals: request.arrivals,
      parts: [
        { name: 'chat', weight: 0.7, request },
        {
          name: 'rag',
          weight: 0.3,
          request: { ...request, inputTokens: { kind: 'fixed', tokens: 900 } },
        },
      ],
    } as const;
    const { question, result, probes, tails } = measure({
      tiers: { slo: 'p90(ttft) < 300 ms' },
      change: { workload, budget: { loadSeconds: 30, requests: 1e6, outputTokens: 1e8 } },
    });
    const plain = plainSource();
    const facts = { ...plain.facts, question, ...(result !== undefined && { result }) };
    const { document } = await read({ ...plain, facts, probes, tails });
    const rows = [...document.querySelectorAll('#parts tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(rows.map(([part, share]) => [part, share])).toEqual([
      ['chat', '70 %'],
      ['rag', '30 %'],
    ]);
    expect(rows[1]?.at(-1)).toMatch(/^900, \d/);
    for (const row of rows) expect(row[5]).toMatch(/\d+ ms, \d+ ms/);
    expect(document.querySelector('#parts .note')?.textContent).toMatch(/at \d+ streams/);
  });

  test('of many tiers and probes it leaves out what says least, and says so', async () => {
    const make = PLOT_STATES['ten tiers'];
    if (make === undefined) throw new Error('ten tiers are drawn');
    const { question, state, result, probes, tails } = make();
    const plain = plainSource();
    const { result: __, ...facts } = plain.facts;
    const known = result === undefined ? {} : { result };
    const of = (times: number): ReportSource => ({
      ...plain,
      facts: { ...facts, question, state, ...known },
      probes: Array.from({ length: times }, () => probes)
        .flat()
        .map((probe, i) => ({ ...probe, probe: i })),
      tails,
    });
    const many = await read(of(40));
    const said = many.document.querySelector('#left-out')?.textContent;
    expect(said).toContain('plots only for');
    expect(said).toMatch(/the last \d+ of \d+ probes/);
    expect(many.document.querySelectorAll('#evidence tbody tr').length).toBeGreaterThan(20);
    expect((await read(plainSource())).document.querySelector('#left-out')).toBeNull();
  });

  test('fetches nothing and runs nothing', async () => {
    const { document } = await read(plainSource());
    expect([...document.querySelectorAll('script, img, link, iframe, object, form')]).toEqual([]);
    const references = [...document.querySelectorAll('*')].flatMap((element) =>
      [...element.attributes].filter(({ name }) => /^(on|style$|src$|href$|xlink)/.test(name)),
    );
    expect(references).toEqual([]);
    expect(document.querySelectorAll('style')).toHaveLength(1);
  });

  test('hostile names are text', async () => {
    const { document, text } = await read(hostileSource());
    expect([...document.querySelectorAll('script, img')]).toEqual([]);
    expect(text).not.toContain('<img');
    expect(document.body.textContent).toContain(HOSTILE.slice(0, 40));
  });

  test.each(Object.entries(PLOT_STATES))('is valid of: %s', async (_, make) => {
    const { question, state, result, probes, tails } = make();
    const plain = plainSource();
    const { result: __, ...facts } = plain.facts;
    const known = result === undefined ? {} : { result };
    await read({ ...plain, facts: { ...facts, question, state, ...known }, probes, tails });
  });
});
