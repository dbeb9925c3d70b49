/**
 * zod's issues as faults: one per key, each with what was expected and what came. Values that may be
 * secrets are never quoted back.
 */
import type { z } from 'zod';
import type { Fault } from '../base/fault.ts';
import { shorten } from './slo-fault.ts';

type Issue = z.core.$ZodIssue;

/** Keys whose values people fill with the secret itself by mistake. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['api_key_ref', 'base_url']);

export function shapeFaults(issues: readonly Issue[], given: unknown): Fault[] {
  return issues.flatMap((issue) => faultsOf(issue, [], given));
}

/** RFC 6901. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** What came, as short JSON. */
export function received(value: unknown): string {
  return value === undefined ? 'nothing' : shorten(JSON.stringify(value) ?? typeof value);
}

/** The value at a path, through plain objects and lists only. */
export function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function faultsOf(issue: Issue, prefix: readonly PropertyKey[], given: unknown): Fault[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      code: 'unknown_key',
      expected: 'only the documented keys',
      received: shorten(key),
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors, valueAt(given, path));
    if (branch !== undefined) return branch.flatMap((inner) => faultsOf(inner, path, given));
  }
  const value = valueAt(given, path);
  const isSecret = SECRET_KEYS.has(String(path.at(-1)));
  const quoted =
    isSecret && typeof value === 'string' ? 'a text (not repeated here)' : received(value);
  return [{ pointer: pointerOf(path), ...codeOf(issue, value), received: quoted }];
}

/** The alternative that was meant: right kind of value at the top, and least wrong inside. */
function likeliestBranch(
  branches: readonly (readonly Issue[])[],
  value: unknown,
): readonly Issue[] | undefined {
  const meant = branches.filter((issues) => !issues.some((issue) => isOtherKind(issue, value)));
  const known = meant.filter((issues) => !issues.some(isForeignKey));
  return [...(known.length > 0 ? known : meant)].sort((a, b) => a.length - b.length)[0];
}

/** A text was possible where an object came, or any other type than the one that came. */
function isOtherKind(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && isObject(value));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isForeignKey(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'unrecognized_keys';
}

function codeOf(issue: Issue, value: unknown): Pick<Fault, 'code' | 'expected'> {
  switch (issue.code) {
    case 'invalid_type':
      return {
        code: value === undefined ? 'missing_key' : 'wrong_type',
        expected: TYPE_WORDS[issue.expected] ?? issue.expected,
      };
    case 'invalid_union':
      return { code: value === undefined ? 'missing_key' : 'wrong_type', expected: issue.message };
    case 'invalid_value':
      return {
        code: value === undefined ? 'missing_key' : 'invalid_value',
        expected: `one of ${issue.values.map(String).join(', ')}`,
      };
    case 'too_small':
    case 'too_big':
      return sizeFault(issue);
    case 'invalid_format':
      return { code: 'invalid_format', expected: FORMAT_WORDS[issue.format] ?? issue.message };
    case 'invalid_key':
      return { code: 'invalid_key', expected: KEY_WORDS };
    default:
      return { code: 'invalid_value', expected: issue.message };
  }
}

function sizeFault(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig) {
  const isNumber = ['number', 'int', 'bigint'].includes(issue.origin);
  const edge = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const strict = issue.code === 'too_small' ? 'above' : 'below';
  const inclusive = issue.code === 'too_small' ? 'at least' : 'at most';
  const words = `${issue.inclusive === false ? strict : inclusive} ${edge}`;
  const unit = UNIT_WORDS[issue.origin] ?? '';
  return { code: isNumber ? 'out_of_range' : 'wrong_length', expected: `${words}${unit}` };
}

const UNIT_WORDS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };
const KEY_WORDS = 'a key of letters, digits, `.`, `_` and `-`, at most 63 long';
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};
const FORMAT_WORDS: Readonly<Record<string, string>> = {
  datetime: 'a time with its zone, such as 2026-11-24T02:00:00Z',
  regex: 'letters, digits, `.`, `_` and `-`; for a key reference `env:NAME` or `file:/path`',
};
