/**
 * Reads the operator's file. A wall with a hole that nobody meant is worse than none, so nothing is
 * guessed: unknown keys are faults, and all faults come at once, each with its line and column.
 */
import { LineCounter } from 'yaml';
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { locate } from '../../core/policy/policy-place.ts';
import type { QuestionLimits } from '../../core/policy/question-defaults.ts';
import { readYaml } from '../../core/policy/read-yaml.ts';
import { shapeFaults } from '../../core/policy/shape-faults.ts';
import { parseIpRange } from './ip-address.ts';
import {
  type ClaimRule,
  type Grant,
  type IssuerRule,
  type KeyRule,
  NO_OPERATOR,
  type Operator,
} from './operator.ts';
import { type OperatorContent, operatorSchema } from './operator-schema.ts';
import { LOOPBACK_ONLY, parseHostPattern, parsePorts, type TargetRules } from './target-rules.ts';

/** A thousand keys with their hashes. */
export const MAX_OPERATOR_CHARS = 524_288;

export function parseOperatorFile(text: string): Result<Operator, readonly Fault[]> {
  if (text.length > MAX_OPERATOR_CHARS) {
    const expected = `at most ${MAX_OPERATOR_CHARS} characters`;
    const received = `${text.length} characters`;
    return err([{ pointer: '', code: 'wrong_length', expected, received, line: 1, column: 1 }]);
  }
  const lines = new LineCounter();
  const read = readYaml(text, lines);
  if (!read.ok) return err(read.error.map(withoutKey));
  // An empty file is a file that allows nothing more than none.
  const given: unknown = read.value.toJS() ?? {};
  const shape = operatorSchema.safeParse(given);
  const faults = shape.success ? doubleFaults(shape.data) : shapeFaults(shape.error.issues, given);
  if (!shape.success || faults.length > 0) {
    return err(faults.map((fault) => withoutKey(locate(fault, read.value, text, lines))));
  }
  return ok(operatorOf(shape.data));
}

/** Somebody may have put the key itself where its hash belongs: it must not get into a log. */
function withoutKey(fault: Fault): Fault {
  const cut = (text: string): string => text.replaceAll(/plm_[\w-]*/g, 'plm_...');
  const received = /\/sha256(\/|$)/.test(fault.pointer)
    ? 'something else (not repeated here)'
    : cut(fault.received);
  return { ...fault, pointer: cut(fault.pointer), received };
}

/** A name stands for one caller, a key for one name: else quotas and audit lines lie. */
function doubleFaults({ keys = [], oidc = [] }: OperatorContent): Fault[] {
  const faults: Fault[] = [];
  const names = new Set<string>();
  const hashes = new Set<string>();
  const once = (seen: Set<string>, value: string, pointer: string, expected: string): void => {
    if (seen.has(value)) {
      faults.push({ pointer, code: 'not_unique', expected, received: 'one that is there before' });
    }
    seen.add(value);
  };
  for (const [list, entries] of [
    ['keys', keys],
    ['oidc', oidc],
  ] as const) {
    for (const [i, { caller }] of entries.entries()) {
      once(names, caller, `/${list}/${i}/caller`, 'a name that no other caller has');
    }
  }
  for (const [i, { sha256 }] of keys.entries()) {
    for (const hash of [sha256].flat()) {
      once(hashes, hash, `/keys/${i}/sha256`, 'a key that no other caller has');
    }
  }
  return faults;
}

function operatorOf(content: OperatorContent): Operator {
  const { secrets } = content;
  return {
    targets: targetsOf(content),
    ceilings: limitsOf(content.ceilings),
    secrets: {
      envPrefixes: secrets?.env_prefixes ?? NO_OPERATOR.secrets.envPrefixes,
      fileFolders: secrets?.file_folders ?? [],
    },
    keys: (content.keys ?? []).map(keyOf),
    issuers: (content.oidc ?? []).map(issuerOf),
    hosts: content.hosts ?? [],
  };
}

function targetsOf({ targets }: OperatorContent): TargetRules {
  if (targets === undefined) return LOOPBACK_ONLY;
  const rules = targets.map(({ hosts = [], ports, addresses = [] }) => ({
    hosts: defined(hosts.map(parseHostPattern)),
    ports: defined(ports.map((port) => parsePorts(String(port)))),
    addresses: defined(addresses.map(parseIpRange)),
  }));
  return { kind: 'allow_list', rules };
}

/** The schema has let only such through that can be read. */
function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

type Keys = NonNullable<OperatorContent['keys']>[number];
type Issuers = NonNullable<OperatorContent['oidc']>[number];

function grantOf({ caller, scopes, quotas, ceilings }: Keys | Issuers): Grant {
  return {
    caller,
    scopes,
    ceilings: limitsOf(ceilings),
    quotas: {
      ...(quotas?.searches !== undefined && { searches: quotas.searches }),
      ...(quotas?.load_seconds_per_day !== undefined && {
        loadSecondsPerDay: quotas.load_seconds_per_day,
      }),
      ...(quotas?.requests_per_day !== undefined && { requestsPerDay: quotas.requests_per_day }),
      ...(quotas?.output_tokens_per_day !== undefined && {
        outputTokensPerDay: quotas.output_tokens_per_day,
      }),
    },
  };
}

function keyOf(key: Keys): KeyRule {
  return {
    ...grantOf(key),
    hashes: [key.sha256].flat().map((hex) => Buffer.from(hex, 'hex')),
    ...(key.expires_at !== undefined && { expiresAtMs: Date.parse(key.expires_at) }),
  };
}

function issuerOf(rule: Issuers): IssuerRule {
  return {
    ...grantOf(rule),
    issuer: rule.issuer,
    audience: rule.audience,
    ...(rule.jwks_uri !== undefined && { jwksUri: rule.jwks_uri }),
    claims: Object.entries(rule.claims).map(
      ([claim, values]): ClaimRule => ({
        claim,
        patterns: [values].flat().map((value) => claimPattern(String(value))),
      }),
    ),
  };
}

/** `*` stands for any characters but a slash, so that `acme/*` is one owner's repositories. */
function claimPattern(text: string): RegExp {
  const parts = text.split(/\*+/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`);
}

function limitsOf(ceilings: OperatorContent['ceilings']): Partial<QuestionLimits> {
  if (ceilings === undefined) return {};
  const { concurrency, request_rate, load_seconds, requests, output_tokens } = ceilings;
  return {
    ...(concurrency !== undefined && { maxConcurrency: concurrency }),
    ...(request_rate !== undefined && { maxRps: request_rate }),
    ...(load_seconds !== undefined && { maxLoadSeconds: load_seconds }),
    ...(requests !== undefined && { maxRequests: requests }),
    ...(output_tokens !== undefined && { maxOutputTokens: output_tokens }),
  };
}
