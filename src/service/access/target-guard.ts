/**
 * May this target be loaded? The name is resolved once, every address it resolves to must be allowed, and
 * load goes only to an address that was checked, so a name that changes its mind later changes nothing.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { isLoopback } from './address-class.ts';
import { type IpAddress, ipText, parseIp } from './ip-address.ts';
import { LOOPBACK_ONLY, type TargetRules, targetRefusal } from './target-rules.ts';

/** All addresses of a host name; rejects when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface AllowedTarget {
  /** The address to connect to. */
  readonly address: string;
  /** All that the name stands for, `address` first: a server may listen on one family only. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Equal for targets that are one machine and port, whatever they are called. */
  readonly key: string;
}

const POINTER = '/target/base_url';
const MAX_RECEIVED = 200;
/** A resolver that says nothing for this long does not know the name. */
const RESOLVE_TIMEOUT_MS = 5_000;
/** A name with more addresses is no single target; a hostile one could have thousands. */
const MAX_ADDRESSES = 64;

export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return found.map((entry) => entry.address);
};

export async function checkTargetAllowed(
  baseUrl: string,
  resolve: Resolve,
  rules: TargetRules = LOOPBACK_ONLY,
): Promise<Result<AllowedTarget, Fault[]>> {
  // The URL parser brings decimal, octal, hexadecimal and short IPv4 forms to dotted quads.
  const url = URL.parse(baseUrl);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return refuse('target_not_a_url', 'an http or https URL', baseUrl);
  }
  if (url.username !== '' || url.password !== '') {
    const expected = 'a URL without credentials (use api_key_ref)';
    return refuse('target_has_credentials', expected, url.host);
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse('target_not_a_url', 'a URL without query and fragment', baseUrl);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isAddress = isIP(host) !== 0;
  const told = isAddress ? [host] : await resolveInTime(host, resolve);
  if (told.length === 0) return refuse('target_unresolvable', 'a host name that resolves', host);
  if (told.length > MAX_ADDRESSES) {
    const expected = `a host name of at most ${MAX_ADDRESSES} addresses`;
    return refuse('target_not_allowed', expected, `${host}, which has ${told.length}`);
  }
  const checked: IpAddress[] = [];
  for (const text of told) {
    const ip = parseIp(text);
    // An address with a zone (`fe80::1%eth0`) is link-local or a trick.
    if (ip === undefined) {
      return refuse('target_not_allowed', 'an address without a zone', `${host}, which is ${text}`);
    }
    checked.push(ip);
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const expected = targetRefusal(rules, { host, isAddress, port }, checked);
  if (expected !== undefined) {
    const where = isAddress ? host : `${host}, which is ${checked.map(ipText).join(' and ')}`;
    return refuse('target_not_allowed', expected, `${where}, port ${port}`);
  }
  return allowed(checked, port);
}

function allowed(checked: readonly IpAddress[], port: number): Result<AllowedTarget, Fault[]> {
  const addresses = checked.map(ipText);
  const [address = ''] = addresses;
  // All of 127.0.0.0/8 and ::1 are this machine. Others are known by their lowest address: a name that
  // gives its addresses in another order each time stays one target.
  const machine = checked.every(isLoopback) ? 'loopback' : (addresses.toSorted()[0] ?? '');
  return ok({ address, addresses, port, key: `${machine} ${port}` });
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

function refuse(code: string, expected: string, received: string): Result<never, Fault[]> {
  return err([{ pointer: POINTER, code, expected, received: received.slice(0, MAX_RECEIVED) }]);
}
