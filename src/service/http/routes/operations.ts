/** Routes of the service itself: whether it lives, whether it is ready, and its contract. */
import type { RouteConfig } from '@hono/zod-openapi';
import { EXAMPLES } from '../examples.ts';
import { healthSchema, openapiSchema } from '../schemas/meta.ts';
import { json, problems, textual } from './parts.ts';

export const OPERATION_ROUTES = {
  healthz: {
    method: 'get',
    path: '/healthz',
    tags: ['service'],
    summary: 'The process answers',
    responses: { 200: json('It does', healthSchema), ...problems() },
  },
  readyz: {
    method: 'get',
    path: '/readyz',
    tags: ['service'],
    summary: 'The service can start searches',
    responses: { 200: json('It can', healthSchema), ...problems('not_ready') },
  },
  readOpenapi: {
    method: 'get',
    path: '/openapi.json',
    tags: ['service'],
    summary: 'This document',
    responses: { 200: json('OpenAPI 3.1', openapiSchema), ...problems() },
  },
  readMetrics: {
    method: 'get',
    path: '/metrics',
    tags: ['service'],
    summary: 'What Prometheus scrapes',
    description:
      'Searches, bursts, load sent, queue, store and process. Labels are bounded: states, verdicts, ' +
      'routes, and the policies and targets of the newest answers.',
    responses: {
      200: textual('Prometheus text, version 0.0.4', 'text/plain', EXAMPLES.metrics),
      ...problems(),
    },
  },
} as const satisfies Record<string, RouteConfig>;
