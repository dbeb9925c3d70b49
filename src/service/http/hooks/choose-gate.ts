/**
 * What a call of a hook asks: its metadata chooses among what the hook is bound to, and the rest is the
 * hook's. A choice that is left open where there are several is a fault, not a guess.
 */
import { createHash } from 'node:crypto';
import type { Fault } from '../../../core/base/fault.ts';
import { quote } from '../json-body.ts';
import type { HookBody, HookCall } from '../schemas/hook.ts';

/** The body of the gate; undefined when a choice is at fault, which is on the list then. */
export function chosenGate(bound: HookBody, call: HookCall, faults: Fault[]): object | undefined {
  const { metadata = {} } = call;
  const policy = pick('policy', bound.policies, metadata.policy, String, faults);
  const target = pick('url', bound.targets, metadata.url, ({ base_url: url }) => url, faults);
  const atLeast =
    bound.at_least === undefined
      ? unbound(metadata.at_least, faults)
      : pick('at_least', bound.at_least, metadata.at_least, String, faults);
  if (policy === undefined || target === undefined || atLeast === undefined) return undefined;
  const { name, policies: _, targets: __, at_least: ___, lease_seconds: ____, ...inline } = bound;
  return {
    ...inline,
    target,
    policy,
    ...(atLeast === 'policy' ? {} : { at_least: atLeast }),
    labels: { hook: name },
  };
}

/**
 * Names the question of a call, so that a repeated one is the same question. Canaries are known by their
 * namespace, name and checksum; undefined when the caller says nothing of the kind.
 */
export function keyOfCall({
  namespace,
  name,
  checksum,
  metadata = {},
}: HookCall): string | undefined {
  if (checksum === undefined && metadata.key === undefined) return undefined;
  const chosen = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const named = JSON.stringify([namespace ?? null, name ?? null, checksum ?? null, chosen]);
  return createHash('sha256').update(named).digest('hex');
}

function pick<T>(
  key: string,
  choices: readonly T[],
  wanted: string | undefined,
  nameOf: (choice: T) => string,
  faults: Fault[],
): T | undefined {
  const names = choices.map(nameOf);
  const [only, ...others] = choices;
  if (wanted === undefined && others.length === 0) return only;
  const found = wanted === undefined ? -1 : names.findIndex((name) => isSame(name, wanted));
  if (found >= 0) return choices[found];
  faults.push({
    pointer: `/metadata/${key}`,
    code: wanted === undefined ? 'missing_key' : 'not_bound',
    expected: `one of what the hook is bound to: ${names.join(', ')}`,
    received: wanted === undefined ? 'nothing' : quote(wanted),
  });
  return undefined;
}

/** Loads as numbers and addresses without a trailing slash, however they are written. */
function isSame(name: string, wanted: string): boolean {
  return (
    name === wanted ||
    name.replace(/\/+$/, '') === wanted.replace(/\/+$/, '') ||
    sameNumber(name, wanted)
  );
}

function sameNumber(name: string, wanted: string): boolean {
  return (
    /^\d+(\.\d+)?$/.test(name) && /^\d+(\.\d+)?$/.test(wanted) && Number(name) === Number(wanted)
  );
}

/** The load is the policy's: a call cannot choose another. */
function unbound(wanted: string | undefined, faults: Fault[]): 'policy' | undefined {
  if (wanted === undefined) return 'policy';
  faults.push({
    pointer: '/metadata/at_least',
    code: 'not_bound',
    expected: 'nothing: the hook asks the load of its policy',
    received: quote(wanted),
  });
  return undefined;
}
