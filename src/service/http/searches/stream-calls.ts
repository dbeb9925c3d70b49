/** What is read piece by piece: events in both views, and raw requests as JSON lines. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import type { SearchRecord } from '../../runner/search-service.ts';
import { type GuardedStream, guardedStream } from '../guarded-stream.ts';
import type { CallParts } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import { invalid, Problem } from '../problem.ts';
import { eventsQuery } from '../queries.ts';
import { readLastEventId, readQuery, refuseQuery } from '../read-query.ts';
import type { Slots } from '../slots.ts';
import { eventToJson } from '../to-json/search.ts';
import { hasEnded } from './answer-search.ts';
import { eventPieces, isLast } from './event-stream.ts';
import type { Resource } from './resource.ts';
import { findCourse } from './search-calls.ts';

/** Rows gathered into one write: a write for each of 100,000 short lines costs more than the lines. */
const LINES_PER_PIECE = 200;

export async function readEvents(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  const faults: Fault[] = [];
  const query = readQuery(c.req.url, eventsQuery, faults);
  const lastEventId = readLastEventId(c.req.raw.headers, faults);
  if (query === undefined || faults.length > 0) throw invalid(faults);
  const record = await findCourse(c, parts, resource);
  if (!wantsStream(c, query.after)) {
    return eventPage(c, parts, record, query.after ?? 0, query.limit);
  }
  const after = lastEventId ?? query.after ?? 0;
  if (hasEnded(record) && (await parts.searches.events(record.id, after, 1)).length === 0) {
    return c.body(null, 204);
  }
  c.header('content-type', 'text/event-stream');
  c.header('cache-control', 'no-store');
  // A proxy that buffers would hold events back.
  c.header('x-accel-buffering', 'no');
  return stream(c, parts, parts.eventStreams, (signal) =>
    eventPieces(parts.searches, record.id, after, parts.timing, signal),
  );
}

export async function readRequests(
  c: Context,
  parts: CallParts,
  resource: Resource,
): Promise<Response> {
  refuseQuery(c);
  const record = await findCourse(c, parts, resource);
  c.header('content-type', 'application/jsonl');
  c.header('cache-control', 'no-store');
  return stream(c, parts, parts.downloads, (signal) =>
    requestLines(parts.searches.requests(record.id), signal),
  );
}

/** One list, two views: an EventSource says what it wants, `?after=` asks for a page, else a stream. */
function wantsStream(c: Context, after: number | undefined): boolean {
  const accept = c.req.header('accept') ?? '';
  if (accept.includes('text/event-stream')) return true;
  return after === undefined && !accept.includes('application/json');
}

async function eventPage(
  c: Context,
  parts: HttpParts,
  record: SearchRecord,
  after: number,
  limit: number,
): Promise<Response> {
  const events = await parts.searches.events(record.id, after, limit);
  const last = events.at(-1);
  return c.json({
    events: events.map(eventToJson),
    after: last?.seq ?? after,
    done: last === undefined ? hasEnded(record) : isLast(last),
  });
}

function stream(
  c: Context,
  parts: HttpParts,
  slots: Slots,
  pieces: GuardedStream['pieces'],
): Response {
  // A HEAD has no reader: it would hold a slot until the timer cuts it.
  if (c.req.method === 'HEAD') return c.body(null, 200);
  const release = slots.take();
  if (release === undefined) {
    throw new Problem('too_many_readers', { headers: { 'retry-after': '5' } });
  }
  const requestId = c.get('requestId');
  // Empty when the app is called in process.
  const { outgoing }: Partial<HttpBindings> = c.env ?? {};
  return c.body(
    guardedStream({
      pieces,
      stallMs: parts.timing.stallMs,
      gone: c.req.raw.signal,
      cut: outgoing === undefined ? undefined : () => outgoing.destroy(),
      onEnd: release,
      onError: (error) => parts.onError(error, requestId),
    }),
  );
}

async function* requestLines(
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  let lines: string[] = [];
  for await (const row of rows) {
    if (signal.aborted) return;
    lines.push(JSON.stringify(row));
    if (lines.length < LINES_PER_PIECE) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}
