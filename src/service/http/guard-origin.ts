/**
 * Who may be behind a browser? Without keys the loopback address is the only wall, and a web page in
 * somebody's browser stands inside it. So the service answers only to names that it knows (a rebound name
 * is not one) and refuses requests that a page of another origin sent.
 */
import type { ProblemCode } from './errors.ts';

export interface KnownHosts {
  /** With keys, a stranger behind a rebound name has nothing to show. */
  readonly needsCredentials: boolean;
  /** Names beside loopback; none: any, where keys are needed. */
  readonly hosts: readonly string[];
}

const LOOPBACK_ONLY: KnownHosts = { needsCredentials: false, hosts: [] };
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export function originRefusal(
  headers: Headers,
  host: string,
  known: KnownHosts = LOOPBACK_ONLY,
): ProblemCode | undefined {
  if (!isKnownHost(host, known)) return 'misdirected_request';
  const origin = headers.get('origin');
  // A proxy in front may end TLS: the page's scheme is not ours then, its name is.
  const proxied = known.needsCredentials && origin === `https://${host}`;
  const same = origin === null || origin === `http://${host}` || proxied;
  // Sent by browsers only, also where they send no origin (a link, an image, a form of another site).
  const site = headers.get('sec-fetch-site');
  const foreign = site === 'cross-site' && headers.get('sec-fetch-mode') !== 'navigate';
  return same && !foreign ? undefined : 'cross_origin';
}

/** The hosts that the service may bind to as long as it knows no keys. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isKnownHost(host: string, { needsCredentials, hosts }: KnownHosts): boolean {
  if (LOOPBACK_HOST.test(host)) return true;
  if (!needsCredentials || host === '') return false;
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return hosts.length === 0 || hosts.includes(name);
}
