/** Identity tokens against a real issuer on a socket: what is let in, what is refused and why. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IssuerRule } from '../../../src/service/access/operator.ts';
import { parseOperatorFile } from '../../../src/service/access/operator-file.ts';
import { createTokenVerifier, type TokenVerifier } from '../../../src/service/access/token.ts';
import { AUDIENCE, type Issuer, startIssuer } from './issuer.ts';

const COOLDOWN_MS = 40;
let issuer: Issuer;
let verifier: TokenVerifier;
beforeEach(async () => {
  issuer = await startIssuer();
  verifier = createTokenVerifier({ timeoutMs: 1_000, cooldownMs: COOLDOWN_MS });
});
afterEach(() => issuer.close());

function rules(more = ''): readonly IssuerRule[] {
  const read = parseOperatorFile(`
oidc:
  - caller: ci
    issuer: ${issuer.url}
    audience: ${AUDIENCE}
    scopes: [run]
    claims: { repository: 'acme/*', ref: [refs/heads/main, 'refs/tags/*'] }
${more}`);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value.issuers;
}

const verify = (token: string, more = '') => verifier.verify(token, rules(more));
const inMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a good token says whose it is; the keys are fetched once', async () => {
  for (let i = 0; i < 5; i++) {
    expect(await verify(await issuer.token())).toMatchObject({
      ok: true,
      value: { rule: { caller: 'ci' }, subject: 'repo:acme/llm:ref:refs/heads/main' },
    });
  }
  expect(issuer.asked).toEqual({ keys: 1, discovery: 1 });
});

test('an audience among several, a tag, and an address of keys without discovery', async () => {
  const token = await issuer.token({ aud: ['other', AUDIENCE], ref: 'refs/tags/v1' });
  expect((await verify(token)).ok).toBe(true);
  const [rule] = rules();
  if (rule === undefined) throw new Error('no rule');
  const direct = { ...rule, jwksUri: `${issuer.url}/keys` };
  expect((await verifier.verify(token, [direct])).ok).toBe(true);
  expect(issuer.asked.discovery).toBe(1);
});

describe('is refused', () => {
  const now = Math.floor(Date.now() / 1_000);
  const long = { iat: now - 90_000, exp: now + 90_000 };
  test.each([
    ['of another audience', { aud: 'somebody-else' }, /claim aud/],
    ['expired', { iat: now - 600, exp: now - 120 }, /expired/],
    ['not valid yet', { nbf: now + 600 }, /claim nbf/],
    ['of the future', { iat: now + 600 }, /claim iat/],
    ['older than a day', long, /expired|claim iat/],
    ['without an end', { exp: undefined }, /claim exp/],
    ['without a beginning', { iat: undefined }, /claim iat/],
    ['without a subject', { sub: undefined }, /claim sub/],
    ['of a subject without end', { sub: 'x'.repeat(300) }, /usable sub/],
    ['of another issuer', { iss: 'https://evil.example' }, /no issuer/],
    ['of an issuer that is nearly ours', { iss: undefined }, /no issuer/],
    ['of a fork', { repository: 'evil/llm' }, /claim repository/],
    ['of a repository with our name inside', { repository: 'acme/llm/evil' }, /claim repository/],
    ['of a branch', { ref: 'refs/heads/evil' }, /claim ref/],
    ['with a claim missing', { ref: undefined }, /claim ref/],
    ['with a claim of another shape', { repository: ['acme/llm'] }, /claim repository/],
  ])('a token %s', async (_, change, why) => {
    const refused = await verify(await issuer.token(change));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'bad_token' } });
    expect(refused.ok || refused.error.detail).toMatch(why);
  });

  test.each([
    ['none', /not allowed|read/],
    ['hs256_with_public_key', /not allowed/],
    ['own_key', /signature is wrong/],
    ['own_key_in_header', /no key of that id/],
  ] as const)('a forged one: %s', async (kind, why) => {
    const refused = await verify(await issuer.forged(kind));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'bad_token' } });
    expect(refused.ok || refused.error.detail).toMatch(why);
  });

  test.each(['', 'a.b.c', '..', `${'x'.repeat(20_000)}.y.z`])('what is no token', async (text) => {
    expect(await verify(text)).toMatchObject({ ok: false, error: { kind: 'bad_token' } });
    expect(issuer.asked.keys).toBe(0);
  });
});

test('a second rule of the same issuer may have another audience', async () => {
  const second = `
  - caller: night
    issuer: ${issuer.url}
    audience: night
    scopes: [read]
    claims: { repository: acme/llm }`;
  const found = await verify(await issuer.token({ aud: 'night', ref: 'refs/heads/x' }), second);
  expect(found).toMatchObject({ ok: true, value: { rule: { caller: 'night' } } });
});

test('a rotated key is found after the pause, and the old one is gone', async () => {
  const old = await issuer.token();
  expect((await verify(old)).ok).toBe(true);
  await issuer.rotate();
  const fresh = await issuer.token();
  // More than 50 ms: the pause itself is what is tested.
  await inMs(2 * COOLDOWN_MS);
  expect((await verify(fresh)).ok).toBe(true);
  expect(await verify(old)).toMatchObject({ ok: false });
});

test('a flood of made-up key ids asks the issuer hardly more than once', async () => {
  verifier = createTokenVerifier({ timeoutMs: 1_000, cooldownMs: 60_000 });
  expect((await verify(await issuer.token())).ok).toBe(true);
  const tokens = await Promise.all(
    Array.from({ length: 200 }, (_, i) => issuer.token({}, { kid: `made-up-${i}` })),
  );
  const results = await Promise.all(tokens.map((token) => verify(token)));
  expect(results.every(({ ok }) => !ok)).toBe(true);
  expect(issuer.asked.keys).toBe(1);
});

describe('an issuer that does not tell its keys is not the fault of the token', () => {
  test.each([
    ['an error', (answer) => answer.writeHead(500).end('no')],
    ['a redirect', (answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['no JSON', (answer) => answer.end('<html>')],
    ['no key set', (answer) => answer.end('{"keys":7}')],
    ['a body without end', (answer) => answer.end(`{"keys":[],"x":"${'y'.repeat(400_000)}"}`)],
    ['silence', () => undefined],
  ] as const satisfies readonly (readonly [string, Issuer['misbehave'] & object])[])(
    '%s',
    async (_, misbehave) => {
      verifier = createTokenVerifier({ timeoutMs: 200, cooldownMs: 60_000 });
      issuer.misbehave = misbehave;
      const token = await issuer.token();
      for (let i = 0; i < 20; i++) {
        expect(await verify(token)).toMatchObject({
          ok: false,
          error: { kind: 'issuer_unavailable' },
        });
      }
      // Not again for every token.
      expect(issuer.asked.keys).toBe(1);
    },
  );
});
