/** Every notation of an address is one number, and the classes that are never loaded hold at their edges. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLoopback, refusedClass } from '../../../src/service/access/address-class.ts';
import {
  type IpAddress,
  ipText,
  isInRange,
  parseIp,
  parseIpRange,
} from '../../../src/service/access/ip-address.ts';

function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

test('the URL parser and we agree on what an IPv6 text stands for', () => {
  // The platform writes the shortest form (RFC 5952): another road to the same address.
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = groups.map((each) => each.toString(16)).join(':');
      const told = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      const parsed = ip(text);
      expect(ip(told)).toEqual(parsed);
      expect(ip(ipText(parsed))).toEqual(parsed);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::FFFF:0a01:0203', '10.1.2.3'],
  ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
  ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
  ['::', '::'],
  ['1::', '1::'],
])('%s is %s', (text, expected) => {
  expect(ipText(ip(text))).toBe(expected);
});

test.each(['', 'x', '1.2.3', '1.2.3.4.5', '01.2.3.4', 'fe80::1%lo', '::1%', '[::1]', '1.2.3.4/8'])(
  '%j is no address',
  (text) => {
    expect(parseIp(text)).toBeUndefined();
  },
);

test.each([
  ['169.253.255.255', undefined],
  ['169.254.0.0', 'a link-local address'],
  ['169.254.255.255', 'a link-local address'],
  ['169.255.0.0', undefined],
  ['169.254.169.254', 'a cloud metadata address'],
  ['0.255.255.255', 'an unspecified address'],
  ['1.0.0.0', undefined],
  ['223.255.255.255', undefined],
  ['224.0.0.0', 'a multicast address'],
  ['239.255.255.255', 'a multicast address'],
  ['240.0.0.0', 'a broadcast or reserved address'],
  ['255.255.255.255', 'a broadcast or reserved address'],
  ['127.0.0.1', undefined],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['::2', 'an unspecified address inside an IPv6 address'],
  ['fe7f::1', undefined],
  ['febf::1', 'a link-local address'],
  ['fec0::1', 'a link-local address'],
  ['ff00::', 'a multicast address'],
  ['fd00::1', undefined],
  ['2002:a00:1::', undefined],
  ['2002:7f00:1::', 'a loopback address inside an IPv6 address'],
  ['2001:db8::5efe:169.254.1.1', 'a link-local address inside an IPv6 address'],
  ['2001:db8::200:5efe:127.0.0.1', 'a loopback address inside an IPv6 address'],
  ['64:ff9b::808:808', undefined],
])('%s: %s', (text, expected) => {
  expect(refusedClass(ip(text))).toBe(expected);
});

test('loopback is loopback in its mapped form, too', () => {
  expect(
    ['127.0.0.1', '127.255.255.254', '::ffff:127.9.9.9', '::1'].map(ip).every(isLoopback),
  ).toBe(true);
  expect(['128.0.0.1', '::', '::127.0.0.1', '64:ff9b::7f00:1'].map(ip).some(isLoopback)).toBe(
    false,
  );
});

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', '::ffff:10.0.0.1', true],
  ['10.0.0.0/8', '::a00:1', false],
  ['0.0.0.0/0', '9.9.9.9', true],
  ['::/0', '9.9.9.9', false],
  ['fd00::/8', 'fdff::1', true],
  ['10.0.0.7', '10.0.0.7', true],
  ['10.0.0.7', '10.0.0.6', false],
])('%s holds %s: %s', (range, text, expected) => {
  const parsed = parseIpRange(range);
  expect(parsed !== undefined && isInRange(ip(text), parsed)).toBe(expected);
});

test.each([
  '10.0.0.1/8',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '/8',
  '::ffff:0:0/96',
  'fd00::/129',
  '10.0.0.0/-1',
])('%s is no range', (text) => {
  expect(parseIpRange(text)).toBeUndefined();
});
