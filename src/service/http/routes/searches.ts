/** Routes of searches. */
import type { RouteConfig } from '@hono/zod-openapi';
import { searchBodySchema } from '../../../core/policy/question-schema.ts';
import { EXAMPLES } from '../examples.ts';
import { rejudgeBodySchema } from '../schemas/rejudge.ts';
import { searchListSchema, searchSchema } from '../schemas/search.ts';
import type { CourseFace } from './course.ts';
import { courseCalls } from './course-calls.ts';
import { courseData } from './course-data.ts';

const FACE: CourseFace = {
  path: '/v1/searches',
  tag: 'searches',
  noun: 'search',
  notFound: 'search_not_found',
  create: {
    summary: 'Start a search, or get it again',
    description:
      'Under one `Idempotency-Key` the same body returns the search as it is now. Everything that ' +
      'is wrong with the request is told at once, and then nothing is started.',
    body: searchBodySchema,
    example: EXAMPLES.createBody,
  },
  listSummary: 'Searches, newest first',
  readDescription: 'A search that failed is still a 200: its state is not the state of this call.',
  whole: searchSchema,
  list: searchListSchema,
  summaryExample: EXAMPLES.summary,
  frontier: {
    summary: 'Latency, throughput and goodput by load',
    description: 'The points so far',
  },
  eventsDescription:
    'Server-sent events, or with `?after=` pages of JSON with the same ids. `Last-Event-ID` ' +
    'resumes a stream; a heartbeat comes every 15 seconds; after the last event a reconnect is 204.',
  rejudge: { body: rejudgeBodySchema, example: EXAMPLES.rejudgeBody },
};

const calls = courseCalls(FACE);
const data = courseData(FACE);

export const SEARCH_ROUTES = {
  createSearch: calls.create,
  listSearches: calls.list,
  readSearch: calls.read,
  readSummary: calls.summary,
  cancelSearch: calls.cancel,
  readFrontier: data.frontier,
  readProbes: data.probes,
  readLog: data.log,
  readRequests: data.requests,
  readEvents: data.events,
  rejudgeSearch: data.rejudge,
} as const satisfies Record<string, RouteConfig>;
