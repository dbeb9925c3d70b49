/**
 * IP addresses as numbers, so that a range is a comparison and no notation of the same address is another
 * one. An IPv4-mapped address is the IPv4 address: the kernel connects to the same machine.
 */
import { isIP } from 'node:net';

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses that share the first `bits` bits. */
export interface IpRange {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
/** ::ffff:0:0/96 (RFC 4291, 2.5.5.2). */
const MAPPED_PREFIX = 0xffffn;

/** Undefined for what is no address, and for an address with a zone: that is link-local or a trick. */
export function parseIp(text: string): IpAddress | undefined {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return undefined;
  if (family === 4) return { family: 4, value: fromQuad(text) };
  const value = fromGroups(text);
  return value >> 32n === MAPPED_PREFIX
    ? { family: 4, value: value & 0xffff_ffffn }
    : { family: 6, value };
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. Undefined when it is neither, or has bits past its prefix. */
export function parseIpRange(text: string): IpRange | undefined {
  const [head = '', length, ...more] = text.split('/');
  const ip = parseIp(head);
  // A mapped range would be read with another width than it is written in.
  if (ip === undefined || more.length > 0 || (ip.family === 4 && head.includes(':'))) {
    return undefined;
  }
  const width = WIDTH[ip.family];
  if (length === undefined) return { ...ip, bits: width };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return undefined;
  const bits = Number(length);
  const rest = BigInt(width - bits);
  return (ip.value >> rest) << rest === ip.value ? { ...ip, bits } : undefined;
}

export function isInRange(ip: IpAddress, range: IpRange): boolean {
  if (ip.family !== range.family) return false;
  const rest = BigInt(WIDTH[ip.family] - range.bits);
  return ip.value >> rest === range.value >> rest;
}

/** The shortest form (RFC 5952), which the platform's URL knows how to write. */
export function ipText({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function fromQuad(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function fromGroups(text: string): bigint {
  // A dotted quad at the end stands for two groups.
  const plain = text.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes('.')) return tail;
    const quad = fromQuad(tail);
    return `${(quad >> 16n).toString(16)}:${(quad & 0xffffn).toString(16)}`;
  });
  const [left = '', right] = plain.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}
