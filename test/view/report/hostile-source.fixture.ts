/**
 * A report source in which everything that can come from outside is hostile: markup, ends of scripts and
 * of CDATA, quotes, line breaks, control characters, formulas, bars and backticks of Markdown.
 */
import { stringify } from 'yaml';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { type Measured, measure, STARTED_AT_MS } from '../measured-search.fixture.ts';

export const HOSTILE =
  "</script><img src=x onerror=alert(1)>]]>\"'`|\n\r\u0007\u202e=1+cmd|' /C calc'!A0 @here [x](http://e.example) \ud800";
/** What a spreadsheet would run. */
export const FORMULA = '=HYPERLINK("http://e.example","x")';

let kept: Measured | undefined;
export function measuredOnce(): Measured {
  kept ??= measure({
    tiers: { gold: 'p99(ttft) < 300 ms and p95(tpot) < 40 ms', silver: 'p90(e2e) < 2 s' },
    change: { budget: { loadSeconds: 60, requests: 1e6, outputTokens: 1e8 } },
  });
  return kept;
}

export function plainSource(change: Partial<ReportSource['facts']> = {}): ReportSource {
  const { question, result, probes, tails } = measuredOnce();
  return {
    facts: {
      id: 's1',
      kind: 'search',
      state: 'done',
      question,
      ...(result === undefined ? {} : { result }),
      ...change,
    },
    createdAtMs: STARTED_AT_MS,
    startedAtMs: STARTED_AT_MS,
    endedAtMs: STARTED_AT_MS + 90_000,
    provenance: {
      plimsollVersion: '0.1.0',
      nodeVersion: '24.21.0',
      resolvedAddress: '127.0.0.1',
      model: 'llama-3.1-8b',
      dialect: 'vllm',
      targetInfo: { server: 'uvicorn' },
    },
    probes,
    tails,
    repeat: repeatOf({ target: { base_url: 'http://127.0.0.1:8000/v1' } }),
  };
}

export function hostileSource(): ReportSource {
  const plain = plainSource();
  const { facts } = plain;
  const question = {
    ...facts.question,
    target: { ...facts.question.target, baseUrl: `http://127.0.0.1/${HOSTILE}`, model: HOSTILE },
    policy: FORMULA,
    labels: { commit: HOSTILE },
  };
  return {
    ...plain,
    facts: { ...facts, question, reason: HOSTILE, detail: HOSTILE },
    provenance: {
      plimsollVersion: HOSTILE,
      nodeVersion: HOSTILE,
      resolvedAddress: HOSTILE,
      model: HOSTILE,
      dialect: HOSTILE,
      targetInfo: { [HOSTILE]: HOSTILE },
    },
    probes: plain.probes.map((probe, i) => (i === 1 ? { ...probe, voided: HOSTILE } : probe)),
    repeat: repeatOf({ target: { model: HOSTILE }, labels: { commit: "it's" } }),
  };
}

function repeatOf(question: Readonly<Record<string, unknown>>): ReportSource['repeat'] {
  return { path: '/v1/searches', question, policyYaml: stringify({ name: 'again', ...question }) };
}
