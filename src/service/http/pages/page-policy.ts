/**
 * What a page may do in somebody's browser: scripts and styles from our own files only, calls to this
 * service only, no frame around it, no element made from text but by the one policy of `regions.js`.
 * A label that holds `<img onerror>` is escaped where it is rendered; this is the second wall.
 */
import { secureHeaders } from 'hono/secure-headers';

/** Paths of people's pages; the API has its own policy. */
const PAGE_PATHS = /^\/($|new$|docs$|docs\/statistics$|searches\/|gates\/|page\/)/;

export function isPagePath(path: string): boolean {
  return PAGE_PATHS.test(path);
}

export function pageHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ['plimsoll'],
    },
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    // The same as for the API.
    strictTransportSecurity: false,
  });
}
