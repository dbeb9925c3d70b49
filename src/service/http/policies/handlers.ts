/** The handlers of policies, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import type { POLICY_ROUTES } from '../routes/policies.ts';
import { checkPolicy, listPolicies, readPolicy } from './policy-calls.ts';

export function policyHandlers(parts: CallParts): Handlers<typeof POLICY_ROUTES> {
  return {
    listPolicies: (c) => listPolicies(c, parts),
    readPolicy: (c) => readPolicy(c, parts),
    checkPolicy: (c) => checkPolicy(c, parts),
  };
}
