/** The operator's file: what the README shows works, all faults come at once with their place, no key is repeated. */
import { describe, expect, test } from 'vitest';
import { hashKey, makeKey } from '../../../src/service/access/key.ts';
import { NO_OPERATOR, needsCredentials } from '../../../src/service/access/operator.ts';
import {
  MAX_OPERATOR_CHARS,
  parseOperatorFile,
} from '../../../src/service/access/operator-file.ts';
import { readmeBlock } from '../../house/readme-blocks.ts';

/** `line:column pointer code` of every fault. */
function faultsOf(text: string): readonly string[] {
  const read = parseOperatorFile(text);
  if (read.ok) return [];
  return read.error.map(
    ({ line, column, pointer, code }) => `${line}:${column} ${pointer} ${code}`,
  );
}

test('the example of the README is a file that works', () => {
  const read = parseOperatorFile(readmeBlock('operator-file').text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const { targets, keys, issuers, hosts } = read.value;
  expect(targets).toMatchObject({ kind: 'allow_list', rules: [{ ports: [{}, {}] }] });
  expect(keys).toMatchObject([{ caller: 'ci', scopes: ['run'], quotas: { searches: 2 } }]);
  expect(issuers).toMatchObject([{ caller: 'github', audience: 'plimsoll' }]);
  expect(hosts).toEqual(['plimsoll.example.com']);
});

test.each(['', '# nothing\n', '{}'])('%j allows no more than no file', (text) => {
  const read = parseOperatorFile(text);
  expect(read).toEqual({ ok: true, value: NO_OPERATOR });
  expect(needsCredentials(NO_OPERATOR)).toBe(false);
});

test('everything that is wrong is told at once, where it stands', () => {
  const faults = faultsOf(`targets:
  - hosts: [vllm.svc, "a b"]
    ports: [8000, 9-1, 0, 70000]
    addresses: [10.0.0.1/8, 10.0.0.0/33, "::ffff:10.0.0.0/104"]
    color: red
  - ports: []
ceilings: { concurrency: 0, speed: 9 }
secrets: { env_prefixes: [P], file_folders: [run/secrets, /run/../etc] }
keys:
  - { caller: Ci, sha256: 12, scopes: [root] }
oidc:
  - caller: anonymous
    issuer: http://example.com
    audience: ""
    scopes: []
    claims: {}
hosts: ["https://x"]
tragets: []
`);
  expect(faults.toSorted()).toEqual(
    [
      '2:23 /targets/0/hosts/1 invalid_value',
      '3:19 /targets/0/ports/1 invalid_value',
      '3:24 /targets/0/ports/2 invalid_value',
      '3:27 /targets/0/ports/3 invalid_value',
      '4:17 /targets/0/addresses/0 invalid_value',
      '4:29 /targets/0/addresses/1 invalid_value',
      '4:42 /targets/0/addresses/2 invalid_value',
      '5:5 /targets/0/color unknown_key',
      '6:12 /targets/1/ports wrong_length',
      '7:26 /ceilings/concurrency out_of_range',
      '7:29 /ceilings/speed unknown_key',
      '8:27 /secrets/env_prefixes/0 invalid_value',
      '8:46 /secrets/file_folders/0 invalid_value',
      '8:59 /secrets/file_folders/1 invalid_value',
      '10:15 /keys/0/caller invalid_value',
      '10:27 /keys/0/sha256 wrong_type',
      '10:40 /keys/0/scopes/0 invalid_value',
      '12:13 /oidc/0/caller invalid_value',
      '13:13 /oidc/0/issuer invalid_value',
      '14:15 /oidc/0/audience wrong_length',
      '15:13 /oidc/0/scopes wrong_length',
      '16:13 /oidc/0/claims invalid_value',
      '17:9 /hosts/0 invalid_value',
      '18:1 /tragets unknown_key',
    ].toSorted(),
  );
});

describe('keys', () => {
  const key = makeKey();
  const hash = hashKey(key).toString('hex');

  test('the key itself in the place of its hash is not repeated', () => {
    const read = parseOperatorFile(`keys: [{ caller: ci, sha256: ${key}, scopes: [run] }]`);
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).not.toContain(key.slice(0, 12));
  });

  test.each([
    `keys: [{ caller: ci, sha256: ${key}, scopes: [run] }`,
    `keys: [${key}]`,
    `${key}: 1`,
    `keys:\n- caller: "${key}"`,
  ])('nor anywhere else (%#)', (text) => {
    const read = parseOperatorFile(text);
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).not.toContain(key.slice(0, 12));
  });

  test('two callers of one name or with one key are a fault', () => {
    const one = `{ caller: ci, sha256: ${hash}, scopes: [run] }`;
    expect(faultsOf(`keys:\n  - ${one}\n  - ${one}`)).toEqual([
      '3:15 /keys/1/caller not_unique',
      '3:27 /keys/1/sha256 not_unique',
    ]);
  });

  test('a caller may have two while one is replaced', () => {
    const other = hashKey(makeKey()).toString('hex');
    const read = parseOperatorFile(
      `keys: [{ caller: ci, sha256: [${hash}, ${other}], scopes: [run] }]`,
    );
    expect(read).toMatchObject({ ok: true, value: { keys: [{ hashes: [{}, {}] }] } });
  });

  test('are random', () => {
    const keys = Array.from({ length: 1_000 }, makeKey);
    expect(new Set(keys).size).toBe(1_000);
    expect(keys.every((one) => /^plm_[\w-]{43}$/.test(one))).toBe(true);
  });
});

test.each([
  ['an alias', 'a: &a [1]\nb: *a'],
  ['a key twice', 'hosts: [a]\nhosts: [b]'],
  ['no mapping', '- 1'],
  ['a tab', 'keys:\n\t- 1'],
  ['too much', `#${'x'.repeat(MAX_OPERATOR_CHARS)}`],
  ['too deep', `a: ${'['.repeat(50_000)}`],
])('%s is a fault with a place, not a crash', (_, text) => {
  expect(faultsOf(text)[0]).toMatch(/^\d+:\d+ /);
});
