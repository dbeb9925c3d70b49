/**
 * From a question to a target that may be loaded and answers: address checked and pinned, credentials
 * found, model and dialect known. Everything that can be wrong here is wrong before the first burst.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Question } from '../../core/policy/question.ts';
import { mainPart } from '../../core/workload/parts.ts';
import type { Engine, LoadTarget, TargetFacts, TargetFault } from '../engine/engine-port.ts';
import { type SecretSource, secretHeaders } from '../access/secret-ref.ts';
import { abortable } from './stop-request.ts';
import { checkTargetAllowed, type Resolve } from '../access/target-guard.ts';

export interface Reach {
  readonly engine: Engine;
  readonly resolve: Resolve;
  readonly secrets: SecretSource;
}

export interface ReachedTarget {
  readonly target: LoadTarget;
  readonly facts: TargetFacts;
}

export async function reachTarget(
  { target: spec, workload }: Question,
  { engine, resolve, secrets }: Reach,
  signal: AbortSignal,
): Promise<Result<ReachedTarget, TargetFault>> {
  const allowed = await abortable(checkTargetAllowed(spec.baseUrl, resolve), signal);
  if (!allowed.ok) {
    const [fault] = allowed.error;
    return err({
      reason: fault?.code ?? 'target_not_allowed',
      detail: `the target must be ${fault?.expected}, not ${fault?.received}`,
    });
  }
  const headers = secretHeaders(spec.apiKeyRef, secrets);
  if (!headers.ok) return err({ reason: 'secret_unavailable', detail: headers.error });
  let first: TargetFault | undefined;
  // A name with an address of each family may be served on one of them only.
  for (const pinnedAddress of allowed.value.addresses) {
    const candidate = {
      baseUrl: spec.baseUrl,
      pinnedAddress,
      dialect: spec.dialect,
      endpoint: mainPart(workload).request.endpoint,
      headers: headers.value,
      ...(spec.model !== undefined && { model: spec.model }),
    };
    const checked = await abortable(engine.check(candidate, signal), signal);
    if (checked.ok) {
      const { model, dialect, prompts } = checked.value;
      const target: LoadTarget = {
        baseUrl: spec.baseUrl,
        pinnedAddress,
        model,
        dialect,
        headers: headers.value,
        ...(prompts !== undefined && { prompts }),
      };
      return ok({ target, facts: checked.value });
    }
    first ??= checked.error;
    if (checked.error.reason !== 'target_refused') return checked;
  }
  return err(first ?? { reason: 'target_not_allowed', detail: 'the target has no address' });
}
