/**
 * The public keys of a token issuer, fetched when needed: one fetch at a time, with a deadline, a size
 * limit, no redirect, and a pause between fetches whether they work or fail. So a flood of tokens with
 * made-up key ids costs the issuer one request in a while, and us nothing else.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

export interface JwksLimits {
  readonly timeoutMs: number;
  /** Between two fetches: also how late a rotated key may be seen. */
  readonly cooldownMs: number;
}

export const JWKS_LIMITS: JwksLimits = { timeoutMs: 5_000, cooldownMs: 30_000 };
/** After a fetch that failed: an issuer that restarts is back soon. */
const RETRY_MS = 5_000;
/** Keys are taken anew after this time, so that one that was withdrawn stops working. */
const MAX_AGE_MS = 600_000;
/** Ten times the largest key set in use. */
const MAX_BYTES = 262_144;
/** Where an issuer says where its keys are (OpenID Connect Discovery 1.0, 4). */
const DISCOVERY = '/.well-known/openid-configuration';

/** The issuer cannot be asked; the token may well be good. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export interface IssuerKeys {
  readonly getKey: JWTVerifyGetKey;
}

export function createIssuerKeys(
  issuer: string,
  jwksUri: string | undefined,
  limits: JwksLimits = JWKS_LIMITS,
): IssuerKeys {
  let failedMs = Number.NEGATIVE_INFINITY;
  let found: string | undefined = jwksUri;

  const download = async (signal: AbortSignal): Promise<Response> => {
    if (performance.now() - failedMs < Math.min(RETRY_MS, limits.cooldownMs)) {
      throw new IssuerUnavailable(`${issuer} did not answer a moment ago`);
    }
    try {
      found ??= await discover(issuer, signal);
      const text = await fetchBounded(found, signal);
      // Seen here, because the library would ask again for every token.
      if (!Array.isArray(Object(JSON.parse(text)).keys)) throw new Error('no key set');
      return new Response(text);
    } catch (error) {
      failedMs = performance.now();
      found = jwksUri;
      const why = error instanceof Error ? error.message : String(error);
      throw new IssuerUnavailable(`the keys of ${issuer} cannot be read: ${why}`);
    }
  };
  const remote = createRemoteJWKSet(new URL(jwksUri ?? `${issuer}${DISCOVERY}`), {
    timeoutDuration: limits.timeoutMs,
    cooldownDuration: limits.cooldownMs,
    cacheMaxAge: MAX_AGE_MS,
    // The library's own address is a name only: where the keys are may have to be asked first.
    [customFetch]: (_url, { signal }) => download(signal),
  });
  return { getKey: remote };
}

async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}${DISCOVERY}`;
  const document: unknown = JSON.parse(await fetchBounded(url, signal));
  const { issuer: told, jwks_uri: uri } = Object(document);
  if (told !== issuer) throw new Error('its discovery document names another issuer');
  const keys = typeof uri === 'string' ? URL.parse(uri) : null;
  const plain = keys?.protocol === 'http:' && new URL(issuer).protocol === 'http:';
  if (keys === null || (keys.protocol !== 'https:' && !plain)) {
    throw new Error('its discovery document names no https address of keys');
  }
  return keys.href;
}

async function fetchBounded(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, {
    signal,
    redirect: 'manual',
    headers: { accept: 'application/json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
