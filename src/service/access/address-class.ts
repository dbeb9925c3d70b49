/**
 * Addresses that are never loaded, whatever the operator's file says: they are no inference server, and
 * some of them hand out the credentials of the whole machine to anybody who asks.
 */
import { type IpAddress, type IpRange, isInRange, parseIpRange } from './ip-address.ts';

/** Services that answer to whoever is on the machine; most lie outside the link-local ranges. */
const METADATA = [
  '169.254.169.254', // AWS, Azure, GCP, OpenStack, DigitalOcean, Oracle
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure's wire server
  '192.0.0.192', // Oracle, first generation
  'fd00:ec2::/32', // AWS: IMDS ::254, DNS ::253, Pod Identity ::23
  'fd20:ce::254', // GCP
  'fd00:42::42', // Scaleway
  'fd00:c1::a9fe:a9fe', // Oracle
];

/** IANA special-purpose registries (RFC 6890 and later), as far as no server can live there. */
const NEVER: readonly (readonly [why: string, ranges: readonly string[]])[] = [
  ['a cloud metadata address', METADATA],
  ['a link-local address', ['169.254.0.0/16', 'fe80::/10', 'fec0::/10']],
  ['an unspecified address', ['0.0.0.0/8', '::']],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['a broadcast or reserved address', ['240.0.0.0/4']],
  // The IPv4 address inside is obfuscated, or its place depends on the network.
  ['a tunnel address', ['2001::/32', '64:ff9b:1::/48']],
];

/** Where an IPv6 address carries an IPv4 one: the range, and how many bits stand behind it. */
const CARRIERS: readonly (readonly [range: string, bitsBehind: bigint])[] = [
  ['::/96', 0n], // IPv4-compatible (RFC 4291)
  ['::ffff:0:0:0/96', 0n], // IPv4-translated (RFC 2765)
  ['64:ff9b::/96', 0n], // NAT64 (RFC 6052)
  ['2002::/16', 80n], // 6to4 (RFC 3056)
];
/** ISATAP (RFC 5214): any prefix, then 0000:5efe or 0200:5efe, then the IPv4 address. */
const ISATAP = new Set([0x0000_5efen, 0x0200_5efen]);

const neverRanges = NEVER.map(([why, ranges]) => [why, ranges.map(rangeOf)] as const);
const carrierRanges = CARRIERS.map(([range, behind]) => [rangeOf(range), behind] as const);
const loopbackRanges = ['127.0.0.0/8', '::1'].map(rangeOf);

export function isLoopback(ip: IpAddress): boolean {
  return loopbackRanges.some((range) => isInRange(ip, range));
}

/** What the address is when it may never be loaded; undefined for any other. */
export function refusedClass(ip: IpAddress): string | undefined {
  const own = classOf(ip);
  if (own !== undefined || isLoopback(ip)) return own;
  const inner = carriedIpv4(ip);
  if (inner === undefined) return undefined;
  // A translator that leads back to this machine, or to what only the translator can see.
  const carried = isLoopback(inner) ? 'a loopback address' : classOf(inner);
  return carried === undefined ? undefined : `${carried} inside an IPv6 address`;
}

function classOf(ip: IpAddress): string | undefined {
  return neverRanges.find(([, ranges]) => ranges.some((range) => isInRange(ip, range)))?.[0];
}

function carriedIpv4(ip: IpAddress): IpAddress | undefined {
  if (ip.family === 4) return undefined;
  const carrier = carrierRanges.find(([range]) => isInRange(ip, range));
  if (carrier !== undefined) return { family: 4, value: (ip.value >> carrier[1]) & 0xffff_ffffn };
  return ISATAP.has((ip.value >> 32n) & 0xffff_ffffn)
    ? { family: 4, value: ip.value & 0xffff_ffffn }
    : undefined;
}

function rangeOf(text: string): IpRange {
  const range = parseIpRange(text);
  if (range === undefined) throw new Error(`no range: ${text}`);
  return range;
}
