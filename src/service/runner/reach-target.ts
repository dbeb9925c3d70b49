/**
 * From a question to a target that may be loaded and answers: address checked and pinned, credentials
 * found, model and dialect known. Everything that can be wrong here is wrong before the first burst.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ApiKeyHeader, Question, TargetSpec } from '../../core/policy/question.ts';
import { mainPart, partsOf } from '../../core/workload/parts.ts';
import type { WorkloadSpec } from '../../core/workload/spec.ts';
import { redactSecret } from '../access/redact-secret.ts';
import { type SecretSource, secretHeaders } from '../access/secret-ref.ts';
import { checkTargetAllowed, type Resolve } from '../access/target-guard.ts';
import type { TargetRules } from '../access/target-rules.ts';
import type {
  Engine,
  LoadTarget,
  TargetCandidate,
  TargetFacts,
  TargetFault,
} from '../engine/engine-port.ts';
import { abortable } from './stop-request.ts';

export interface Reach {
  readonly engine: Engine;
  readonly resolve: Resolve;
  readonly secrets: SecretSource;
  readonly targets: () => TargetRules;
}

export interface ReachedTarget {
  readonly target: LoadTarget;
  readonly facts: TargetFacts;
}

export async function reachTarget(
  { target: spec, workload }: Question,
  { engine, resolve, secrets, targets }: Reach,
  signal: AbortSignal,
): Promise<Result<ReachedTarget, TargetFault>> {
  const allowed = await abortable(checkTargetAllowed(spec.baseUrl, resolve, targets()), signal);
  if (!allowed.ok) {
    const [fault] = allowed.error;
    return err({
      reason: fault?.code ?? 'target_not_allowed',
      detail: `the target must be ${fault?.expected}, not ${fault?.received}`,
    });
  }
  const headers = await abortable(
    secretHeaders(spec.apiKeyRef, secrets, keyHeaderOf(spec)),
    signal,
  );
  if (!headers.ok) return err({ reason: 'secret_unavailable', detail: headers.error });
  const tokenizer = tokenizerOf(spec, engine);
  if (tokenizer === 'nowhere') {
    const detail = 'the operator gave no folder for data files (PLIMSOLL_DATA_FILES_DIR)';
    return err({ reason: 'tokenizer_unusable', detail });
  }
  const main = mainPart(workload).request;
  const mainModel = spec.model ?? namedModel(workload);
  let first: TargetFault | undefined;
  // A name with an address of each family may be served on one of them only.
  for (const pinnedAddress of allowed.value.addresses) {
    const candidate = {
      baseUrl: spec.baseUrl,
      pinnedAddress,
      dialect: spec.dialect,
      endpoint: main.endpoint,
      headers: { ...main.extras?.headers, ...headers.value },
      ...(mainModel !== undefined && { model: mainModel }),
      ...(tokenizer !== undefined && { tokenizer }),
    };
    const told = await abortable(engine.check(candidate, signal), signal);
    // What is kept of its words from here on is free of the key that we sent it.
    const checked = redactSecret(told, headers.value);
    if (checked.ok) {
      const { model, dialect, prompts, outputCounting } = checked.value;
      const target: LoadTarget = {
        baseUrl: spec.baseUrl,
        pinnedAddress,
        model,
        dialect,
        headers: headers.value,
        ...(prompts !== undefined && { prompts }),
        ...(outputCounting !== undefined && { outputCounting }),
        ...(tokenizer !== undefined && { tokenizer }),
      };
      const bare = { ...candidate, headers: headers.value };
      const wrong = await otherPartsFault(bare, model, workload, engine, signal);
      if (wrong !== undefined) return err(wrong);
      return ok({ target, facts: checked.value });
    }
    first ??= checked.error;
    if (checked.error.reason !== 'target_refused') return checked;
  }
  return err(first ?? { reason: 'target_not_allowed', detail: 'the target has no address' });
}

const ANTHROPIC_HOST = /(^|\.)anthropic\.com$/;

/** Anthropic takes a key in a header of its own, and takes a bearer for something else. */
function keyHeaderOf({ apiKeyHeader, dialect, baseUrl }: TargetSpec): ApiKeyHeader {
  if (apiKeyHeader !== undefined) return apiKeyHeader;
  const isAnthropic = dialect === 'anthropic' || ANTHROPIC_HOST.test(new URL(baseUrl).hostname);
  return isAnthropic ? 'x-api-key' : 'authorization';
}

/**
 * Every other model and endpoint of a mix must answer, too: an adapter that is not loaded would show as
 * a capacity of failures.
 */
async function otherPartsFault(
  candidate: TargetCandidate,
  mainModel: string,
  workload: WorkloadSpec,
  engine: Engine,
  signal: AbortSignal,
): Promise<TargetFault | undefined> {
  const asked = new Set([`${candidate.endpoint} ${mainModel}`]);
  for (const { name, request } of partsOf(workload)) {
    const { endpoint, model = mainModel, extras } = request;
    if (asked.has(`${endpoint} ${model}`)) continue;
    asked.add(`${endpoint} ${model}`);
    const headers = { ...extras?.headers, ...candidate.headers };
    const told = await abortable(
      engine.check({ ...candidate, endpoint, model, headers }, signal),
      signal,
    );
    const checked = redactSecret(told, candidate.headers);
    if (!checked.ok) {
      return { ...checked.error, detail: `part ${name} (${model}): ${checked.error.detail}` };
    }
  }
  return undefined;
}

/** When every part names its own model, none of them is asked of the target. */
function namedModel(workload: WorkloadSpec): string | undefined {
  const isNamed = partsOf(workload).every((part) => part.request.model !== undefined);
  return isNamed ? mainPart(workload).request.model : undefined;
}

function tokenizerOf(
  { tokenizer }: TargetSpec,
  { dataFolder }: Engine,
): LoadTarget['tokenizer'] | 'nowhere' {
  if (tokenizer === undefined) return undefined;
  return dataFolder === undefined ? 'nowhere' : { folder: dataFolder, path: tokenizer };
}
