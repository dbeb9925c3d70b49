/** The formats of the report: their names, their media types, and who writes them. */
import { renderHtml } from '../report/report-html.ts';
import type { ReportSource } from '../report/report-source.ts';
import { renderBenchmarkReport } from './benchmark-report.ts';
import { renderBmf, renderGithubBenchmark } from './benchmarks.ts';
import { renderCsv } from './csv.ts';
import type { ReportFormat } from './format-names.ts';
import { type Inconclusive, renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOpenmetrics } from './openmetrics.ts';

export interface ReportOptions {
  /** Of HTML: the style of the pages, and what the file may do in a browser. */
  readonly style: string;
  readonly policy: string;
  /** Of JUnit. */
  readonly inconclusive: Inconclusive;
  /** Of the benchmark report: the probe that it is about; the one behind the answer when absent. */
  readonly probe: number | undefined;
}

export function renderReport(
  format: ReportFormat,
  source: ReportSource,
  options: ReportOptions,
): string {
  switch (format) {
    case 'html':
      return renderHtml(source, options.style, options.policy);
    case 'markdown':
      return renderMarkdown(source);
    case 'junit':
      return renderJunit(source, options.inconclusive);
    case 'csv':
      return renderCsv(source);
    case 'openmetrics':
      return renderOpenmetrics(source);
    case 'github-benchmark':
      return renderGithubBenchmark(source);
    case 'bmf':
      return renderBmf(source);
    case 'benchmark-report':
      return renderBenchmarkReport(source, options.probe);
  }
}
