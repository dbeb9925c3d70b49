/** The handlers of reports, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import type { REPORT_ROUTES } from '../routes/reports.ts';
import { GATES, SEARCHES } from '../searches/resource.ts';
import { readReport } from './report-calls.ts';
import type { ReportStyle } from './report-policy.ts';

export function reportHandlers(
  parts: CallParts,
  style: ReportStyle,
): Handlers<typeof REPORT_ROUTES> {
  return {
    readReport: (c) => readReport(c, parts, SEARCHES, style),
    readGateReport: (c) => readReport(c, parts, GATES, style),
  };
}
