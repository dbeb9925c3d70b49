/** Routes of searches: starting, reading, cancelling. What a search has measured is read in `search-data.ts`. */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { searchBodySchema } from '../../../core/policy/question-schema.ts';
import { EXAMPLES } from '../examples.ts';
import { listQuery, pendingQuery } from '../queries.ts';
import { searchListSchema, searchSchema, summarySchema } from '../schemas/search.ts';
import {
  answerHeaders,
  body,
  etagHeader,
  idParam,
  json,
  keyHeader,
  preferHeader,
  problems,
  unchanged,
} from './parts.ts';

const { etag, location, retryAfter, applied, replayed } = answerHeaders;
const heldProblems = problems('invalid_request', 'search_not_found', 'search_running');

export const SEARCH_ROUTES = {
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
        ...keyHeader,
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
        'quota_exceeded',
        'kill_switch_on',
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
      ...problems('invalid_request', 'search_not_found', 'not_ready'),
    },
  },
} as const satisfies Record<string, RouteConfig>;
