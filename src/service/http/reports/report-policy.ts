/**
 * The style of the report and what the file may do in a browser. It has no script and fetches nothing;
 * its one style is a constant, allowed by its hash. The same policy stands in the file itself, for when
 * it is opened from a disk.
 */
import { createHash } from 'node:crypto';
import { secureHeaders } from 'hono/secure-headers';
import { PAGE_STYLES } from '../../../view/page/layout.ts';
import { PLOT_STYLE } from '../../../view/plots/plot-style.ts';
import { readPageFiles } from '../pages/page-files.ts';

/** On paper: everything unfolded, no plot torn apart. */
const PRINT_STYLE = `
@media print{.card,tr,pre{break-inside:avoid}.plots{grid-template-columns:minmax(0,1fr)}details::details-content{content-visibility:visible}.scroll{overflow:visible}}
`;

const REPORT_PATH = /^\/v1\/(searches|gates)\/[^/]+\/report$/;

export function isReportPath(path: string): boolean {
  return REPORT_PATH.test(path);
}

export interface ReportStyle {
  readonly text: string;
  /** Source expression of a Content-Security-Policy. */
  readonly hash: string;
  /** For the file itself. */
  readonly policy: string;
}

export function readReportStyle(): ReportStyle {
  const files = readPageFiles();
  const pages = PAGE_STYLES.map((name) => files.get(name)?.text ?? '').join('');
  const text = `${pages}${PLOT_STYLE}${PRINT_STYLE}`;
  const hash = `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; style-src ${hash}; base-uri 'none'; form-action 'none'`;
  return { text, hash, policy };
}

export function reportHeaders({ hash }: ReportStyle) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [hash],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    // The same as for the API.
    strictTransportSecurity: false,
  });
}
