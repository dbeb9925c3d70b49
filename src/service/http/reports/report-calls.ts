/**
 * The report of a search or gate in the format that is asked for, by `?format=` or by `Accept`. It is
 * made when it is read, also of one that still runs: it then says so. `Prefer: wait` holds the call.
 */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import {
  REPORT_FORMATS,
  REPORT_MEDIA_TYPES,
  REPORT_TYPE_PARAMETERS,
  type ReportFormat,
} from '../../../view/export/format-names.ts';
import { MAX_PLOTTED_TIERS } from '../../../view/report/plotted-tiers.ts';
import type { CallParts } from '../handlers.ts';
import { invalid, Problem } from '../problem.ts';
import { reportQuery } from '../queries.ts';
import { readQuery, readWait } from '../read-query.ts';
import { etagOf, holdUntilEnded, matchesEtag } from '../searches/answer-search.ts';
import type { Resource } from '../searches/resource.ts';
import { findCourse } from '../searches/search-calls.ts';
import { gatherReport } from './gather-report.ts';
import { preferredType } from './negotiate.ts';
import type { ReportStyle } from './report-policy.ts';

const EXTENSIONS: Readonly<Record<ReportFormat, string>> = {
  html: 'html',
  markdown: 'md',
  junit: 'xml',
  csv: 'csv',
  openmetrics: 'txt',
  'github-benchmark': 'json',
  bmf: 'json',
  'benchmark-report': 'json',
};
/** JSON is three formats: none of them is what a caller means who asks for no more than JSON. */
const BY_ACCEPT = REPORT_FORMATS.filter(
  (format) => REPORT_MEDIA_TYPES[format] !== 'application/json',
);

export async function readReport(
  c: Context,
  parts: CallParts,
  resource: Resource,
  style: ReportStyle,
): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, reportQuery, faults);
  const waitSeconds = readWait(c.req.raw.headers, faults);
  if (query === undefined || faults.length > 0) throw invalid(faults);
  const found = await findCourse(c, parts, resource);
  c.header('vary', 'Accept');
  const format = query.format ?? acceptedFormat(c.req.header('accept'));
  faults.push(...misplaced(format, query.inconclusive, query.probe));
  if (faults.length > 0) throw invalid(faults);
  const record = await holdUntilEnded(c, parts.searches, parts.waiters, found, {
    waitSeconds,
    signal: c.req.raw.signal,
  });
  // Another version of the program writes another file of the same search.
  const variant = [format, query.inconclusive, query.probe].filter((part) => part !== undefined);
  const etag = `W/${etagOf(record).slice(0, -1)}-${variant.join('-')}-${parts.version}"`;
  c.header('etag', etag);
  if (matchesEtag(c.req.header('if-none-match'), etag.slice(2))) return c.body(null, 304);

  const drawn = record.question.tiers.slice(0, MAX_PLOTTED_TIERS).map((tier) => tier.name);
  const source = await gatherReport(parts.searches, record, format === 'html' ? drawn : []);
  if (query.probe !== undefined && !source.probes.some((one) => one.probe === query.probe)) {
    throw invalid([fault('probe', 'the number of a finished probe', String(query.probe))]);
  }
  // The writers bring the library of the plots, tens of megabytes: loaded at the first report.
  const { renderReport } = await import('../../../view/export/formats.ts');
  const text = renderReport(format, source, {
    style: style.text,
    policy: style.policy,
    inconclusive: query.inconclusive ?? 'error',
    probe: query.probe,
  });
  const name = `plimsoll-${record.id}.${EXTENSIONS[format]}`;
  return c.body(text, 200, {
    'content-type': `${REPORT_MEDIA_TYPES[format]}${REPORT_TYPE_PARAMETERS[format]}`,
    'content-disposition': `inline; filename="${name}"`,
    'cache-control': 'no-cache',
  });
}

function acceptedFormat(accept: string | undefined): ReportFormat {
  const types = BY_ACCEPT.map((format) => REPORT_MEDIA_TYPES[format]);
  const type = preferredType(accept, types);
  const format = BY_ACCEPT.find((each) => REPORT_MEDIA_TYPES[each] === type);
  if (format === undefined) {
    throw new Problem('not_acceptable', {
      headers: { vary: 'Accept' },
      detail: `By Accept there is ${types.join(', ')}; by ?format= there is ${REPORT_FORMATS.join(', ')}.`,
    });
  }
  return format;
}

/** A parameter of one format given for another would be taken for an answer that it is not. */
function misplaced(
  format: ReportFormat,
  inconclusive: string | undefined,
  probe: number | undefined,
): Fault[] {
  const faults: Fault[] = [];
  if (inconclusive !== undefined && format !== 'junit') {
    faults.push(fault('inconclusive', 'only with format=junit', inconclusive));
  }
  if (probe !== undefined && format !== 'benchmark-report') {
    faults.push(fault('probe', 'only with format=benchmark-report', String(probe)));
  }
  return faults;
}

function fault(name: string, expected: string, received: string): Fault {
  return { pointer: `query:${name}`, code: 'invalid_value', expected, received };
}
