/**
 * What each route needs: one line a route, so that the whole wall is seen at once, and a new route does not
 * compile before it has been decided. `open` routes are for callers that have nothing to show: probes of
 * the machine that runs us, and hooks, whose unguessable address is their key.
 */
import type { Scope } from '../../access/scope.ts';
import type { RouteName } from '../routes/table.ts';

export type Need = Scope | 'open';

export const NEEDS: Readonly<Record<RouteName, Need>> = {
  createSearch: 'run',
  listSearches: 'read',
  readSearch: 'read',
  readSummary: 'read',
  readFrontier: 'read',
  readProbes: 'read',
  readLog: 'read',
  readRequests: 'read',
  readEvents: 'read',
  rejudgeSearch: 'read',
  cancelSearch: 'run',
  readReport: 'read',
  createGate: 'run',
  listGates: 'read',
  readGate: 'read',
  readGateSummary: 'read',
  readGateFrontier: 'read',
  readGateProbes: 'read',
  readGateLog: 'read',
  readGateRequests: 'read',
  readGateEvents: 'read',
  readGateReport: 'read',
  rejudgeGate: 'read',
  cancelGate: 'run',
  createHook: 'admin',
  listHooks: 'read',
  callHook: 'open',
  deleteHook: 'admin',
  listPolicies: 'read',
  readPolicy: 'read',
  checkPolicy: 'read',
  readKillSwitch: 'read',
  engageKillSwitch: 'admin',
  releaseKillSwitch: 'admin',
  healthz: 'open',
  readyz: 'open',
  readOpenapi: 'read',
  readMetrics: 'read',
};

/** A route that slipped past the compiler is closed to all but the operator. */
export function needOf(name: RouteName): Need {
  return NEEDS[name] ?? 'admin';
}

/** As OpenAPI 3.1 says it: roles of a bearer scheme, or nothing. */
export function securityOf(name: RouteName): Record<string, string[]>[] {
  const need = needOf(name);
  return need === 'open' ? [] : [{ bearer: [need] }];
}
