/**
 * Who calls? A key of ours, a token of a CI system, or, as long as the operator has named neither, whoever
 * is on this machine. One answer for what is missing, malformed or unknown: a stranger learns nothing.
 */

import { err, ok, type Result } from '../../core/base/result.ts';
import type { QuestionLimits } from '../../core/policy/question-defaults.ts';
import { findKey, isKeyForm } from './key.ts';
import { type Grant, needsCredentials, type Operator } from './operator.ts';
import { SCOPES, type Scope } from './scope.ts';
import type { TokenVerifier } from './token.ts';

export interface Caller {
  /** Idempotency keys are kept by it: `ci`, `github:repo:acme/llm:ref:refs/heads/main`, `anonymous`. */
  readonly name: string;
  readonly via: 'local' | 'key' | 'token';
  readonly scopes: readonly Scope[];
  /** Of one search; no request raises them. */
  readonly ceilings: Partial<QuestionLimits>;
}

export interface CallerRefusal {
  readonly kind: 'unauthenticated' | 'issuer_unavailable';
  readonly detail: string;
}

export type IdentifyCaller = (
  authorization: string | undefined,
) => Promise<Result<Caller, CallerRefusal>>;

export const LOCAL_CALLER: Caller = {
  name: 'anonymous',
  via: 'local',
  scopes: SCOPES,
  ceilings: {},
};

const BASIC_USER_AND_KEY = /^[^:]*:(.*)$/s;

export function createIdentifyCaller(
  operator: () => Operator,
  tokens: TokenVerifier,
  wallMs: () => number,
): IdentifyCaller {
  return async (authorization) => {
    const { keys, issuers } = operator();
    if (!needsCredentials(operator())) return ok(LOCAL_CALLER);
    const presented = credentialIn(authorization);
    if (presented === undefined)
      return stranger('Send `Authorization: Bearer` with a key or token.');
    if (isKeyForm(presented)) {
      const key = findKey(keys, presented);
      if (key === undefined) return stranger('The key is unknown.');
      if (key.expiresAtMs !== undefined && key.expiresAtMs <= wallMs()) {
        return stranger('The key has expired.');
      }
      return ok({ ...partsOf(key), name: key.caller, via: 'key' });
    }
    if (presented.split('.').length !== 3) return stranger('This is neither a key nor a token.');
    const holder = await tokens.verify(presented, issuers);
    if (!holder.ok) {
      const { kind, detail } = holder.error;
      return kind === 'bad_token'
        ? stranger(`The token is refused: ${detail}.`)
        : err({ kind, detail: `${detail}.` });
    }
    const { rule, subject } = holder.value;
    return ok({ ...partsOf(rule), name: `${rule.caller}:${subject}`, via: 'token' });
  };
}

/**
 * The grant behind a caller's name, which is its rule's name with the subject of a token behind a colon.
 * Undefined for `anonymous`, and for a caller that the operator has taken out since.
 */
export function grantOf({ keys, issuers }: Operator, callerName: string): Grant | undefined {
  const account = accountOf(callerName);
  return [...keys, ...issuers].find(({ caller }) => caller === account);
}

/** Quotas are kept by it: all jobs of one rule share them. */
export function accountOf(callerName: string): string {
  return callerName.split(':', 1)[0] ?? callerName;
}

function partsOf({ scopes, ceilings }: Grant): Pick<Caller, 'scopes' | 'ceilings'> {
  return { scopes, ceilings };
}

/** Bearer; and Basic with the key as password, which is what a browser can ask a person for. */
function credentialIn(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization?.trim() ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'basic':
      return BASIC_USER_AND_KEY.exec(Buffer.from(value, 'base64').toString('utf8'))?.[1];
    default:
      return undefined;
  }
}

function stranger(detail: string): Result<never, CallerRefusal> {
  return err({ kind: 'unauthenticated', detail });
}
