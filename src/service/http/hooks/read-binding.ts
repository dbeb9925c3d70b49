/**
 * Reads what a hook is to be bound to. Every policy with every load and every target is tried as a gate
 * now, so that no call of the hook can be refused for what its maker wrote.
 */
import type { Fault } from '../../../core/base/fault.ts';
import { resolveGate } from '../../../core/policy/resolve-gate.ts';
import { shapeFaults, valueAt } from '../../../core/policy/shape-faults.ts';
import type { HttpParts } from '../ports.ts';
import { type HookBody, hookBodySchema } from '../schemas/hook.ts';

export async function readBinding(
  given: unknown,
  parts: Pick<HttpParts, 'policies' | 'limits' | 'checkTarget'>,
  faults: Fault[],
): Promise<HookBody | undefined> {
  const shape = hookBodySchema.safeParse(given);
  if (!shape.success) {
    faults.push(...shapeFaults(shape.error.issues, given));
    return undefined;
  }
  const { name: _, policies, targets, at_least: loads, lease_seconds: __, ...rest } = shape.data;
  const found: Fault[] = [];
  for (const [i, target] of targets.entries()) {
    const first = { ...rest, target, policy: policies[0], at_least: loads?.[0] };
    found.push(...moved(faultsOf(first, parts), /^\/target(?=\/|$)/, `/targets/${i}`));
    const { base_url: baseUrl, api_key_ref: apiKeyRef } = target;
    const guarded = await parts.checkTarget({ baseUrl, ...(apiKeyRef && { apiKeyRef }) });
    found.push(...moved(guarded, /^\/target(?=\/|$)/, `/targets/${i}`));
  }
  for (const [i, policy] of policies.entries()) {
    for (const [k, atLeast] of (loads ?? [undefined]).entries()) {
      const gate = { ...rest, target: targets[0], policy, at_least: atLeast };
      const own = moved(faultsOf(gate, parts), /^\/policy$/, `/policies/${i}`);
      found.push(
        ...moved(own, /^\/at_least$/, loads === undefined ? '/at_least' : `/at_least/${k}`),
      );
    }
  }
  const own = new Map(
    found
      .map((fault) => ({ ...fault, pointer: placed(fault.pointer) }))
      .map((fault) => [`${fault.pointer} ${fault.code}`, fault] as const),
  );
  faults.push(...own.values());
  return own.size === 0 ? shape.data : undefined;

  /** What is not bound by a list is at fault under its own name, or as a whole. */
  function placed(pointer: string): string {
    const key = pointer.split('/')[1] ?? '';
    if (key === 'policy') return '/policies/0';
    if (key === 'target') return pointer.replace('/target', '/targets/0');
    return valueAt(given, [key]) === undefined && key !== 'at_least' ? '' : pointer;
  }
}

function faultsOf(
  gate: object,
  { policies, limits }: Pick<HttpParts, 'policies' | 'limits'>,
): readonly Fault[] {
  // Through JSON: a choice that is not there is no key.
  const resolved = resolveGate(JSON.parse(JSON.stringify(gate)), policies, limits);
  return resolved.ok ? [] : resolved.error;
}

function moved(faults: readonly Fault[], from: RegExp, to: string): Fault[] {
  return faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace(from, to) }));
}
