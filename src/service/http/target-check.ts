/** The guards on targets, as the HTTP room asks them: before anything is started. */
import type { Fault } from '../../core/base/fault.ts';
import { checkSecretRef } from '../access/secret-ref.ts';
import { checkTargetAllowed, type Resolve } from '../access/target-guard.ts';
import type { HttpParts } from './ports.ts';

export function targetChecker(resolve: Resolve, secretPrefix: string): HttpParts['checkTarget'] {
  return async ({ baseUrl, apiKeyRef }): Promise<readonly Fault[]> => {
    const allowed = await checkTargetAllowed(baseUrl, resolve);
    return [
      ...(allowed.ok ? [] : allowed.error),
      ...(apiKeyRef === undefined ? [] : checkSecretRef(apiKeyRef, secretPrefix)),
    ];
  };
}
