/**
 * From a question to a target that may be loaded and answers: address checked and pinned, credentials
 * found, model and dialect known. Everything that can be wrong here is wrong before the first burst.
 */
import { err, ok, type Result } from '../../../core/base/result.ts';
import type { ApiKeyHeader, Question, TargetSpec } from '../../../core/policy/question.ts';
import { mainPart, partsOf } from '../../../core/workload/parts.ts';
import type { PromptCalibration, PromptPlace } from '../../../core/workload/prompts.ts';
import type { EndpointKind, WorkloadSpec } from '../../../core/workload/spec.ts';
import { redactSecret } from '../../access/redact-secret.ts';
import { type SecretSource, secretHeaders } from '../../access/secret-ref.ts';
import { checkTargetAllowed, type Resolve } from '../../access/target-guard.ts';
import type { TargetRules } from '../../access/target-rules.ts';
import type {
  Engine,
  LoadTarget,
  TargetCandidate,
  TargetFacts,
  TargetFault,
} from '../../engine/engine-port.ts';
import { abortable } from '../queue/stop-request.ts';

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
      place: placeIn(workload, main.endpoint, main.model),
      headers: { ...main.extras?.headers, ...headers.value },
      ...(mainModel !== undefined && { model: mainModel }),
      ...(tokenizer !== undefined && { tokenizer }),
    };
    const told = await abortable(engine.check(candidate, signal), signal);
    // What is kept of its words from here on is free of the key that we sent it.
    const checked = redactSecret(told, headers.value);
    if (checked.ok) {
      const { model, dialect, prompts, outputCounting } = checked.value;
      const bare = { ...candidate, headers: headers.value };
      const others = await checkOtherParts(bare, model, workload, engine, signal);
      if (!others.ok) return others;
      const target: LoadTarget = {
        baseUrl: spec.baseUrl,
        pinnedAddress,
        model,
        dialect,
        headers: headers.value,
        ...(prompts !== undefined && { prompts }),
        ...(Object.keys(others.value).length > 0 && { partPrompts: others.value }),
        ...(outputCounting !== undefined && { outputCounting }),
        ...(tokenizer !== undefined && { tokenizer }),
      };
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
 * a capacity of failures. What a template costs is each endpoint's own, and so is what is learnt of it.
 */
async function checkOtherParts(
  candidate: TargetCandidate,
  mainModel: string,
  workload: WorkloadSpec,
  engine: Engine,
  signal: AbortSignal,
): Promise<Result<Readonly<Record<number, PromptCalibration>>, TargetFault>> {
  const asked = new Map<string, PromptCalibration | undefined>();
  const mainKey = `${candidate.endpoint} ${mainModel}`;
  const partPrompts: Record<number, PromptCalibration> = {};
  for (const [i, { name, request }] of partsOf(workload).entries()) {
    const { endpoint, model = mainModel, extras } = request;
    const key = `${endpoint} ${model}`;
    if (key === mainKey) continue;
    if (!asked.has(key)) {
      const headers = { ...extras?.headers, ...candidate.headers };
      const place = placeIn(workload, endpoint, request.model);
      const told = await abortable(
        engine.check({ ...candidate, endpoint, model, headers, place }, signal),
        signal,
      );
      const checked = redactSecret(told, candidate.headers);
      if (!checked.ok) {
        const detail = `part ${name} (${model}): ${checked.error.detail}`;
        return err({ ...checked.error, detail });
      }
      asked.set(key, checked.value.prompts);
    }
    const prompts = asked.get(key);
    if (prompts !== undefined) partPrompts[i] = prompts;
  }
  return ok(partPrompts);
}

/** What all parts of one endpoint and model put before their prompts; of a file only it knows. */
function placeIn(
  workload: WorkloadSpec,
  endpoint: EndpointKind,
  model: string | undefined,
): PromptPlace {
  const alike = partsOf(workload)
    .map(({ request }) => request)
    .filter((request) => request.endpoint === endpoint && request.model === model);
  return {
    hasSystem: alike.some(({ sharedPrefix }) => sharedPrefix !== undefined),
    hasHistory: alike.some(({ turns }) => turns !== undefined),
  };
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
