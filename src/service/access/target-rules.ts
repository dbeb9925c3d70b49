/**
 * Which targets an operator allows: by name, by port, and by where the name leads. All three must agree,
 * and every address that the name has must be allowed: load may go to any of them.
 */
import { isLoopback, refusedClass } from './address-class.ts';
import { type IpAddress, type IpRange, isInRange } from './ip-address.ts';

export interface TargetRule {
  /** Patterns of host names; none: only addresses written as such. */
  readonly hosts: readonly HostPattern[];
  readonly ports: readonly PortRange[];
  /** None: any address but loopback and those that are never loaded. */
  readonly addresses: readonly IpRange[];
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Without rules, this machine's loopback on any port. */
export type TargetRules =
  | { readonly kind: 'loopback_only' }
  | { readonly kind: 'allow_list'; readonly rules: readonly TargetRule[] };

export const LOOPBACK_ONLY: TargetRules = { kind: 'loopback_only' };

/** `vllm-*.gpu.example.com`: `*` within one label, a leading `**.` for any depth of names below. */
export interface HostPattern {
  readonly text: string;
  readonly pattern: RegExp;
}

export interface NamedTarget {
  /** As the URL parser writes it, without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

const HOST_TEXT = /^(?:\*\*\.)?[a-z0-9*_-]+(?:\.[a-z0-9*_-]+)*$/;

export function parseHostPattern(text: string): HostPattern | undefined {
  if (!HOST_TEXT.test(text)) return undefined;
  const deep = text.startsWith('**.');
  const labels = (deep ? text.slice(3) : text)
    .split('.')
    .map((label) => label.replaceAll(/\*+/g, '[^.]*'));
  return { text, pattern: new RegExp(`^${deep ? '(?:[^.]+\\.)+' : ''}${labels.join('\\.')}$`) };
}

/** `8000` or `8000-8010`. */
export function parsePorts(text: string): PortRange | undefined {
  const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return from !== '' && first >= 1 && first <= last && last <= 65_535 ? { first, last } : undefined;
}

/** Undefined when the target may be loaded at this address, else what would be allowed. */
export function targetRefusal(
  rules: TargetRules,
  target: NamedTarget,
  addresses: readonly IpAddress[],
): string | undefined {
  const never = addresses.map(refusedClass).find((found) => found !== undefined);
  if (never !== undefined) return `an address that may be loaded, never ${never}`;
  if (rules.kind === 'loopback_only') {
    return addresses.every(isLoopback) ? undefined : 'a loopback address (127.0.0.0/8 or ::1)';
  }
  const named = rules.rules.filter((rule) => isNamed(rule, target));
  if (named.length === 0) return 'a host that the operator allows';
  const onPort = named.filter(({ ports }) =>
    ports.some(({ first, last }) => target.port >= first && target.port <= last),
  );
  if (onPort.length === 0) return 'a port that the operator allows on this host';
  return onPort.some((rule) => addresses.every((ip) => isAddressAllowed(rule, ip)))
    ? undefined
    : 'a host whose every address the operator allows';
}

function isNamed({ hosts, addresses }: TargetRule, { host, isAddress }: NamedTarget): boolean {
  if (hosts.length === 0) return isAddress && addresses.length > 0;
  // A dot at the end is the same name, written to the root.
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.some(({ pattern }) => pattern.test(name));
}

function isAddressAllowed({ addresses }: TargetRule, ip: IpAddress): boolean {
  if (addresses.length === 0) return !isLoopback(ip);
  return addresses.some((range) => isInRange(ip, range));
}
