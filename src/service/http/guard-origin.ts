/**
 * Without keys the loopback address is the only wall, and a web page in somebody's browser stands
 * inside it. So the service answers only to loopback host names (a rebound name is not one) and
 * refuses requests that a page of another origin sent.
 */
import type { ProblemCode } from './errors.ts';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export function originRefusal(headers: Headers, host: string): ProblemCode | undefined {
  if (!LOOPBACK_HOST.test(host)) return 'misdirected_request';
  const origin = headers.get('origin');
  if (origin === null) return undefined;
  return origin === `http://${host}` ? undefined : 'cross_origin';
}

/** The hosts that the service may bind to as long as it knows no keys. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
