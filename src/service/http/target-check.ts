/** The guards on targets, as the HTTP room asks them: before anything is started. */
import type { Fault } from '../../core/base/fault.ts';
import { NO_OPERATOR, type Operator } from '../access/operator.ts';
import { checkSecretRef } from '../access/secret-ref.ts';
import { checkTargetAllowed, type Resolve } from '../access/target-guard.ts';
import type { HttpParts } from './ports.ts';

export function targetChecker(
  resolve: Resolve,
  operator: () => Operator = () => NO_OPERATOR,
): HttpParts['checkTarget'] {
  return async ({ baseUrl, apiKeyRef }): Promise<readonly Fault[]> => {
    const { targets, secrets } = operator();
    const allowed = await checkTargetAllowed(baseUrl, resolve, targets);
    return [
      ...(allowed.ok ? [] : allowed.error),
      ...(apiKeyRef === undefined ? [] : checkSecretRef(apiKeyRef, secrets)),
    ];
  };
}
