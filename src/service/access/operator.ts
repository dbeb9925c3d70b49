/** What the operator has decided, as the program uses it; `operator-file.ts` reads it from the file. */
import type { QuestionLimits } from '../../core/policy/question-defaults.ts';
import type { Scope } from './scope.ts';
import { DEFAULT_SECRET_RULES, type SecretRules } from './secret-ref.ts';
import { LOOPBACK_ONLY, type TargetRules } from './target-rules.ts';

export interface Operator {
  readonly targets: TargetRules;
  /** Of one search, beside those of the environment: the smaller one rules. */
  readonly ceilings: Partial<QuestionLimits>;
  readonly secrets: SecretRules;
  readonly keys: readonly KeyRule[];
  readonly issuers: readonly IssuerRule[];
  /** Host names that the service answers for beside loopback; none: any, once there are keys. */
  readonly hosts: readonly string[];
}

/** What a caller may do and use up, whichever way it shows who it is. */
export interface Grant {
  /** Its name in quotas, audit lines and idempotency keys. */
  readonly caller: string;
  readonly scopes: readonly Scope[];
  readonly quotas: Quotas;
  /** Of one search; the smaller of these and the operator's rules. */
  readonly ceilings: Partial<QuestionLimits>;
}

/** Absent: no bound beside the ceilings. A day is a day of UTC. */
export interface Quotas {
  /** Queued and running at once. */
  readonly searches?: number;
  readonly loadSecondsPerDay?: number;
  readonly requestsPerDay?: number;
  readonly outputTokensPerDay?: number;
}

export interface KeyRule extends Grant {
  /** SHA-256 of the keys, 32 bytes each; two while one is being replaced. */
  readonly hashes: readonly Buffer[];
  readonly expiresAtMs?: number;
}

export interface IssuerRule extends Grant {
  /** As the tokens say it in `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** Absent: found through the issuer's discovery document. */
  readonly jwksUri?: string;
  /** Every claim must match one of its patterns. */
  readonly claims: readonly ClaimRule[];
}

export interface ClaimRule {
  readonly claim: string;
  readonly patterns: readonly RegExp[];
}

/** Without a file: this machine's loopback, for whoever is on this machine. */
export const NO_OPERATOR: Operator = {
  targets: LOOPBACK_ONLY,
  ceilings: {},
  secrets: DEFAULT_SECRET_RULES,
  keys: [],
  issuers: [],
  hosts: [],
};

/** Does anybody have to show who they are? */
export function needsCredentials({ keys, issuers }: Operator): boolean {
  return keys.length + issuers.length > 0;
}
