/**
 * A token issuer as CI systems run one: its own keys, its discovery document and key set over HTTP on
 * loopback, tokens that it signs, and the misbehaviour that a test asks for.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';

export interface Issuer {
  readonly url: string;
  /** Requests of the key set, and of the discovery document. */
  readonly asked: { keys: number; discovery: number };
  /** What it does instead of telling its keys. */
  misbehave?: ((answer: ServerResponse) => void) | undefined;
  /** A new key, the old one gone. */
  rotate(): Promise<void>;
  /** A token of a job; `change` overrides claims, `undefined` takes them out. */
  token(change?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** The same claims, unsigned or signed as an attacker would. */
  forged(kind: 'none' | 'hs256_with_public_key' | 'own_key' | 'own_key_in_header'): Promise<string>;
  close(): Promise<void>;
}

export const AUDIENCE = 'plimsoll-test';

interface KeyPair {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let kids = 0;
async function newKey(): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = `key-${++kids}`;
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' },
  };
}

export async function startIssuer(): Promise<Issuer> {
  let key = await newKey();
  const asked = { keys: 0, discovery: 0 };
  const server = createServer((request, answer) => {
    const json = (value: unknown) => {
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(value));
    };
    if (request.url === '/.well-known/openid-configuration') {
      asked.discovery += 1;
      return json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` });
    }
    asked.keys += 1;
    if (issuer.misbehave !== undefined) return issuer.misbehave(answer);
    json({ keys: [key.jwk] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const claims = (change: Record<string, unknown>): JWTPayload => {
    const now = Math.floor(Date.now() / 1_000);
    const all: Record<string, unknown> = {
      iss: issuer.url,
      aud: AUDIENCE,
      sub: 'repo:acme/llm:ref:refs/heads/main',
      repository: 'acme/llm',
      ref: 'refs/heads/main',
      iat: now,
      exp: now + 300,
      ...change,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  };
  const sign = (by: CryptoKey | Uint8Array, change: object, header: Record<string, unknown>) =>
    new SignJWT(claims({ ...change }))
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header })
      .sign(by);

  const issuer: Issuer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    async rotate() {
      key = await newKey();
    },
    token: (change = {}, header = {}) => sign(key.privateKey, change, header),
    async forged(kind) {
      const mine = await newKey();
      switch (kind) {
        case 'none': {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
          return `${part({ alg: 'none', kid: key.kid })}.${part(claims({}))}.`;
        }
        case 'hs256_with_public_key':
          return sign(Buffer.from(await exportSPKI(key.publicKey)), {}, { alg: 'HS256' });
        case 'own_key':
          return sign(mine.privateKey, {}, {});
        case 'own_key_in_header':
          return sign(
            mine.privateKey,
            {},
            { kid: mine.kid, jwk: mine.jwk, jku: `${issuer.url}/x` },
          );
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}
