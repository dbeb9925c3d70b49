/** Routes of gates: one load, one question, a verdict. The same calls as for searches, over the same machinery. */
import type { RouteConfig } from '@hono/zod-openapi';
import { gateBodySchema } from '../../../core/policy/gate-schema.ts';
import { EXAMPLES } from '../examples.ts';
import { rejudgeGateBodySchema } from '../schemas/rejudge.ts';
import { gateListSchema, gateSchema } from '../schemas/search.ts';
import type { CourseFace } from './course.ts';
import { courseCalls } from './course-calls.ts';
import { courseData } from './course-data.ts';

const FACE: CourseFace = {
  path: '/v1/gates',
  tag: 'gates',
  noun: 'gate',
  notFound: 'gate_not_found',
  create: {
    summary: 'Ask whether the target carries a load, or get the answer again',
    description:
      'Verdict `pass`, `fail` or `inconclusive`; several tiers pass together or not at all. A gate that ' +
      'nobody polls, streams or posts again for `lease_seconds` (120 when not given) is ended. Create-or-get ' +
      'under one `Idempotency-Key`, as for searches.',
    body: gateBodySchema,
    example: EXAMPLES.gateBody,
  },
  listSummary: 'Gates, newest first',
  readDescription:
    'A gate that failed is still a 200: neither its state nor its verdict is that of this call.',
  whole: gateSchema,
  list: gateListSchema,
  summaryExample: EXAMPLES.gateSummary,
  frontier: {
    summary: 'Latency, throughput and goodput at the load',
    description: 'One point at most',
  },
  eventsDescription: 'As for a search, under the same event names.',
  rejudge: { body: rejudgeGateBodySchema, example: EXAMPLES.rejudgeBody },
};

const calls = courseCalls(FACE);
const data = courseData(FACE);

export const GATE_ROUTES = {
  createGate: calls.create,
  listGates: calls.list,
  readGate: calls.read,
  readGateSummary: calls.summary,
  cancelGate: calls.cancel,
  readGateFrontier: data.frontier,
  readGateProbes: data.probes,
  readGateLog: data.log,
  readGateRequests: data.requests,
  readGateEvents: data.events,
  rejudgeGate: data.rejudge,
} as const satisfies Record<string, RouteConfig>;
