/** One event of a search, and a page of them. */
import { z } from 'zod';

const EVENT_TYPES = [
  'search.queued',
  'search.started',
  'search.plan',
  'probe.started',
  'probe.progress',
  'probe.finished',
  'probe.voided',
  'bracket.changed',
  'search.warning',
  'search.done',
  'search.failed',
  'search.cancelled',
  'search.expired',
] as const;

export const eventSchema = z
  .strictObject({
    id: z.int().min(1).describe('1-based, without gaps; the SSE id and the `after` cursor'),
    type: z.enum(EVENT_TYPES),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

export const eventPageSchema = z
  .strictObject({
    events: z.array(eventSchema),
    after: z.int().min(0).describe('Ask with this to get what comes next'),
    done: z.boolean().describe('The search has ended and this page is its last'),
  })
  .meta({ id: 'EventPage' });
