/** An attack table: each row is a way to name a machine that is not ours, or our own in disguise. */
import { describe, expect, test } from 'vitest';
import { checkTargetAllowed } from '../../../src/service/access/target-guard.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'six.test': ['::1'],
  'half.test': ['127.0.0.1', '10.0.0.7'],
  'rebound.test': ['169.254.169.254'],
  'mapped.test': ['::ffff:10.0.0.1'],
  'zone.test': ['fe80::1%lo'],
  'nothing.test': [],
};

async function resolve(host: string): Promise<readonly string[]> {
  const found = NAMES[host];
  if (found === undefined) throw new Error('ENOTFOUND');
  return found;
}

describe('loopback in every notation is allowed and pinned', () => {
  test.each([
    ['http://127.0.0.1:8000/v1', '127.0.0.1', 8000],
    ['http://127.255.0.9/v1', '127.255.0.9', 80],
    ['https://127.0.0.1/v1', '127.0.0.1', 443],
    ['http://127.1:81/', '127.0.0.1', 81],
    ['http://2130706433:9/', '127.0.0.1', 9],
    ['http://0x7f.0.0.1/', '127.0.0.1', 80],
    ['http://0177.0.0.1/', '127.0.0.1', 80],
    ['http://[::1]:8000/v1', '::1', 8000],
    ['http://[0:0:0:0:0:0:0:1]/v1', '::1', 80],
    ['http://[::ffff:127.0.0.1]/v1', '127.0.0.1', 80],
    ['http://[::ffff:7f00:1]/v1', '127.0.0.1', 80],
    ['http://localhost:8000/v1', '127.0.0.1', 8000],
    ['http://LOCALHOST:8000/v1', '127.0.0.1', 8000],
    ['http://localhost./v1', '127.0.0.1', 80],
    ['http://six.test/v1', '::1', 80],
  ])('%s', async (url, address, port) => {
    const allowed = await checkTargetAllowed(url, resolve);
    expect(allowed).toMatchObject({ ok: true, value: { address, port } });
    if (allowed.ok) expect(allowed.value.addresses[0]).toBe(address);
  });
});

describe('everything else is refused', () => {
  test.each([
    ['http://10.0.0.1:8000/v1', 'target_not_allowed'],
    ['http://192.168.1.1/', 'target_not_allowed'],
    ['http://169.254.169.254/latest/meta-data', 'target_not_allowed'],
    ['http://2852039166/', 'target_not_allowed'], // 169.254.169.254 as one number
    ['http://0xa9fea9fe/', 'target_not_allowed'],
    ['http://0251.0376.0251.0376/', 'target_not_allowed'],
    ['http://[::ffff:169.254.169.254]/', 'target_not_allowed'],
    ['http://[::ffff:a9fe:a9fe]/', 'target_not_allowed'],
    ['http://[64:ff9b::7f00:1]/', 'target_not_allowed'], // NAT64 of 127.0.0.1: somebody else's
    ['http://[::127.0.0.1]/', 'target_not_allowed'], // IPv4-compatible, long dead
    ['http://[fe80::1]/', 'target_not_allowed'],
    ['http://[fe80::1%25lo]/', 'target_not_a_url'],
    ['http://0.0.0.0:8000/', 'target_not_allowed'],
    ['http://0/', 'target_not_allowed'],
    ['http://[::]/', 'target_not_allowed'],
    ['http://128.0.0.1/', 'target_not_allowed'],
    ['http://126.255.255.255/', 'target_not_allowed'],
    ['http://half.test/', 'target_not_allowed'],
    ['http://rebound.test/', 'target_not_allowed'],
    ['http://mapped.test/', 'target_not_allowed'],
    ['http://zone.test/', 'target_not_allowed'],
    ['http://nothing.test/', 'target_unresolvable'],
    ['http://unknown.test/', 'target_unresolvable'],
    ['http://127.0.0.1.evil.test/', 'target_unresolvable'],
    ['http://user:secret@127.0.0.1/', 'target_has_credentials'],
    ['http://127.0.0.1@evil.test/', 'target_has_credentials'],
    ['http://127.0.0.1/v1?x=1', 'target_not_a_url'],
    ['http://127.0.0.1/v1#x', 'target_not_a_url'],
    ['ftp://127.0.0.1/', 'target_not_a_url'],
    ['file:///etc/passwd', 'target_not_a_url'],
    ['unix:/var/run/docker.sock', 'target_not_a_url'],
    ['127.0.0.1:8000', 'target_not_a_url'],
    ['', 'target_not_a_url'],
  ])('%s', async (url, code) => {
    const refused = await checkTargetAllowed(url, resolve);
    expect(refused).toMatchObject({ ok: false, error: [{ pointer: '/target/base_url', code }] });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });
});

test('the name is asked once, and the answer is what is pinned', async () => {
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  let asked = 0;
  const rebinding = async (): Promise<readonly string[]> => answers[asked++] ?? [];
  const allowed = await checkTargetAllowed('http://twice.test/', rebinding);
  expect(allowed).toMatchObject({ ok: true, value: { address: '127.0.0.1' } });
  expect(asked).toBe(1);
});
