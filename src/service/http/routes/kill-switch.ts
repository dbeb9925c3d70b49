/** Routes of the kill switch: one call stops all load, another allows it again. */
import type { RouteConfig } from '@hono/zod-openapi';
import { reasonQuery } from '../queries.ts';
import { killSwitchSchema } from '../schemas/kill-switch.ts';
import { json, problems } from './parts.ts';

const example = {
  engaged: true,
  since: '2026-11-24T03:12:45.120Z',
  by: 'oncall',
  reason: 'production traffic suffers',
  survives_restart: true,
};

export const KILL_SWITCH_ROUTES = {
  readKillSwitch: {
    method: 'get',
    path: '/v1/kill-switch',
    tags: ['service'],
    summary: 'Whether load is allowed',
    responses: {
      200: json('The switch', killSwitchSchema, { example }),
      ...problems('invalid_request'),
    },
  },
  engageKillSwitch: {
    method: 'post',
    path: '/v1/kill-switch',
    tags: ['service'],
    summary: 'Stop all load within a second, and refuse new load until released',
    description:
      'Searches and gates that run or wait are cancelled and keep what is known. The switch stays on ' +
      'through restarts. Repeatable; the call takes no body. A worker that is cut off from the database ends ' +
      'its load within four seconds.',
    request: { query: reasonQuery },
    responses: {
      200: json('It is on', killSwitchSchema, { example }),
      ...problems('invalid_request'),
    },
  },
  releaseKillSwitch: {
    method: 'delete',
    path: '/v1/kill-switch',
    tags: ['service'],
    summary: 'Allow load again; nothing that was stopped comes back',
    responses: {
      200: json('It is off', killSwitchSchema),
      ...problems('invalid_request'),
    },
  },
} as const satisfies Record<string, RouteConfig>;
