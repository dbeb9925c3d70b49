/** Routes of what a search or gate has measured and told: frontier, probes, log, raw requests, events. */
import { z } from 'zod';
import { EXAMPLES } from '../examples.ts';
import { eventsQuery } from '../queries.ts';
import { eventPageSchema } from '../schemas/event.ts';
import { logSchema } from '../schemas/log.ts';
import { frontierSchema, probesSchema } from '../schemas/probe.ts';
import { rejudgedSchema } from '../schemas/rejudge.ts';
import type { CourseFace } from './course.ts';
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

const found = { params: idParam, headers: z.object(etagHeader) };

export function courseData(face: CourseFace) {
  const tags = [face.tag];
  const at = (what: string) => `${face.path}/{id}/${what}`;
  const responses = (description: string, schema: z.ZodType) => ({
    200: json(description, schema, { headers: answerHeaders.etag }),
    ...unchanged,
    ...problems('invalid_request', face.notFound),
  });
  const readers = problems('invalid_request', face.notFound, 'too_many_readers');
  return {
    frontier: {
      method: 'get',
      path: at('frontier'),
      tags,
      summary: face.frontier.summary,
      request: found,
      responses: responses(face.frontier.description, frontierSchema),
    },
    probes: {
      method: 'get',
      path: at('probes'),
      tags,
      summary: 'Every finished probe with its evidence',
      request: found,
      responses: responses('The probes so far, voided ones included', probesSchema),
    },
    log: {
      method: 'get',
      path: at('log'),
      tags,
      summary: 'What the controller saw and decided, for a replay',
      request: found,
      responses: responses('The log so far; `plimsoll replay` reads it', logSchema),
    },
    requests: {
      method: 'get',
      path: at('requests'),
      tags,
      summary: 'Raw request records',
      request: { params: idParam },
      responses: {
        200: textual(
          'One JSON object a line, probe by probe',
          'application/jsonl',
          EXAMPLES.requestLine,
        ),
        ...readers,
      },
    },
    events: {
      method: 'get',
      path: at('events'),
      tags,
      summary: 'What happened, as a stream or in pages',
      description: face.eventsDescription,
      request: { params: idParam, query: eventsQuery, headers: z.object(lastEventHeader) },
      responses: { ...events(face.noun), ...readers },
    },
    rejudge: rejudgeRoute(face),
  } as const;
}

function events(noun: string) {
  return {
    200: {
      description: 'Events',
      content: {
        'application/json': { schema: eventPageSchema },
        'text/event-stream': { schema: z.string(), example: EXAMPLES.eventStream },
      },
    },
    204: { description: `The ${noun} has ended and all its events were seen` },
  };
}

function rejudgeRoute({ path, tag, notFound, rejudge }: CourseFace) {
  const tags = [tag];
  return {
    method: 'post',
    path: `${path}/{id}/rejudge`,
    tags,
    summary: 'Other SLOs over the stored records, without load',
    description:
      'Nothing is kept, and the answer says that it was made after the fact: the bursts were placed for ' +
      'another SLO. A bound that is longer than the load waited is a fault.',
    request: { params: idParam, body: body(rejudge.body, rejudge.example) },
    responses: {
      200: json('What the records say of these SLOs', rejudgedSchema),
      ...problems(
        'invalid_request',
        notFound,
        'search_running',
        'records_gone',
        'body_too_large',
        'unsupported_media_type',
        'too_many_rejudges',
      ),
    },
  } as const;
}
