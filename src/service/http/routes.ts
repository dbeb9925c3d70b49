/**
 * The table of routes: what `openapi.yaml` shows, what a 405 is answered from, and what `app.ts`
 * mounts one handler for by name. A route that is not here does not exist.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { policyFileSchema, searchBodySchema } from '../../core/policy/question-schema.ts';
import { EXAMPLES } from './examples.ts';
import { eventsQuery, listQuery, pendingQuery } from './queries.ts';
import {
  answerHeaders,
  etagHeader,
  idParam,
  json,
  nameParam,
  preferHeader,
  problems,
  textual,
} from './route-parts.ts';
import { eventPageSchema } from './schemas/event.ts';
import { logSchema } from './schemas/log.ts';
import { healthSchema, openapiSchema } from './schemas/meta.ts';
import { policyCheckSchema, policyListSchema } from './schemas/policy.ts';
import { frontierSchema, probesSchema } from './schemas/probe.ts';
import { searchListSchema, searchSchema, summarySchema } from './schemas/search.ts';

const { etag, location, retryAfter, applied, replayed } = answerHeaders;
const unchanged = { 304: { description: 'Nothing has changed', headers: etag } };
const body = (schema: z.ZodType, example: unknown) => ({
  required: true,
  content: { 'application/json': { schema, example } },
});
const heldProblems = problems('invalid_request', 'search_not_found', 'search_running');
const foundProblems = problems('invalid_request', 'search_not_found');

export const ROUTES = {
  createSearch: {
    method: 'post',
    path: '/v1/searches',
    tags: ['searches'],
    summary: 'Start a search, or get it again',
    description:
      'Under one `Idempotency-Key` the same body returns the search as it is now. Everything that ' +
      'is wrong with the request is told at once, and then nothing is started.',
    request: {
      query: pendingQuery,
      headers: z.object({
        ...preferHeader,
        'idempotency-key': z
          .string()
          .optional()
          .describe('Quoted or bare, at most 255 characters, remembered for 24 hours'),
      }),
      body: body(searchBodySchema, EXAMPLES.createBody),
    },
    responses: {
      200: json('It has ended', searchSchema, {
        headers: { ...location, ...etag, ...applied, ...replayed },
      }),
      202: json('It is queued or running', searchSchema, {
        headers: { ...location, ...etag, ...retryAfter, ...applied, ...replayed },
      }),
      ...problems(
        'invalid_request',
        'search_running',
        'target_busy',
        'body_too_large',
        'unsupported_media_type',
        'idempotency_key_reused',
        'queue_full',
        'not_ready',
      ),
    },
  },
  listSearches: {
    method: 'get',
    path: '/v1/searches',
    tags: ['searches'],
    summary: 'Searches, newest first',
    request: { query: listQuery },
    responses: { 200: json('A page', searchListSchema), ...problems('invalid_request') },
  },
  readSearch: {
    method: 'get',
    path: '/v1/searches/{id}',
    tags: ['searches'],
    summary: 'One search whole',
    description: 'A search that failed is still a 200: its state is not the state of this call.',
    request: {
      params: idParam,
      query: pendingQuery,
      headers: z.object({ ...preferHeader, ...etagHeader }),
    },
    responses: {
      200: json('It has ended', searchSchema, { headers: { ...etag, ...applied } }),
      202: json('It is queued or running', searchSchema, {
        headers: { ...etag, ...retryAfter, ...applied },
      }),
      ...unchanged,
      ...heldProblems,
    },
  },
  readSummary: {
    method: 'get',
    path: '/v1/searches/{id}/summary',
    tags: ['searches'],
    summary: 'The flat summary alone',
    request: {
      params: idParam,
      query: pendingQuery,
      headers: z.object({ ...preferHeader, ...etagHeader }),
    },
    responses: {
      200: json('It has ended', summarySchema, {
        headers: { ...etag, ...applied },
        example: EXAMPLES.summary,
      }),
      202: json('It is queued or running', summarySchema, {
        headers: { ...etag, ...retryAfter, ...applied },
      }),
      ...unchanged,
      ...heldProblems,
    },
  },
  readFrontier: {
    method: 'get',
    path: '/v1/searches/{id}/frontier',
    tags: ['searches'],
    summary: 'Latency, throughput and goodput by load',
    request: { params: idParam, headers: z.object(etagHeader) },
    responses: {
      200: json('The points so far', frontierSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readProbes: {
    method: 'get',
    path: '/v1/searches/{id}/probes',
    tags: ['searches'],
    summary: 'Every finished probe with its evidence',
    request: { params: idParam, headers: z.object(etagHeader) },
    responses: {
      200: json('The probes so far, voided ones included', probesSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readLog: {
    method: 'get',
    path: '/v1/searches/{id}/log',
    tags: ['searches'],
    summary: 'What the controller saw and decided, for a replay',
    request: { params: idParam, headers: z.object(etagHeader) },
    responses: {
      200: json('The log so far; `plimsoll replay` reads it', logSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readRequests: {
    method: 'get',
    path: '/v1/searches/{id}/requests',
    tags: ['searches'],
    summary: 'Raw request records',
    request: { params: idParam },
    responses: {
      200: textual(
        'One JSON object a line, probe by probe',
        'application/jsonl',
        EXAMPLES.requestLine,
      ),
      ...problems('invalid_request', 'search_not_found', 'too_many_readers'),
    },
  },
  readEvents: {
    method: 'get',
    path: '/v1/searches/{id}/events',
    tags: ['searches'],
    summary: 'What happened, as a stream or in pages',
    description:
      'Server-sent events, or with `?after=` pages of JSON with the same ids. `Last-Event-ID` ' +
      'resumes a stream; a heartbeat comes every 15 seconds; after the last event a reconnect is 204.',
    request: {
      params: idParam,
      query: eventsQuery,
      headers: z.object({
        'last-event-id': z.string().optional().describe('Id of the last event that was seen'),
      }),
    },
    responses: {
      200: {
        description: 'Events',
        content: {
          'application/json': { schema: eventPageSchema },
          'text/event-stream': { schema: z.string(), example: EXAMPLES.eventStream },
        },
      },
      204: { description: 'The search has ended and all its events were seen' },
      ...problems('invalid_request', 'search_not_found', 'too_many_readers'),
    },
  },
  cancelSearch: {
    method: 'post',
    path: '/v1/searches/{id}/cancel',
    tags: ['searches'],
    summary: 'Stop the load within a second; what is known stays',
    request: { params: idParam, headers: z.object(preferHeader) },
    responses: {
      202: json('Cancelled, or had ended before; repeatable', searchSchema, {
        headers: { ...location, ...applied },
      }),
      ...foundProblems,
    },
  },
  listPolicies: {
    method: 'get',
    path: '/v1/policies',
    tags: ['policies'],
    summary: 'The policies that a search may name',
    responses: { 200: json('All of them', policyListSchema), ...problems('invalid_request') },
  },
  readPolicy: {
    method: 'get',
    path: '/v1/policies/{name}',
    tags: ['policies'],
    summary: 'One policy',
    request: { params: nameParam },
    responses: {
      200: json('The policy as its file says it', policyFileSchema),
      ...problems('invalid_request', 'policy_not_found'),
    },
  },
  checkPolicy: {
    method: 'post',
    path: '/v1/policies/check',
    tags: ['policies'],
    summary: 'Everything that would be wrong with a search, without starting it',
    request: { body: body(searchBodySchema, EXAMPLES.createBody) },
    responses: {
      200: json('Whether it could start, and the whole question or all faults', policyCheckSchema),
      ...problems('invalid_request', 'body_too_large', 'unsupported_media_type'),
    },
  },
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
} as const satisfies Record<string, RouteConfig>;

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
