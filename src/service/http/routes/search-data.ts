/** Routes of what a search has measured and told: frontier, probes, log, raw requests, events. */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { EXAMPLES } from '../examples.ts';
import { eventsQuery } from '../queries.ts';
import { eventPageSchema } from '../schemas/event.ts';
import { logSchema } from '../schemas/log.ts';
import { frontierSchema, probesSchema } from '../schemas/probe.ts';
import { rejudgeBodySchema, rejudgedSchema } from '../schemas/rejudge.ts';
import {
  answerHeaders,
  body,
  etagHeader,
  idParam,
  json,
  lastEventHeader,
  problems,
  textual,
  unchanged,
} from './parts.ts';

const { etag } = answerHeaders;
const foundProblems = problems('invalid_request', 'search_not_found');

export const SEARCH_DATA_ROUTES = {
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
      headers: z.object(lastEventHeader),
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
  rejudgeSearch: {
    method: 'post',
    path: '/v1/searches/{id}/rejudge',
    tags: ['searches'],
    summary: 'Other SLOs over the stored records, without load',
    description:
      'Nothing is kept, and the answer says that it was made after the fact: the bursts were placed for ' +
      'another SLO. A bound that is longer than the load waited is a fault.',
    request: { params: idParam, body: body(rejudgeBodySchema, EXAMPLES.rejudgeBody) },
    responses: {
      200: json('What the records say of these SLOs', rejudgedSchema),
      ...problems(
        'invalid_request',
        'search_not_found',
        'search_running',
        'records_gone',
        'body_too_large',
        'unsupported_media_type',
        'too_many_rejudges',
      ),
    },
  },
} as const satisfies Record<string, RouteConfig>;
