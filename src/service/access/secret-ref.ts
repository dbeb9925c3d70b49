/**
 * Credentials of targets are references: `env:NAME`, and only names under a prefix that the operator
 * chose, so that a search can never read the rest of our environment. The secret is looked up when
 * load starts, goes into the request headers, and is neither stored nor logged.
 */
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';

export interface SecretSource {
  /** Names must begin with it, e.g. `PLIMSOLL_TARGET_`. */
  readonly prefix: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `env:PLIMSOLL_TARGET_VLLM_KEY` passes by default, `env:PATH` does not. */
export const DEFAULT_SECRET_PREFIX = 'PLIMSOLL_TARGET_';

const ENV_REFERENCE = /^env:([A-Za-z_][A-Za-z0-9_]{0,127})$/;

/** Is the reference one that the operator allows? Says nothing of whether the secret exists. */
export function checkSecretRef(reference: string, prefix: string): Fault[] {
  if (allowedName(reference, prefix) !== undefined) return [];
  return [
    {
      pointer: '/target/api_key_ref',
      code: 'secret_ref_not_allowed',
      expected: `env:NAME with a NAME that begins with ${prefix}`,
      // Somebody may have put the secret itself here: not a character of it comes back.
      received: ENV_REFERENCE.test(reference)
        ? reference
        : `a text of ${reference.length} characters`,
    },
  ];
}

/** The headers that carry it; none without a reference. The fault's text never holds the secret. */
export function secretHeaders(
  reference: string | undefined,
  source: SecretSource,
): Result<Readonly<Record<string, string>>, string> {
  if (reference === undefined) return ok({});
  const name = allowedName(reference, source.prefix);
  if (name === undefined) return err(`the api_key_ref is not under the prefix ${source.prefix}`);
  const secret = source.env[name];
  if (secret === undefined || secret === '') {
    return err(`the environment variable ${name} is not set where the service runs`);
  }
  // Anything else would break out of the header.
  if (!/^[\x21-\x7e]+$/.test(secret))
    return err(`${name} holds characters that no header may hold`);
  return ok({ authorization: `Bearer ${secret}` });
}

function allowedName(reference: string, prefix: string): string | undefined {
  const name = ENV_REFERENCE.exec(reference)?.[1];
  return name?.startsWith(prefix) ? name : undefined;
}
