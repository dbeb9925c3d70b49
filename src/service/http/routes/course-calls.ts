/** Routes that start, read and cancel a search or gate. What it has measured is read in `course-data.ts`. */
import { z } from 'zod';
import { listQuery, pendingQuery } from '../queries.ts';
import { summarySchema } from '../schemas/search.ts';
import type { CourseFace } from './course.ts';
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

/** Of a call that may be held until it has ended. */
const held = {
  params: idParam,
  query: pendingQuery,
  headers: z.object({ ...preferHeader, ...etagHeader }),
};

export function courseCalls(face: CourseFace) {
  const { path, notFound, whole } = face;
  const tags = [face.tag];
  const heldProblems = problems('invalid_request', notFound, 'search_running');
  return {
    create: createRoute(face),
    list: {
      method: 'get',
      path,
      tags,
      summary: face.listSummary,
      request: { query: listQuery },
      responses: { 200: json('A page', face.list), ...problems('invalid_request') },
    },
    read: {
      method: 'get',
      path: `${path}/{id}`,
      tags,
      summary: `One ${face.noun} whole`,
      description: face.readDescription,
      request: held,
      responses: {
        200: json('It has ended', whole, { headers: { ...etag, ...applied } }),
        202: json('It is queued or running', whole, {
          headers: { ...etag, ...retryAfter, ...applied },
        }),
        ...unchanged,
        ...heldProblems,
      },
    },
    summary: {
      method: 'get',
      path: `${path}/{id}/summary`,
      tags,
      summary: 'The flat summary alone',
      request: held,
      responses: {
        200: json('It has ended', summarySchema, {
          headers: { ...etag, ...applied },
          example: face.summaryExample,
        }),
        202: json('It is queued or running', summarySchema, {
          headers: { ...etag, ...retryAfter, ...applied },
        }),
        ...unchanged,
        ...heldProblems,
      },
    },
    cancel: {
      method: 'post',
      path: `${path}/{id}/cancel`,
      tags,
      summary: 'Stop the load within a second; what is known stays',
      request: { params: idParam, headers: z.object(preferHeader) },
      responses: {
        202: json('Cancelled, or had ended before; repeatable', whole, {
          headers: { ...location, ...applied },
        }),
        ...problems('invalid_request', notFound, 'not_ready'),
      },
    },
  } as const;
}

function createRoute({ path, tag, create, whole }: CourseFace) {
  const tags = [tag];
  return {
    method: 'post',
    path,
    tags,
    summary: create.summary,
    description: create.description,
    request: {
      query: pendingQuery,
      headers: z.object({ ...preferHeader, ...keyHeader }),
      body: body(create.body, create.example),
    },
    responses: {
      200: json('It has ended', whole, {
        headers: { ...location, ...etag, ...applied, ...replayed },
      }),
      202: json('It is queued or running', whole, {
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
  } as const;
}
