/**
 * Which targets may be loaded: this machine's loopback and nothing else. The name is resolved once,
 * every address it resolves to must be loopback, and load goes only to an address that was checked,
 * so a name that changes its mind later changes nothing.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';

/** All addresses of a host name; rejects when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface AllowedTarget {
  /** The address to connect to. */
  readonly address: string;
  /** All that the name stands for, `address` first: a server may listen on one family only. */
  readonly addresses: readonly string[];
  readonly port: number;
}

const POINTER = '/target/base_url';
const MAX_RECEIVED = 200;
/** A resolver that says nothing for this long does not know the name. */
const RESOLVE_TIMEOUT_MS = 5_000;

/** 127.0.0.0/8 also in its IPv4-mapped form (::ffff:7f00:1), and ::1. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return found.map((entry) => entry.address);
};

export async function checkTargetAllowed(
  baseUrl: string,
  resolve: Resolve,
): Promise<Result<AllowedTarget, Fault[]>> {
  // The URL parser brings decimal, octal, hexadecimal and short IPv4 forms to dotted quads.
  const url = URL.parse(baseUrl);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return refuse('target_not_a_url', 'an http or https URL', baseUrl);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'target_has_credentials',
      'a URL without credentials (use api_key_ref)',
      url.host,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse('target_not_a_url', 'a URL without query and fragment', baseUrl);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(host) === 0 ? await resolveInTime(host, resolve) : [host];
  if (addresses.length === 0) {
    return refuse('target_unresolvable', 'a host name that resolves', host);
  }
  const outside = addresses.find((address) => !isLoopback(address));
  if (outside !== undefined) {
    const received = outside === host ? host : `${host}, which is ${outside}`;
    return refuse('target_not_allowed', 'a loopback address (127.0.0.0/8 or ::1)', received);
  }
  const checked = addresses.map(withoutMapping);
  const [address] = checked;
  if (address === undefined)
    return refuse('target_unresolvable', 'a host name that resolves', host);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return ok({ address, addresses: checked, port });
}

/** No addresses when the name is unknown or the resolver does not answer in time. */
async function resolveInTime(host: string, resolve: Resolve): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((settle) => {
    timer = setTimeout(settle, RESOLVE_TIMEOUT_MS, []);
  });
  try {
    return await Promise.race([resolve(host), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** An address with a zone (`fe80::1%eth0`) is link-local or a trick: never loopback. */
function isLoopback(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  return LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** `::ffff:7f00:1` as `127.0.0.1`: the same machine under one name. */
function withoutMapping(address: string): string {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  const [, high, low] = mapped ?? [];
  if (high === undefined || low === undefined) return address.replace(/^::ffff:(?=\d+\.)/i, '');
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

function refuse(code: string, expected: string, received: string): Result<never, Fault[]> {
  return err([{ pointer: POINTER, code, expected, received: received.slice(0, MAX_RECEIVED) }]);
}
