/**
 * Routes of gates: one load, one question, a verdict. The same calls as for searches, over the same
 * machinery.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { gateBodySchema } from '../../../core/policy/gate-schema.ts';
import { EXAMPLES } from '../examples.ts';
import { eventsQuery, listQuery, pendingQuery } from '../queries.ts';
import { eventPageSchema } from '../schemas/event.ts';
import { logSchema } from '../schemas/log.ts';
import { frontierSchema, probesSchema } from '../schemas/probe.ts';
import { rejudgedSchema, rejudgeGateBodySchema } from '../schemas/rejudge.ts';
import { gateListSchema, gateSchema, summarySchema } from '../schemas/search.ts';
import {
  answerHeaders,
  body,
  etagHeader,
  idParam,
  json,
  keyHeader,
  lastEventHeader,
  preferHeader,
  problems,
  textual,
  unchanged,
} from './parts.ts';

const { etag, location, retryAfter, applied, replayed } = answerHeaders;
const heldProblems = problems('invalid_request', 'gate_not_found', 'search_running');
const foundProblems = problems('invalid_request', 'gate_not_found');
const found = { params: idParam, headers: z.object(etagHeader) };
const held = {
  params: idParam,
  query: pendingQuery,
  headers: z.object({ ...preferHeader, ...etagHeader }),
};

export const GATE_ROUTES = {
  createGate: {
    method: 'post',
    path: '/v1/gates',
    tags: ['gates'],
    summary: 'Ask whether the target carries a load, or get the answer again',
    description:
      'Verdict `pass`, `fail` or `inconclusive`; several tiers pass together or not at all. A gate that ' +
      'nobody polls, streams or posts again for `lease_seconds` (120 when not given) is ended. Create-or-get ' +
      'under one `Idempotency-Key`, as for searches.',
    request: {
      query: pendingQuery,
      headers: z.object({ ...preferHeader, ...keyHeader }),
      body: body(gateBodySchema, EXAMPLES.gateBody),
    },
    responses: {
      200: json('It has ended', gateSchema, {
        headers: { ...location, ...etag, ...applied, ...replayed },
      }),
      202: json('It is queued or running', gateSchema, {
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
  listGates: {
    method: 'get',
    path: '/v1/gates',
    tags: ['gates'],
    summary: 'Gates, newest first',
    request: { query: listQuery },
    responses: { 200: json('A page', gateListSchema), ...problems('invalid_request') },
  },
  readGate: {
    method: 'get',
    path: '/v1/gates/{id}',
    tags: ['gates'],
    summary: 'One gate whole',
    description:
      'A gate that failed is still a 200: neither its state nor its verdict is that of this call.',
    request: held,
    responses: {
      200: json('It has ended', gateSchema, { headers: { ...etag, ...applied } }),
      202: json('It is queued or running', gateSchema, {
        headers: { ...etag, ...retryAfter, ...applied },
      }),
      ...unchanged,
      ...heldProblems,
    },
  },
  readGateSummary: {
    method: 'get',
    path: '/v1/gates/{id}/summary',
    tags: ['gates'],
    summary: 'The flat summary alone',
    request: held,
    responses: {
      200: json('It has ended', summarySchema, {
        headers: { ...etag, ...applied },
        example: EXAMPLES.gateSummary,
      }),
      202: json('It is queued or running', summarySchema, {
        headers: { ...etag, ...retryAfter, ...applied },
      }),
      ...unchanged,
      ...heldProblems,
    },
  },
  cancelGate: {
    method: 'post',
    path: '/v1/gates/{id}/cancel',
    tags: ['gates'],
    summary: 'Stop the load within a second; what is known stays',
    request: { params: idParam, headers: z.object(preferHeader) },
    responses: {
      202: json('Cancelled, or had ended before; repeatable', gateSchema, {
        headers: { ...location, ...applied },
      }),
      ...problems('invalid_request', 'gate_not_found', 'not_ready'),
    },
  },
  readGateFrontier: {
    method: 'get',
    path: '/v1/gates/{id}/frontier',
    tags: ['gates'],
    summary: 'Latency, throughput and goodput at the load',
    request: found,
    responses: {
      200: json('One point at most', frontierSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readGateProbes: {
    method: 'get',
    path: '/v1/gates/{id}/probes',
    tags: ['gates'],
    summary: 'Every finished probe with its evidence',
    request: found,
    responses: {
      200: json('The probes so far, voided ones included', probesSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readGateLog: {
    method: 'get',
    path: '/v1/gates/{id}/log',
    tags: ['gates'],
    summary: 'What the controller saw and decided, for a replay',
    request: found,
    responses: {
      200: json('The log so far; `plimsoll replay` reads it', logSchema, { headers: etag }),
      ...unchanged,
      ...foundProblems,
    },
  },
  readGateRequests: {
    method: 'get',
    path: '/v1/gates/{id}/requests',
    tags: ['gates'],
    summary: 'Raw request records',
    request: { params: idParam },
    responses: {
      200: textual(
        'One JSON object a line, probe by probe',
        'application/jsonl',
        EXAMPLES.requestLine,
      ),
      ...problems('invalid_request', 'gate_not_found', 'too_many_readers'),
    },
  },
  readGateEvents: {
    method: 'get',
    path: '/v1/gates/{id}/events',
    tags: ['gates'],
    summary: 'What happened, as a stream or in pages',
    description: 'As for a search, under the same event names.',
    request: { params: idParam, query: eventsQuery, headers: z.object(lastEventHeader) },
    responses: {
      200: {
        description: 'Events',
        content: {
          'application/json': { schema: eventPageSchema },
          'text/event-stream': { schema: z.string(), example: EXAMPLES.eventStream },
        },
      },
      204: { description: 'The gate has ended and all its events were seen' },
      ...problems('invalid_request', 'gate_not_found', 'too_many_readers'),
    },
  },
  rejudgeGate: {
    method: 'post',
    path: '/v1/gates/{id}/rejudge',
    tags: ['gates'],
    summary: 'Other SLOs over the stored records, without load',
    description:
      'Nothing is kept, and the answer says that it was made after the fact: the bursts were placed for ' +
      'another SLO. A bound that is longer than the load waited is a fault.',
    request: { params: idParam, body: body(rejudgeGateBodySchema, EXAMPLES.rejudgeBody) },
    responses: {
      200: json('What the records say of these SLOs', rejudgedSchema),
      ...problems(
        'invalid_request',
        'gate_not_found',
        'search_running',
        'records_gone',
        'body_too_large',
        'unsupported_media_type',
        'too_many_rejudges',
      ),
    },
  },
} as const satisfies Record<string, RouteConfig>;
