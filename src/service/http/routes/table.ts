/**
 * All routes in one table: what `openapi.yaml` shows, what a 405 is answered from, and what `app.ts`
 * mounts one handler for by name. A route that is not here does not exist. A resource has a file of
 * routes beside this one and a folder of handlers beside this folder.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import { GATE_ROUTES } from './gates.ts';
import { HOOK_ROUTES } from './hooks.ts';
import { KILL_SWITCH_ROUTES } from './kill-switch.ts';
import { OPERATION_ROUTES } from './operations.ts';
import { POLICY_ROUTES } from './policies.ts';
import { REPORT_ROUTES } from './reports.ts';
import { SEARCH_ROUTES } from './searches.ts';

export const ROUTES = {
  ...SEARCH_ROUTES,
  ...GATE_ROUTES,
  ...REPORT_ROUTES,
  ...HOOK_ROUTES,
  ...POLICY_ROUTES,
  ...KILL_SWITCH_ROUTES,
  ...OPERATION_ROUTES,
} as const satisfies Record<string, RouteConfig>;

/** Groups of routes, as the contract names them. */
export const TAGS = [
  { name: 'searches', description: 'Hunts for a capacity' },
  { name: 'gates', description: 'Is this load carried? Yes, no, or undecided' },
  { name: 'hooks', description: 'Gates for callers that know only status codes' },
  { name: 'policies', description: 'Named questions' },
  { name: 'service', description: 'The service itself' },
] as const;

export type RouteName = keyof typeof ROUTES;

export function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(ROUTES, name);
}

/** `/v1/searches/{id}` as hono spells it. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Methods of the routes at this path, for 405; none when there is no such path. */
export function methodsAt(path: string): readonly string[] {
  const methods = Object.values(ROUTES)
    .filter((route) => pathPattern(route.path).test(path))
    .map((route) => route.method.toUpperCase());
  // Every GET also answers HEAD.
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
