/** Names and media types of the report's formats, apart from their writers: a route needs no more. */
export const REPORT_FORMATS = [
  'html',
  'markdown',
  'junit',
  'csv',
  'openmetrics',
  'github-benchmark',
  'bmf',
  'benchmark-report',
] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Three formats are JSON, which `Accept` cannot tell apart: they are asked for by name. */
export const REPORT_MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  html: 'text/html',
  markdown: 'text/markdown',
  junit: 'application/xml',
  csv: 'text/csv',
  openmetrics: 'application/openmetrics-text',
  'github-benchmark': 'application/json',
  bmf: 'application/json',
  'benchmark-report': 'application/json',
};

/** What stands behind the media type in `Content-Type`. */
export const REPORT_TYPE_PARAMETERS: Readonly<Record<ReportFormat, string>> = {
  html: '; charset=utf-8',
  markdown: '; charset=utf-8; variant=GFM',
  junit: '; charset=utf-8',
  csv: '; charset=utf-8; header=present',
  openmetrics: '; version=1.0.0; charset=utf-8',
  'github-benchmark': '',
  bmf: '',
  'benchmark-report': '',
};
