/**
 * Identity tokens of CI systems (OpenID Connect): who signed it, for whom, until when, and whether its
 * claims are those that the operator lets in. Only signatures with a public key count: with a shared
 * secret, or none, anybody who knows the issuer's public key could sign.
 */
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { err, ok, type Result } from '../../core/base/result.ts';
import { createIssuerKeys, type IssuerKeys, IssuerUnavailable, type JwksLimits } from './jwks.ts';
import type { ClaimRule, IssuerRule } from './operator.ts';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks of two machines; tokens of CI systems live for minutes. */
const CLOCK_TOLERANCE_S = 30;
/** A token that lives longer than a day is no token of a job. */
const MAX_TOKEN_AGE_S = 86_400;
/** All headers of a request may have 16 KiB. */
const MAX_TOKEN_CHARS = 12_000;
const MAX_SUBJECT_CHARS = 256;

export interface TokenHolder {
  readonly rule: IssuerRule;
  readonly subject: string;
}

export interface TokenRefusal {
  readonly kind: 'bad_token' | 'issuer_unavailable';
  readonly detail: string;
}

export interface TokenVerifier {
  verify(token: string, rules: readonly IssuerRule[]): Promise<Result<TokenHolder, TokenRefusal>>;
}

export function createTokenVerifier(limits?: JwksLimits): TokenVerifier {
  /** One for each issuer of the operator's file, kept when the file is read again. */
  const issuers = new Map<string, IssuerKeys>();
  const keysOf = ({ issuer, jwksUri }: IssuerRule): IssuerKeys => {
    const name = `${issuer} ${jwksUri ?? ''}`;
    const keys = issuers.get(name) ?? createIssuerKeys(issuer, jwksUri, limits);
    issuers.set(name, keys);
    return keys;
  };
  return {
    async verify(token, rules) {
      const issuer = issuerOf(token);
      const fitting = rules.filter((rule) => rule.issuer === issuer);
      const [first] = fitting;
      if (first === undefined) return bad('no issuer that this service trusts signed the token');
      let why = '';
      // Rules of one issuer may differ in audience, so each is a question of its own.
      for (const rule of fitting) {
        try {
          const { payload } = await jwtVerify(token, keysOf(rule).getKey, {
            issuer: rule.issuer,
            audience: rule.audience,
            algorithms: ALGORITHMS,
            clockTolerance: CLOCK_TOLERANCE_S,
            maxTokenAge: MAX_TOKEN_AGE_S,
            requiredClaims: ['exp', 'iat', 'sub'],
          });
          const missed = rule.claims.find((claim) => !claimFits(claim, payload));
          if (missed !== undefined) {
            why = `the claim ${missed.claim} is not one that is let in`;
            continue;
          }
          const { sub = '' } = payload;
          if (sub === '' || sub.length > MAX_SUBJECT_CHARS)
            return bad('the token has no usable sub');
          return ok({ rule, subject: sub });
        } catch (error) {
          if (error instanceof IssuerUnavailable || error instanceof errors.JWKSTimeout) {
            return err({ kind: 'issuer_unavailable', detail: error.message });
          }
          why = reasonOf(error);
        }
      }
      return bad(why);
    },
  };
}

/** Unverified: it only says whose keys to ask, among issuers that the operator named. */
function issuerOf(token: string): string | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function claimFits({ claim, patterns }: ClaimRule, payload: JWTPayload): boolean {
  if (!Object.hasOwn(payload, claim)) return false;
  const value = payload[claim];
  const simple =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return simple && patterns.some((pattern) => pattern.test(String(value)));
}

/** In our words: the library's may quote the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the claim ${error.claim} is not as it must be`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no key of that id';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'its signature is of a kind that is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it is no token that can be read';
}

function bad(detail: string): Result<never, TokenRefusal> {
  return err({ kind: 'bad_token', detail });
}
